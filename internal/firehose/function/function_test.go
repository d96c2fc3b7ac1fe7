package function_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/firehose"
	"github.com/penstock/penstock/internal/lambda"
	"github.com/penstock/penstock/internal/pipeline"
)

const root = "../../.."

// bootstrap builds the function for this machine, and puts a pipeline's contracts beside it, as its zip has them.
func bootstrap(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", filepath.Join(dir, "bootstrap"), "./cmd/penstock-transformer")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.CopyFS(filepath.Join(dir, "contracts"), os.DirFS(filepath.Join(root, "examples", "orders", "contracts"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// mostColdStart is far above the 100 ms aimed at, because tests run beside others; the figure is logged.
const mostColdStart = 3 * time.Second

func TestTheBinaryUnderTheRuntimeAPI(t *testing.T) {
	dir := bootstrap(t)
	t.Run("events of AWS", func(t *testing.T) { eventsOfAWS(t, dir) })
	t.Run("batches", func(t *testing.T) { batches(t, dir) })
	const payload = `{"deliveryStreamArn":"arn:aws:firehose:eu-central-1:123456789012:deliverystream/orders","records":[{"recordId":"1","data":"e30="}]}`
	open := func(dir string) *lambda.Function {
		f, err := lambda.Open(lambda.Config{Source: dir, ScratchDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	best := time.Hour
	for range 5 {
		f := open(dir)
		began := time.Now()
		body, err := f.Invoke(t.Context(), []byte(payload))
		best = min(best, time.Since(began))
		var answer struct {
			Records []struct{ RecordID, Result string }
		}
		if err != nil || json.Unmarshal(body, &answer) != nil || len(answer.Records) != 1 || answer.Records[0].Result != "Ok" {
			t.Fatalf("%s, %v", body, err)
		}
	}
	t.Logf("cold start to first answer: %s (best of 5)", best)
	if best > mostColdStart {
		t.Errorf("the first answer took %s", best)
	}

	f := open(dir)
	if _, err := f.Invoke(t.Context(), []byte(`{"Records":[]}`)); err == nil || !strings.Contains(err.Error(), "not an event of Data Firehose") {
		t.Errorf("another service's event: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "contracts", "orders.yaml"), []byte("table: 7x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open(dir).Invoke(t.Context(), []byte(payload)); err == nil || !strings.Contains(err.Error(), "orders.yaml:1") {
		t.Errorf("contracts with faults: %v", err)
	}
}

// answers compares what the binary says to what the Transformer says in process, whose answers have tests
// of their own.
func answers(t *testing.T, f *lambda.Function, x *firehose.Transformer, name string, payload []byte) {
	t.Helper()
	got, err := f.Invoke(t.Context(), payload)
	want, _, wantErr := x.Transform(payload)
	if (err != nil) != (wantErr != nil) || err == nil && !bytes.Equal(got, want) {
		t.Errorf("%s: the binary answers %.80s (%v), want %.80s (%v)", name, got, err, want, wantErr)
	}
}

func both(t *testing.T, dir string) (*lambda.Function, *firehose.Transformer) {
	t.Helper()
	f, err := lambda.Open(lambda.Config{Source: dir, ScratchDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	set, err := pipeline.Contracts(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f, firehose.New(set)
}

func eventsOfAWS(t *testing.T, dir string) {
	folder := filepath.Join(root, "..", "shared", "data", "lambda-events", "events", "testdata")
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Skipf("AWS's events are not at %s", folder)
	}
	f, x := both(t, dir)
	for _, entry := range entries {
		payload, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		answers(t, f, x, entry.Name(), payload)
	}
}

// batches are of 1 to 500 records of 1 byte to 1 MB each, as far as Lambda takes them: 6 MB.
func batches(t *testing.T, dir string) {
	f, x := both(t, dir)
	for _, count := range []int{1, 2, 9, 77, 500} {
		for _, size := range []int{1, 350, 8_000, 60_000, 1_000_000} {
			for _, text := range []string{`{"order_id":"`, "\xff", "\x00\""} {
				data := bytes.Repeat([]byte(text), 1+size/len(text))[:size]
				record := fmt.Sprintf(`","data":%q,"approximateArrivalTimestamp":1,"kinesisRecordMetadata":{"shardId":"s","sequenceNumber":"1"}},`,
					base64.StdEncoding.EncodeToString(data))
				var b bytes.Buffer
				b.WriteString(`{"records":[`)
				for i := range count {
					fmt.Fprintf(&b, `{"recordId":"%06d%s`, i, record)
				}
				b.Truncate(b.Len() - 1)
				b.WriteString("]}")
				if b.Len() <= lambda.MaxPayload {
					answers(t, f, x, fmt.Sprintf("%d records of %d bytes", count, size), b.Bytes())
				}
			}
		}
	}
}
