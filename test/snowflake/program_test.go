package snowflake_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/klauspost/compress/gzip"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/firehose"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/test/harness"
	"github.com/penstock/penstock/test/snowflake/double"
)

// awsSide is the lake, and a stream that nothing may be put into.
type awsSide struct {
	url     string
	objects *s3mem.Backend
}

func startAWS(t *testing.T) *awsSide {
	t.Helper()
	a := &awsSide{objects: s3mem.New()}
	if err := a.objects.CreateBucket("lake"); err != nil {
		t.Fatal(err)
	}
	store := gofakes3.New(a.objects).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch target := r.Header.Get("X-Amz-Target"); target {
		case "":
			store.ServeHTTP(w, r)
		case "Kinesis_20131202.DescribeStreamSummary":
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			fmt.Fprint(w, `{"StreamDescriptionSummary":{"StreamName":"s","StreamARN":"a","StreamStatus":"ACTIVE","RetentionPeriodHours":24,"StreamCreationTimestamp":1,"EnhancedMonitoring":[],"OpenShardCount":1}}`)
		default:
			t.Errorf("%s was called", target)
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(server.Close)
	a.url = server.URL
	return a
}

func (a *awsSide) put(t *testing.T, key string, body []byte) {
	t.Helper()
	if _, err := a.objects.PutObject("lake", key, nil, bytes.NewReader(body), int64(len(body)), nil); err != nil {
		t.Fatal(err)
	}
}

func (a *awsSide) get(t *testing.T, key string) []byte {
	t.Helper()
	object, err := a.objects.GetObject("lake", key, nil)
	if err != nil {
		t.Fatal(key, err)
	}
	defer object.Contents.Close()
	body, err := io.ReadAll(object.Contents)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// quarantine are the keys of the quarantine's objects.
func (a *awsSide) quarantine(t *testing.T) (keys []string) {
	t.Helper()
	list, err := a.objects.ListBucket("lake", &gofakes3.Prefix{HasPrefix: true, Prefix: "data/quarantine/"}, gofakes3.ListBucketPage{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list.Contents {
		keys = append(keys, o.Key)
	}
	return keys
}

// delivered are events as the transformer's lines, as Firehose joins them, by table.
func delivered(t *testing.T, first int, events ...map[string]any) map[string][]byte {
	t.Helper()
	set, err := pipeline.Contracts(filepath.Join("..", "..", "examples", "orders"))
	if err != nil {
		t.Fatal(err)
	}
	var records []any
	for i, e := range events {
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, map[string]any{"recordId": fmt.Sprint("r", i), "data": data, "kinesisRecordMetadata": map[string]any{
			"shardId": "shardId-000000000001", "partitionKey": "k", "sequenceNumber": fmt.Sprint(49600 + first + i), "subsequenceNumber": 0, "approximateArrivalTimestamp": 1795323967123,
		}})
	}
	payload, _ := json.Marshal(map[string]any{"invocationId": "i", "records": records})
	answer, _, err := firehose.New(set).Transform(payload)
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Records []struct {
			Data     []byte
			Metadata struct{ PartitionKeys map[string]string }
		}
	}
	if err := json.Unmarshal(answer, &parsed); err != nil {
		t.Fatal(err)
	}
	lines := map[string][]byte{}
	for _, r := range parsed.Records {
		table := r.Metadata.PartitionKeys["table"]
		lines[table] = append(lines[table], r.Data...)
	}
	return lines
}

func zipped(text []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(text)
	_ = w.Close()
	return out.Bytes()
}

// tooDear refuses orders as a table does whose ORDER_COST has become too narrow.
func tooDear(t *testing.T) func([]string) double.Refusal {
	all, err := tables()
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for i, c := range all[0].Columns {
		if c.Name == "order_cost" {
			at = len(contract.MetadataColumns()) + i
		}
	}
	return func(cells []string) double.Refusal {
		if cost, err := strconv.ParseFloat(cells[at], 64); err != nil || cost > 1000 {
			return double.Refusal{Column: "ORDER_COST", Message: fmt.Sprintf("Number out of representable range: type FIXED[SB4](5,2){nullable}, value %s", cells[at])}
		}
		return double.Refusal{}
	}
}

func anything([]string) double.Refusal { return double.Refusal{} }

func theOrder(n int, price float64, address string) map[string]any {
	return map[string]any{"id": n, "order_id": fmt.Sprintf("3fa85f64-5717-4562-b3fc-%012d", n), "customer_id": n, "product_name": "p", "product_price": price,
		"product_quantity": 1, "address": address, "country": "Germany", "order_date": "2026-11-22T05:00:00Z", "generate_date": "2026-11-22T05:00:00Z"}
}

// program runs penstock as a person does.
type program struct {
	t    *testing.T
	dir  string
	env  []string
	args []string
}

func newProgram(t *testing.T, w *world, a *awsSide) *program {
	t.Helper()
	p := &program{t: t, dir: t.TempDir()}
	der, err := x509.MarshalPKCS8PrivateKey(key())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"key.p8": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"outputs.json": `{"S":{"lambdaFunctionName":"f","lambdaFunctionArn":"arn:aws:lambda:us-east-1:111122223333:function:f","s3BucketName":"lake",
			"kinesisDataStreamName":"s","kinesisFirehoseDeliveryStreamName":"d","dataPrefix":"data/","errorPrefix":"errors/","region":"us-east-1"}}`,
	} {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=not-a-secret", "AWS_ENDPOINT_URL=" + a.url}
	example, err := filepath.Abs(filepath.Join("..", "..", "examples", "orders"))
	if err != nil {
		t.Fatal(err)
	}
	p.args = []string{"-c", example, "--outputs", "outputs.json"}
	p.env = append(p.env, "SNOWFLAKE_ACCOUNT=myorg-account1", "SNOWFLAKE_USER=PENSTOCK_ADMIN")
	return p
}

func (p *program) run(code int, args ...string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, harness.Binary(p.t), append(args, p.args...)...)
	var out, errOut bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.dir, p.env, &out, &errOut
	_ = cmd.Run() // the exit code tells
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
		p.t.Fatalf("penstock %s: %v, not %d\n%s%s", strings.Join(args, " "), cmd.ProcessState, code, out.String(), errOut.String())
	}
	return out.String() + errOut.String()
}

func (p *program) snowflake(w *world, code int, args ...string) string {
	p.t.Helper()
	return p.run(code, append(append([]string{"snowflake"}, args...), "--key", "key.p8", "--endpoint", w.account.URL)...)
}
