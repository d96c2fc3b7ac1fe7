// Package parity compares the two ways of delivery: the contracts in process, and --as-aws, where a Lambda
// function transforms the records and the lake is what Data Firehose would write.
package parity

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock/penstock/internal/produce"
	"github.com/penstock/penstock/test/harness"
)

const delivered = 2 * time.Minute

// events are dummy orders, of which the first bad ones are spoiled in ten ways in turn.
func events(t *testing.T, count, bad int) [][]byte {
	t.Helper()
	ways := produce.BadOrders()
	list := make([][]byte, count)
	for i := range list {
		order := map[string]any{
			"id": i + 1, "order_id": fmt.Sprintf("9e2fb1ae-3168-4d3d-8d79-%012d", i), "customer_id": 1 + i%97,
			"product_name": "Oak Table, \"large\" \\N", "product_quantity": 1 + i%5, "product_price": 19.9, "phone_number": "+49 30 1234567",
			"address": "Straße 1\nback door", "city": "", "country": "Germany", "order_cost": 1,
			"order_date": "2026-11-22T05:00:00Z", "generate_date": "2026-11-22T05:00:01Z",
		}
		if i%7 == 0 {
			delete(order, "address")
		}
		text, err := json.Marshal(order)
		if err != nil {
			t.Fatal(err)
		}
		if list[i] = text; i < bad {
			list[i] = ways[i%len(ways)].Spoil(text)
		}
	}
	return list
}

// put sends events in order, 500 a call.
func put(t *testing.T, p *harness.Pipeline, stream string, events [][]byte) {
	t.Helper()
	client := p.Client()
	for part := range slices.Chunk(events, 500) {
		var entries []types.PutRecordsRequestEntry
		for i, e := range part {
			entries = append(entries, types.PutRecordsRequestEntry{Data: e, PartitionKey: aws.String(fmt.Sprint("key-", i))})
		}
		out, err := client.PutRecords(t.Context(), &kinesis.PutRecordsInput{StreamName: &stream, Records: entries})
		if err != nil || *out.FailedRecordCount > 0 {
			t.Fatalf("%+v, %v", out, err)
		}
	}
}

// table are a table's rows without the metadata columns, sorted.
func table(p *harness.Pipeline, name string) []string {
	var rows []string
	for _, row := range p.Query("select * exclude (_shard, _sequence, _arrived_at) from " + name) {
		rows = append(rows, fmt.Sprintf("%q", row))
	}
	slices.Sort(rows)
	return rows
}

func same(t *testing.T, name string, plain, asAWS []string) {
	t.Helper()
	if slices.Equal(plain, asAWS) {
		return
	}
	t.Errorf("%s: %d rows in one way, %d in the other", name, len(plain), len(asAWS))
	for i := range min(len(plain), len(asAWS)) {
		if plain[i] != asAWS[i] {
			t.Fatalf("%s: the first rows that differ are\n%s\n%s", name, plain[i], asAWS[i])
		}
	}
}

func asAWS(p *harness.Pipeline, args ...string) *harness.Pipeline {
	p.Args = append([]string{"--as-aws"}, args...)
	return p
}

func TestParityOfOrdersAndBadEvents(t *testing.T) {
	sent := events(t, 1000, 37)
	plain, aws := harness.Example(t, "orders").Start(), asAWS(harness.Example(t, "orders")).Start()
	for _, p := range []*harness.Pipeline{plain, aws} {
		put(t, p, "orders", sent)
		s := p.WaitDelivered(1000, delivered)
		if s.Ledger.Loaded != 963 || s.Ledger.Quarantined != 37 || !s.Balanced {
			t.Fatalf("ledger %+v\n%s", s.Ledger, p.Log())
		}
	}
	for _, name := range []string{"orders", "quarantine"} {
		same(t, name, table(plain, name), table(aws, name))
	}
	if got := aws.Query(`select count(*) from orders where _shard = 'shardId-000000000000' and length(_sequence) = 56 and _arrived_at > now() - interval 1 hour`); got[0][0] != "963" {
		t.Errorf("%s rows have a position", got[0][0])
	}
	for _, name := range objects(t, aws) {
		if !regexp.MustCompile(`^data/(orders|quarantine)/dt=\d{4}-\d\d-\d\d/hour=\d\d/orders-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9a-f-]{36}\.csv\.gz$`).MatchString(name) {
			t.Errorf("an object is named %s", name)
		}
	}
}

