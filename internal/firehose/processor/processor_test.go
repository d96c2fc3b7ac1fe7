package processor_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/firehose"
	"github.com/penstock/penstock/internal/firehose/prefix"
	"github.com/penstock/penstock/internal/firehose/processor"
)

var shard = event.Shard{Stream: "orders", Index: 3, Created: 1_700_000_000}

const arrived = 1_795_324_000_123

// function answers by what a test says; it remembers what it was asked.
type function struct {
	answer func(attempt int, e *firehose.Event) (string, error)
	asked  [][]byte
}

func (f *function) ARN() string { return "arn:f" }

func (f *function) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	f.asked = append(f.asked, []byte(string(payload)))
	var e firehose.Event
	if err := e.Parse(f.asked[len(f.asked)-1]); err != nil {
		return nil, err
	}
	text, err := f.answer(len(f.asked), &e)
	return []byte(text), err
}

func contracts(t testing.TB) *contract.Set {
	t.Helper()
	set, err := contract.Compile([]contract.Source{{Name: "t.yaml", Text: []byte("table: things\ncolumns:\n  - {name: id, type: bigint}\n  - {name: name, type: varchar}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func parse(t testing.TB, text string, kind prefix.Kind) *prefix.Prefix {
	t.Helper()
	p, err := prefix.Parse(text, kind)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t testing.TB, f *function, change func(*processor.Config)) *processor.Processor {
	t.Helper()
	cfg := processor.Config{Shard: shard, Contracts: contracts(t), Extension: ".csv.gz", RetryPause: time.Millisecond,
		Data: parse(t, prefix.Data, prefix.ForData), Errors: parse(t, prefix.Errors, prefix.ForErrors)}
	if change != nil {
		change(&cfg)
	}
	p, err := processor.New(cfg, f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func records(n int) []event.Record {
	list := make([]event.Record, n)
	for i := range list {
		list[i] = event.Record{Sequence: uint64(i + 1), Arrived: arrived + int64(i), PartitionKey: "k\"\u00e4", Data: fmt.Appendf(nil, "data %d", i)}
	}
	return list
}

// row is a line of the table things for a record.
func row(r *event.Record) string {
	return shard.ID() + "," + shard.SequenceNumber(r.Sequence, r.Arrived) + ",2026-11-22T05:06:40Z,7,\"a, \"\"b\"\"\nc\"\n"
}

func ok(id, line, keys string) string {
	return fmt.Sprintf(`{"recordId":%q,"result":"Ok","data":%q,"metadata":{"partitionKeys":%s}}`, id, base64.StdEncoding.EncodeToString([]byte(line)), keys)
}

const things = `{"table":"things"}`

// codes are the error codes of results, "row" for a loadable one, "lake" for one that is only in the lake,
// and "dropped".
func codes(t *testing.T, results []processor.Result) []string {
	t.Helper()
	var list []string
	for _, r := range results {
		switch {
		case len(r.Outputs) == 0:
			list = append(list, "dropped")
		case r.Outputs[0].Table != "":
			list = append(list, "row")
		case !r.Outputs[0].Plain:
			list = append(list, "lake")
		default:
			var d processor.Document
			if err := json.Unmarshal(r.Outputs[0].Line, &d); err != nil || d.LambdaARN != "arn:f" || r.Outputs[1].Table != "quarantine" {
				t.Fatalf("%s: %v", r.Outputs[0].Line, err)
			}
			list = append(list, fmt.Sprint(strings.TrimPrefix(d.ErrorCode, "Lambda."), "/", d.AttemptsMade))
		}
	}
	return list
}

func TestAnswers(t *testing.T) {
	in := records(3)
	id := func(i int) string { return shard.SequenceNumber(in[i].Sequence, in[i].Arrived) + "000000" }
	all := func(each ...string) string { return `{"records":[` + strings.Join(each, ",") + `]}` }
	good := []string{ok(id(0), row(&in[0]), things), ok(id(1), row(&in[1]), things), ok(id(2), row(&in[2]), things)}
	failed := fmt.Sprintf(`{"recordId":%q,"result":"ProcessingFailed"}`, id(1))
	for name, tc := range map[string]struct{ answer, want string }{
		"rows":                   {all(good...), "[row row row]"},
		"any order":              {all(good[2], good[0], good[1]), "[row row row]"},
		"dropped and failed":     {all(fmt.Sprintf(`{"recordId":%q,"result":"Dropped"}`, id(0)), failed, good[2]), "[dropped ProcessingFailedStatus/1 row]"},
		"missing":                {all(good[0], good[2]), "[row MissingRecordId/1 row]"},
		"none":                   {`{}`, "[MissingRecordId/1 MissingRecordId/1 MissingRecordId/1]"},
		"null":                   {`null`, "[MissingRecordId/1 MissingRecordId/1 MissingRecordId/1]"},
		"twice":                  {all(good[0], good[0], good[1], good[2]), "[DuplicatedRecordId/1 row row]"},
		"unknown":                {all(good[0], ok("other", "x", things), good[1], good[2]), "[row row row]"},
		"not JSON":               {`{"records":[`, "[JsonProcessingException/1 JsonProcessingException/1 JsonProcessingException/1]"},
		"another result":         {all(good[0], good[1], strings.Replace(good[2], "Ok", "OK", 1)), "[FunctionError/1 FunctionError/1 FunctionError/1]"},
		"another spelling":       {all(good[0], good[1], strings.Replace(good[2], "recordId", "RecordId", 1)), "[FunctionError/1 FunctionError/1 FunctionError/1]"},
		"a spelling of keys":     {all(good[0], good[1], strings.Replace(good[2], "partitionKeys", "PartitionKeys", 1)), "[row row DynamicPartitioning.MetadataExtractionFailed/1]"},
		"a spelling of all":      {strings.Replace(all(good...), "records", "Records", 1), "[MissingRecordId/1 MissingRecordId/1 MissingRecordId/1]"},
		"not base64":             {all(good[0], good[1], strings.Replace(good[2], `"data":"`, `"data":"!`, 1)), "[FunctionError/1 FunctionError/1 FunctionError/1]"},
		"no data":                {all(good[0], good[1], fmt.Sprintf(`{"recordId":%q,"result":"Ok","data":null}`, id(2))), "[FunctionError/1 FunctionError/1 FunctionError/1]"},
		"an error in the answer": {`{"errorMessage":"x","errorType":"E"}`, "[FunctionError/1 FunctionError/1 FunctionError/1]"},
		"no keys":                {all(good[0], ok(id(1), row(&in[1]), `{}`), ok(id(2), row(&in[2]), `{"table":null}`)), "[row DynamicPartitioning.MetadataExtractionFailed/1 DynamicPartitioning.MetadataExtractionFailed/1]"},
		"other tables": {all(ok(id(0), row(&in[0]), `{"table":"other"}`), ok(id(1), "a,b\n", things), ok(id(2), "", things)),
			"[lake lake lake]"},
		"other positions": {all(ok(id(0), row(&in[1]), things), ok(id(1), row(&in[1])+row(&in[1]), things), ok(id(2), strings.TrimSuffix(row(&in[2]), "\n"), things)),
			"[lake lake lake]"},
		"other shapes": {all(ok(id(0), strings.Replace(row(&in[0]), "7,", "7,8,", 1), things), ok(id(1), strings.Replace(row(&in[1]), ",7", "", 1), things),
			ok(id(2), strings.Replace(row(&in[2]), `a, ""`, `a, "`, 1), things)), "[lake lake lake]"},
	} {
		f := &function{answer: func(int, *firehose.Event) (string, error) { return tc.answer, nil }}
		results, err := open(t, f, nil).Process(t.Context(), in)
		if got := fmt.Sprint(codes(t, results)); err != nil || got != tc.want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, tc.want)
		}
	}
}

func TestTheEventIsWhatFirehoseSends(t *testing.T) {
	f := &function{answer: func(int, *firehose.Event) (string, error) { return "{}", nil }}
	if _, err := open(t, f, nil).Process(t.Context(), records(1)); err != nil {
		t.Fatal(err)
	}
	number := shard.SequenceNumber(1, arrived)
	want := regexp.MustCompile(`^\{"invocationId":"[0-9a-f-]{36}","sourceKinesisStreamArn":"arn:aws:kinesis:us-east-1:123456789012:stream/orders",` +
		`"deliveryStreamArn":"arn:aws:firehose:us-east-1:123456789012:deliverystream/orders","region":"us-east-1","records":\[` +
		`\{"recordId":"` + number + `000000","approximateArrivalTimestamp":1795324000123,"data":"ZGF0YSAw","kinesisRecordMetadata":` +
		`\{"sequenceNumber":"` + number + `","subsequenceNumber":0,"partitionKey":"k\\"ä","shardId":"shardId-000000000003","approximateArrivalTimestamp":1795324000123\}\}\]\}$`)
	if !want.Match(f.asked[0]) {
		t.Errorf("%s", f.asked[0])
	}
}

func TestRetries(t *testing.T) {
	again := &processor.InvokeError{Code: "Lambda.FunctionError", Message: "m", Retry: true}
	for name, tc := range map[string]struct {
		retries, asked int
		err            error
		succeedAt      int
		want           string
	}{
		"at last":  {0, 4, again, 4, "MissingRecordId/4"},
		"never":    {0, 4, again, 9, "FunctionError/4"},
		"one":      {1, 2, again, 9, "FunctionError/2"},
		"none":     {-1, 1, again, 9, "FunctionError/1"},
		"no sense": {0, 1, &processor.InvokeError{Code: "Lambda.InvokeAccessDenied"}, 9, "InvokeAccessDenied/1"},
	} {
		f := &function{answer: func(attempt int, _ *firehose.Event) (string, error) {
			if attempt < tc.succeedAt {
				return "", tc.err
			}
			return "{}", nil
		}}
		results, err := open(t, f, func(c *processor.Config) { c.Retries = tc.retries }).Process(t.Context(), records(1))
		if err != nil || codes(t, results)[0] != tc.want || len(f.asked) != tc.asked {
			t.Errorf("%s: %v, %v after %d", name, codes(t, results), err, len(f.asked))
		}
		if len(f.asked) > 1 && string(f.asked[0]) == string(f.asked[1]) {
			t.Errorf("%s: the invocation id is the same", name)
		}
	}
	f := &function{answer: func(int, *firehose.Event) (string, error) { return "", context.Canceled }}
	if _, err := open(t, f, nil).Process(t.Context(), records(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// TestPayloadsStayBelowTheLimit: records are sent in as many invocations as they need, and one that needs
// more than an invocation takes fails alone.
func TestPayloadsStayBelowTheLimit(t *testing.T) {
	in := records(7)
	for i := range in {
		in[i].Data = make([]byte, 1<<20)
	}
	in[3].Data = make([]byte, 5<<20)
	f := &function{answer: func(int, *firehose.Event) (string, error) { return "{}", nil }}
	results, err := open(t, f, nil).Process(t.Context(), in)
	if got := fmt.Sprint(codes(t, results)); err != nil || got != "[MissingRecordId/1 MissingRecordId/1 MissingRecordId/1 RequestTooLarge/0 MissingRecordId/1 MissingRecordId/1 MissingRecordId/1]" {
		t.Errorf("%s, %v", got, err)
	}
	for _, payload := range f.asked {
		if len(payload) > firehose.MaxRequest {
			t.Errorf("a payload has %d bytes", len(payload))
		}
	}
	small := make([]event.Record, 20_000)
	for i := range small {
		small[i] = event.Record{Sequence: uint64(i + 1), PartitionKey: strings.Repeat("\x01", 256), Data: []byte{1}}
	}
	f.asked = nil
	if results, err = open(t, f, nil).Process(t.Context(), small); err != nil || len(results) != len(small) {
		t.Fatal(err)
	}
	for _, payload := range f.asked {
		if len(payload) > firehose.MaxRequest {
			t.Errorf("a payload has %d bytes", len(payload))
		}
	}
}

func TestPartitionsAndNames(t *testing.T) {
	n := 0
	f := &function{answer: func(_ int, e *firehose.Event) (string, error) {
		var each []string
		for i := range e.Records {
			n++
			each = append(each, ok(e.Records[i].ID.String(), "x\n", fmt.Sprintf(`{"table":"things","day":"../%d\u0001"}`, n)))
		}
		return `{"records":[` + strings.Join(each, ",") + `]}`, nil
	}}
	p := open(t, f, func(c *processor.Config) {
		c.MaxPartitions = 2
		c.Data = parse(t, "d//!{partitionKeyFromLambda:day}/!{firehose:random-string}/", prefix.ForData)
	})
	results, err := p.Process(t.Context(), records(3))
	if got := fmt.Sprint(codes(t, results)); err != nil || got != "[lake lake DynamicPartitioning.ActivePartitionExceeded/1]" {
		t.Fatalf("%s, %v", got, err)
	}
	at := time.UnixMilli(arrived).UTC()
	name := p.Name(results[0].Outputs[0].Object, at, "seed")
	if !regexp.MustCompile(`^d/_\.\./1_/[a-z2-7]{11}/2026/11/22/05/orders-2026-11-22-05-06-40-[0-9a-f-]{36}\.csv\.gz$`).MatchString(name) {
		t.Errorf("data: %s", name)
	}
	if p.Name(results[0].Outputs[0].Object, at, "seed") != name || p.Name(results[0].Outputs[0].Object, at, "other") == name ||
		p.Name(results[1].Outputs[0].Object, at, "seed") == name {
		t.Error("names depend on something else than object and seed")
	}
	failed := results[2].Outputs
	if name := p.Name(failed[0].Object, at, "s"); !strings.HasPrefix(name, "errors/activePartitionExceeded/dt=2026-11-22/hour=05/orders-") || strings.Contains(name, ".csv") {
		t.Errorf("errors: %s", name)
	}
	if name := p.Name(failed[1].Object, at, "s"); !strings.HasPrefix(name, "quarantine/dt=2026-11-22/hour=05/orders-") {
		t.Errorf("quarantine: %s", name)
	}
	p.Sealed()
	if results, _ := p.Process(t.Context(), records(2)); codes(t, results)[1] != "lake" {
		t.Error("partitions of a finished range still count")
	}
}

// TestTheDocument holds the members to their order and spelling.
func TestTheDocument(t *testing.T) {
	f := &function{answer: func(_ int, e *firehose.Event) (string, error) {
		return fmt.Sprintf(`{"records":[{"recordId":%q,"result":"ProcessingFailed","data":"YQ=="}]}`, e.Records[0].ID), nil
	}}
	in := records(1)
	in[0].Data = nil
	results, err := open(t, f, nil).Process(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`"attemptEndingTimestamp":\d+`).ReplaceAllString(string(results[0].Outputs[0].Line), `"attemptEndingTimestamp":0`)
	want, err := os.ReadFile("testdata/document.json")
	if err != nil || line != string(want) {
		t.Errorf("%s, %v", line, err)
	}
}
