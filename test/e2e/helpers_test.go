package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/smithy-go"

	"github.com/penstock/penstock/test/harness"
)

// expect fails unless a command ended with the exit code and said each of the texts.
func expect(t *testing.T, r harness.Result, code int, texts ...string) {
	t.Helper()
	if r.Code != code {
		t.Errorf("exit code %d, want %d\n%s%s", r.Code, code, r.Stdout, r.Stderr)
	}
	for _, text := range texts {
		if !strings.Contains(r.Stdout+r.Stderr, text) {
			t.Errorf("%q is not in\n%s%s", text, r.Stdout, r.Stderr)
		}
	}
	if strings.Contains(r.Stderr, "panic:") || strings.Contains(r.Stderr, "goroutine ") {
		t.Errorf("a crash instead of an error:\n%s", r.Stderr)
	}
}

// up runs `penstock up` where it is expected to refuse.
func up(p *harness.Pipeline, args ...string) harness.Result {
	return p.Run(append([]string{"up", "-c", p.Dir, "--data", p.Data, "--kinesis", "127.0.0.1:0", "--http", "127.0.0.1:0"}, args...)...)
}

// rows runs SQL and returns its rows by column, exactly as the warehouse has them.
func rows(t *testing.T, p *harness.Pipeline, sql string) []map[string]any {
	t.Helper()
	r := p.Run("query", "--data", p.Data, "--format", "json", sql)
	if r.Code != 0 {
		t.Fatalf("query %s: exit %d\n%s", sql, r.Code, r.Stderr)
	}
	decoder := json.NewDecoder(strings.NewReader(r.Stdout))
	decoder.UseNumber()
	var found []map[string]any
	if err := decoder.Decode(&found); err != nil {
		t.Fatalf("query %s: %v\n%s", sql, err, r.Stdout)
	}
	return found
}

// putAs sends one event under a partition key.
func putAs(t *testing.T, p *harness.Pipeline, stream, key string, data []byte) *kinesis.PutRecordOutput {
	t.Helper()
	out, err := p.Client().PutRecord(context.Background(), &kinesis.PutRecordInput{
		StreamName: aws.String(stream), PartitionKey: aws.String(key), Data: data,
	})
	if err != nil {
		t.Fatalf("PutRecord of %s: %v", key, err)
	}
	return out
}

// once is a client's option: it does not try again.
func once(o *kinesis.Options) { o.RetryMaxAttempts = 1 }

// expectAPIError fails unless err is the service's answer with that code, and text in its message.
func expectAPIError(t *testing.T, err error, code, text string) {
	t.Helper()
	var answered smithy.APIError
	if !errors.As(err, &answered) {
		t.Errorf("%v, want %s", err, code)
		return
	}
	if answered.ErrorCode() != code || !strings.Contains(answered.ErrorMessage(), text) {
		t.Errorf("%s: %s, want %s with %q", answered.ErrorCode(), answered.ErrorMessage(), code, text)
	}
}

// expectLedger waits until nothing is in flight and compares the ledger.
func expectLedger(t *testing.T, p *harness.Pipeline, loaded, quarantined, dropped int64) {
	t.Helper()
	s := p.WaitDelivered(loaded+quarantined+dropped, delivered)
	if s.Ledger.Loaded != loaded || s.Ledger.Quarantined != quarantined || s.Ledger.Dropped != dropped || !s.Balanced {
		t.Errorf("ledger %+v (balanced %v), want %d loaded, %d quarantined, %d dropped", s.Ledger, s.Balanced, loaded, quarantined, dropped)
	}
}

// padded is an order whose JSON is exactly size bytes, by a field no column takes.
func padded(t *testing.T, id, size int) []byte {
	t.Helper()
	event := order(id)
	event["note"] = ""
	short := encoded(t, event)
	event["note"] = strings.Repeat("x", size-len(short))
	text := encoded(t, event)
	if len(text) != size {
		t.Fatalf("the order has %d bytes, not %d", len(text), size)
	}
	return text
}

// textsPipeline is a pipeline of one table with any text, and delivery as given.
func textsPipeline(t *testing.T, delivery string) *harness.Pipeline {
	return harness.New(t, map[string]string{
		"pipeline.yaml": "stream: {name: texts}\ndelivery: " + delivery + "\n",
		"contracts/texts.yaml": `table: texts
match: has(event.id)
columns:
  - {name: id, type: bigint, required: true}
  - {name: body, type: varchar}
  - {name: whole, type: json, from: $}
`,
	})
}

// lines joins texts with line ends.
func lines(texts ...string) string { return strings.Join(texts, "\n") + "\n" }

func contains(text []byte, part string) bool { return bytes.Contains(text, []byte(part)) }