func TestParityOfOneMonthOfRetail(t *testing.T) {
	month := filepath.Join(harness.SharedData(t), "retail", "2010-12.csv.gz")
	const lines = 42_481
	plain, aws := harness.Example(t, "retail").Start(), asAWS(harness.Example(t, "retail")).Start()
	for _, p := range []*harness.Pipeline{plain, aws} {
		if r := p.Run("produce", "--data", p.Data, "--from", month); r.Code != 0 {
			t.Fatalf("produce: %+v", r)
		}
		if s := p.WaitDelivered(lines, 2*delivered); s.Ledger.Loaded != lines || !s.Balanced {
			t.Fatalf("ledger %+v\n%s", s.Ledger, p.Log())
		}
	}
	same(t, "order_lines", table(plain, "order_lines"), table(aws, "order_lines"))
}

// handler is a pipeline of orders with a handler a user would bring; the test is skipped without its runtime.
func handler(t *testing.T, name, program string, args ...string) *harness.Pipeline {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed", program)
	}
	return asAWS(harness.Example(t, "orders"), append([]string{"--transformer", filepath.Join("testdata", name)}, args...)...)
}

// TestErrorOutput: a function fails 37 events, and the error output has what Firehose would write.
func TestErrorOutput(t *testing.T) {
	sent := events(t, 100, 0)
	for i := range 37 {
		sent[i] = fmt.Appendf(nil, `{"no":"order %d"`, i)
	}
	p := handler(t, "returns", "node").Start()
	put(t, p, "orders", sent)
	s := p.WaitDelivered(100, delivered)
	if s.Ledger.Quarantined != 37 || s.Ledger.Dropped != 63 || !s.Balanced {
		t.Fatalf("ledger %+v\n%s", s.Ledger, p.Log())
	}
	var documents, rows [][]byte
	for _, name := range objects(t, p) {
		switch {
		case regexp.MustCompile(`^errors/processing-failed/\d{4}/\d\d/\d\d/\d\d/orders-1-[0-9-]{19}-[0-9a-f-]{36}$`).MatchString(name):
			documents = append(documents, lines(t, p, name)...)
		case regexp.MustCompile(`^data/\d{4}/\d\d/\d\d/\d\d/orders-1-[0-9-]{19}-[0-9a-f-]{36}\.csv\.gz$`).MatchString(name):
			rows = append(rows, lines(t, p, name)...)
		case strings.HasPrefix(name, "quarantine/dt="):
		default:
			t.Errorf("an object is named %s", name)
		}
	}
	if len(documents) != 37 || len(rows) < 63 {
		t.Fatalf("%d documents, %d lines of data", len(documents), len(rows))
	}
	shape := regexp.MustCompile(`^\{"rawData":"[A-Za-z0-9+/=]+","errorCode":"Lambda\.ProcessingFailedStatus","errorMessage":"ProcessingFailed status set for record",` +
		`"attemptsMade":1,"arrivalTimestamp":(\d{13}),"attemptEndingTimestamp":(\d{13}),"lambdaARN":"arn:aws:lambda:us-east-1:123456789012:function:returns:\$LATEST"\}$`)
	for i, document := range documents {
		var d struct {
			RawData                                  string
			ArrivalTimestamp, AttemptEndingTimestamp int64
		}
		if err := json.Unmarshal(document, &d); err != nil || !shape.Match(document) {
			t.Fatalf("document %d is %s (%v)", i, document, err)
		}
		raw, err := base64.StdEncoding.DecodeString(d.RawData)
		if err != nil || !bytes.Equal(raw, sent[i]) || d.AttemptEndingTimestamp < d.ArrivalTimestamp {
			t.Errorf("document %d holds %q", i, raw)
		}
	}
	if got := p.Query("select reason, count(*) from quarantine group by all"); len(got) != 1 || got[0][0] != "transformer_failed" || got[0][1] != "37" {
		t.Errorf("quarantine: %v", got)
	}
}

