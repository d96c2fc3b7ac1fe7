package firehose_test

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/firehose"
)

func millis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func TestRowsAndQuarantine(t *testing.T) {
	x := firehose.New(orders(t))
	got, report := transform(t, x, batch(t, []byte(order), []byte(`{"order_id":"x`), []byte{0xff, 0}))
	want := `shardId-000000000000,` + sequence + `,2026-11-22T05:06:40.123000Z,17,9e2fb1ae-3168-4d3d-8d79-8129dd9230be,42,"Oak Table, ""large""",2,19.90,` +
		`+************,Main Street 1,Berlin,Germany,39.80,2026-11-22T05:00:00.000000Z,2026-11-22T05:00:01.000000Z` + "\n"
	if line := got.Records[0].line(t); masked(line) != masked(want) {
		t.Errorf("row is\n%swant\n%s", line, want)
	}
	for i, table := range []string{"orders", "quarantine", "quarantine"} {
		r := got.Records[i]
		if r.Result != firehose.ResultOk || r.Metadata.PartitionKeys[firehose.TableKey] != table || r.RecordID != fmt.Sprintf("%s%08d", sequence, i) {
			t.Errorf("record %d is %+v", i, r)
		}
	}
	row := fields(t, got.Records[2].line(t))
	if len(row) != 3+len(contract.QuarantineTable().Columns) || row[3] != string(event.ReasonNotJSON) || row[8] != "key-2" || row[10] != "/wA=" {
		t.Errorf("the quarantine's row is %q", row)
	}
	if report.Rows != 1 || report.Quarantined != 2 || report.Records != 3 || report.Reasons[event.ReasonNotJSON] != 2 || report.DeliveryStream != "orders" {
		t.Errorf("report is %+v", report)
	}
}

// masked leaves out the masked telephone number, which is the contract's business.
func masked(line string) string {
	parts := strings.Split(line, ",")
	return strings.Join(append(parts[:10:10], parts[11:]...), ",")
}

func fields(t testing.TB, line string) []string {
	t.Helper()
	if !strings.HasSuffix(line, "\n") {
		t.Fatalf("%q does not end its line", line)
	}
	rows, err := csv.NewReader(strings.NewReader(line)).ReadAll()
	if err != nil || len(rows) != 1 {
		t.Fatalf("%q is not one line of CSV: %v", line, err)
	}
	return rows[0]
}

func TestPositions(t *testing.T) {
	x := firehose.New(orders(t))
	for name, tc := range map[string]struct{ metadata, shard, sequence, arrived string }{
		"Kinesis": {`,"kinesisRecordMetadata":{"shardId":"shardId-000000000003","sequenceNumber":"49","subsequenceNumber":0,"approximateArrivalTimestamp":1000}`,
			"shardId-000000000003", "49", "1970-01-01T00:00:01.000000Z"},
		"aggregated": {`,"kinesisRecordMetadata":{"shardId":"shardId-000000000003","sequenceNumber":"49","subsequenceNumber":123456,"approximateArrivalTimestamp":1000}`,
			"shardId-000000000003", "49.00123456", "1970-01-01T00:00:01.000000Z"},
		"put directly":     {"", firehose.DirectShard, "r-1", "1970-01-01T00:00:02.000000Z"},
		"not an object":    {`,"kinesisRecordMetadata":[1,{"shardId":"x"}]`, firehose.DirectShard, "r-1", "1970-01-01T00:00:02.000000Z"},
		"wrong types":      {`,"kinesisRecordMetadata":{"shardId":7,"sequenceNumber":null}`, firehose.DirectShard, "r-1", "1970-01-01T00:00:02.000000Z"},
		"escapes and NULs": {`,"kinesisRecordMetadata":{"shard\u0049d":"a\u0000\n","sequenceNumber":"4\u0000"}`, "a\uFFFD\n", "4\uFFFD", "1970-01-01T00:00:02.000000Z"},
	} {
		payload := `{"records":[{"approximateArrivalTimestamp":2000,"recordId":"r-1"` + tc.metadata + `,"data":"` + base64.StdEncoding.EncodeToString([]byte(order)) + `"}]}`
		got, _ := transform(t, x, []byte(payload))
		row := fields(t, got.Records[0].line(t))
		if row[0] != tc.shard || row[1] != tc.sequence || row[2] != tc.arrived {
			t.Errorf("%s: the row begins with %q", name, row[:3])
		}
	}
}

func TestWhatCannotBeReturnedFails(t *testing.T) {
	x := firehose.New(orders(t))
	for name, data := range map[string]string{
		"not base64": `"%%%"`, "cut off": `"YQ="`, "missing": `null`, "a number": `7`, "url alphabet": `"-_-_"`, "stray bits": `"YR=="`,
	} {
		got, report := transform(t, x, []byte(`{"records":[{"recordId":"a","data":`+data+`},{"recordId":"b","data":"e30="}]}`))
		if len(got.Records) != 2 || report.Failed != 1 || report.Quarantined != 1 {
			t.Fatalf("%s: %+v %+v", name, got, report)
		}
		failed := got.Records[0]
		if failed.Result != firehose.ResultFailed || failed.Data != nil && `"`+*failed.Data+`"` != data {
			t.Errorf("%s: %+v", name, failed)
		}
	}
}