// TestHandlersOfUsers: a handler whose lines are no rows of a table fills the lake; one whose lines are, the warehouse too.
func TestHandlersOfUsers(t *testing.T) {
	t.Run("callback", func(t *testing.T) {
		p := handler(t, "callback", "node").Start()
		put(t, p, "orders", events(t, 50, 0))
		if s := p.WaitDelivered(50, delivered); s.Ledger.Loaded != 0 || s.Ledger.Dropped != 50 || !s.Balanced {
			t.Fatalf("ledger %+v\n%s", s.Ledger, p.Log())
		}
		names := objects(t, p)
		if len(names) == 0 || !bytes.Contains(read(t, p, names[0]), []byte(`"Oak Table, \"large\" \\N"`)) {
			t.Errorf("objects %v", names)
		}
	})
	t.Run("python", func(t *testing.T) {
		p := handler(t, "python", "python3", "--prefix", "shop/!{partitionKeyFromLambda:table}/!{timestamp:yyyy}/", "--error-prefix", "bad/!{firehose:error-output-type}/").Start()
		sent := events(t, 50, 0)
		for i, e := range sent {
			sent[i] = bytes.Replace(e, []byte(`"address":`), []byte(`"nothing":1,"address":`), 1)
		}
		sent = slices.DeleteFunc(sent, func(e []byte) bool { return !bytes.Contains(e, []byte(`"address"`)) })
		sent = append(sent, []byte(`{"id":1}`))
		put(t, p, "orders", sent)
		good := int64(len(sent) - 1)
		if s := p.WaitDelivered(good+1, delivered); s.Ledger.Loaded != good || s.Ledger.Dropped != 1 || !s.Balanced {
			t.Fatalf("ledger %+v\n%s", s.Ledger, p.Log())
		}
		for _, name := range objects(t, p) {
			if !regexp.MustCompile(`^shop/orders/20\d\d/orders-20`).MatchString(name) {
				t.Errorf("an object is named %s", name)
			}
		}
	})
}

// TestE5KillsWithAFunctionThatNeverAnswersTheSame: a function that answers differently each time, and a pipeline that is
// killed again and again: each event is in the warehouse once, and the lake holds no second version.
func TestE5KillsWithAFunctionThatNeverAnswersTheSame(t *testing.T) {
	p := handler(t, "random", "python3", "--prefix", "data/!{partitionKeyFromLambda:table}/", "--error-prefix", "errors/").Start()
	const rounds, each = 4, 400
	for range rounds {
		put(t, p, "orders", events(t, each, 0))
		time.Sleep(150 * time.Millisecond) // somewhere within the range's way
		p.Kill()
		p.Start()
	}
	if s := p.WaitDelivered(rounds*each, delivered); s.Ledger.Loaded != rounds*each || !s.Balanced {
		t.Fatalf("ledger %+v\n%s", s.Ledger, p.Log())
	}
	n := 0
	for _, name := range objects(t, p) {
		if strings.HasPrefix(name, "data/") {
			n += bytes.Count(read(t, p, name), []byte("\n"))
		}
	}
	if n != rounds*each {
		t.Errorf("the lake holds %d lines of %d events", n, rounds*each)
	}
}

// objects are the names in the lake, in order, without the catalog's own.
func objects(t *testing.T, p *harness.Pipeline) []string {
	t.Helper()
	root := filepath.Join(p.Data, "lake")
	var names []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(root, path)
		if err == nil && !entry.IsDir() && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "manifest/") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

// read is an object's content, unpacked.
func read(t *testing.T, p *harness.Pipeline, name string) []byte {
	t.Helper()
	file, err := os.Open(filepath.Join(p.Data, "lake", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var from io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		if from, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	body, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func lines(t *testing.T, p *harness.Pipeline, name string) [][]byte {
	var found [][]byte
	scanner := bufio.NewScanner(bytes.NewReader(read(t, p, name)))
	for scanner.Scan() {
		found = append(found, bytes.Clone(scanner.Bytes()))
	}
	return found
}