// TestTextsMayBeWrittenWithEscapes: JSON may write any character so, and a slash, which base64 has, with a backslash.
func TestTextsMayBeWrittenWithEscapes(t *testing.T) {
	x := firehose.New(orders(t))
	key := strings.Repeat("k", 200)
	got, report := transform(t, x, []byte(`{"records":[{"recordId":"a\u0062\"","data":"\/\/\/\/","kinesisRecordMetadata":{"shardId":"s\\","sequenceNumber":"1","partitionKey":"`+key+`\n"}},`+
		`{"recordId":"b","data":"`+strings.Repeat("YWJj", 40)+`\/w=="}]}`))
	if report.Quarantined != 2 || got.Records[0].RecordID != `ab"` {
		t.Fatalf("%+v %+v", report, got)
	}
	row := fields(t, got.Records[0].line(t))
	if row[0] != `s\` || row[8] != key+"\n" || row[10] != "////" {
		t.Errorf("%q", row)
	}
	if row := fields(t, got.Records[1].line(t)); row[10] != strings.Repeat("YWJj", 40)+"/w==" {
		t.Errorf("%q", row[10])
	}
}

func TestEachRecordIDOnce(t *testing.T) {
	x := firehose.New(orders(t))
	got, report := transform(t, x, []byte(`{"records":[{"recordId":"b","data":"e30="},{"recordId":"a","data":"e30="},
		{"recordId":"\u0062","data":"e30="},{"data":"e30="},{},7,null,[],{"recordId":"","data":""},{"recordId":"c","recordId":"d","data":"e30="}]}`))
	var ids []string
	for _, r := range got.Records {
		ids = append(ids, r.RecordID)
	}
	if fmt.Sprintf("%q", ids) != `["b" "a" "" "d"]` || report.Records != 4 {
		t.Errorf("answered %q", ids)
	}
}

func TestEventsThatAreNone(t *testing.T) {
	x := firehose.New(orders(t))
	for _, payload := range []string{"", "null", "[]", "{}", `{"records":{}}`, `{"records":null}`, `{"records":[}`, `{"records":[{]}`,
		`{"records":["`, `{"records":[]`, `{"records":[]}}`, `{"records":[]} x`, `{"records":[1,]}`, `{"Records":[]}`, strings.Repeat("[", 1<<20)} {
		_, _, err := x.Transform([]byte(payload))
		if known, ok := errors.AsType[*event.Error](err); !ok || known.Code != "not_firehose" {
			t.Errorf("%.40q: %v", payload, err)
		}
	}
	if got, _ := transform(t, x, []byte(` { "records" : [ ] , "x" : [[{"a":"]"}],"\"}"] } `)); len(got.Records) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestDropped(t *testing.T) {
	set, err := contract.Compile([]contract.Source{{Name: "c.yaml", Text: []byte("table: kept\ndrop: event.test\ncolumns:\n  - {name: id, type: bigint}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	got, report := transform(t, firehose.New(set), batch(t, []byte(`{"id":1,"test":true}`), []byte(`{"id":2,"test":false}`)))
	if got.Records[0].Result != firehose.ResultDropped || got.Records[0].Data != nil || got.Records[1].Result != firehose.ResultOk ||
		report.Dropped != 1 || report.Rows != 1 {
		t.Errorf("%+v %+v", got, report)
	}
}

// TestTheFewestRecordsFail: quarantine rows of bytes that are no text are four times as long as the event,
// so a batch of them passes 6 MB; failing the largest ones is enough.
func TestTheFewestRecordsFail(t *testing.T) {
	x := firehose.New(orders(t))
	var data [][]byte
	for range 40 {
		data = append(data, bytes.Repeat([]byte{0xff}, 10_000))
	}
	for range 12 {
		data = append(data, bytes.Repeat([]byte{0xff}, 100_000))
	}
	got, report := transform(t, x, batch(t, data...))
	if len(got.Records) != 52 || report.Failed == 0 || report.Failed >= 12 {
		t.Fatalf("%d answers, %+v", len(got.Records), report)
	}
	var largest, size int
	for i, r := range got.Records {
		size += len(*r.Data)
		switch {
		case r.Result == firehose.ResultFailed && i < 40:
			t.Errorf("record %d is small and failed", i)
		case r.Result == firehose.ResultFailed && *r.Data != base64.StdEncoding.EncodeToString(data[i]):
			t.Errorf("record %d failed and is not as it came", i)
		case r.Result == firehose.ResultOk && i >= 40:
			largest = max(largest, len(*r.Data))
		}
	}
	// One more row would not have fitted.
	if size+largest-len(data[51])*4/3 < firehose.MaxResponse-20_000 {
		t.Errorf("%d bytes of data are returned; one more row of %d bytes would have fitted", size, largest)
	}
}

// TestAlwaysBelowTheLimit goes over Lambda's limits too: whatever comes, each record is answered.
func TestAlwaysBelowTheLimit(t *testing.T) {
	x := firehose.New(orders(t))
	random := rand.New(rand.NewPCG(1, 2))
	for _, tc := range []struct{ records, size int }{{1, 1}, {1, 1 << 20}, {2, 1 << 20}, {9, 1 << 20}, {60, 1 << 20}, {500, 1}, {500, 350}, {500, 20_000}, {499, 9_000}} {
		for _, binary := range []bool{false, true} {
			data := make([][]byte, tc.records)
			for i := range data {
				data[i] = padded(tc.size)
				if binary {
					for j := range data[i] {
						data[i][j] = byte(random.UintN(256))
					}
				}
			}
			got, report := transform(t, x, batch(t, data...))
			if len(got.Records) != tc.records || report.Records != tc.records {
				t.Fatalf("%+v: %d answers", tc, len(got.Records))
			}
			for i, r := range got.Records {
				if r.RecordID != fmt.Sprintf("%s%08d", sequence, i) {
					t.Fatalf("%+v: record %d is answered as %s", tc, i, r.RecordID)
				}
			}
			if tc.records*tc.size < 1<<20 && report.Failed > 0 {
				t.Errorf("%+v: %d failed", tc, report.Failed)
			}
		}
	}
}

// padded is an order of about size bytes, or what there is room for of one.
func padded(size int) []byte {
	if size <= len(order)+12 {
		return []byte(order)[:min(size, len(order))]
	}
	return []byte(strings.TrimSuffix(order, "}") + `,"note":"` + strings.Repeat("n", size-len(order)-10) + `"}`)
}

// TestEventsOfAWS runs every event that AWS's own library has for its tests.
func TestEventsOfAWS(t *testing.T) {
	dir := filepath.Join(root, "..", "shared", "data", "lambda-events", "events", "testdata")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Skipf("AWS's events are not at %s", dir)
	}
	x := firehose.New(orders(t))
	var out bytes.Buffer
	for _, entry := range entries {
		payload, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		body, report, err := x.Transform(payload)
		if known, ok := errors.AsType[*event.Error](err); ok {
			fmt.Fprintf(&out, "%s: %s\n", entry.Name(), known.Code)
			continue
		}
		fmt.Fprintf(&out, "%s: %d answered\n", entry.Name(), report.Records)
		if report.Records > 0 {
			if err := json.Indent(&out, body, "", "  "); err != nil {
				t.Errorf("%s: %v", entry.Name(), err)
			}
			out.WriteByte('\n')
		}
	}
	golden(t, "events.golden", out.Bytes())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs:\n%s", name, got)
	}
}

func TestMetrics(t *testing.T) {
	var out bytes.Buffer
	report := firehose.Report{DeliveryStream: "orders", Records: 5, Rows: 2, Quarantined: 2, Failed: 1,
		Reasons: map[event.Reason]int{event.ReasonNotJSON: 1, event.ReasonLength: 1}}
	if err := firehose.WriteMetrics(&out, report, millis(arrived)); err != nil {
		t.Fatal(err)
	}
	golden(t, "metrics.golden", out.Bytes())
}

func FuzzTransform(f *testing.F) {
	f.Add(batch(f, []byte(order), []byte("x")))
	f.Add([]byte(`{"records":[{"recordId":"a\"\\","data":"e30="},{"recordId":"a\"\\","data":"e30="}]}`))
	f.Add([]byte(`{"a":[{"b":["]}"]}],"records":[{"kinesisRecordMetadata":{"shardId":"\u00","sequenceNumber":"1"},"recordId":"1","data":"AA=="}]}`))
	x := firehose.New(orders(f))
	f.Fuzz(func(t *testing.T, payload []byte) {
		body, report, err := x.Transform(bytes.Clone(payload))
		var sent struct {
			Records []json.RawMessage `json:"records"`
		}
		if err != nil || json.Unmarshal(payload, &sent) != nil {
			return
		}
		var got response
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatalf("the response is not JSON: %v\n%s", err, body)
		}
		if len(got.Records) != report.Records || report.Rows+report.Quarantined+report.Dropped+report.Failed != report.Records {
			t.Fatalf("%d answers, %+v", len(got.Records), report)
		}
		seen := map[string]bool{}
		for _, r := range got.Records {
			if seen[r.RecordID] {
				t.Fatalf("%q is answered twice", r.RecordID)
			}
			seen[r.RecordID] = true
		}
		for _, raw := range sent.Records {
			var record map[string]json.RawMessage
			var id string
			if json.Unmarshal(raw, &record) != nil || json.Unmarshal(record["recordId"], &id) != nil || string(record["recordId"]) == "null" {
				continue
			}
			if !seen[id] {
				t.Fatalf("%q is not answered", id)
			}
		}
	})
}
