package snowflake_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/verify"
	"github.com/penstock/penstock/test/harness"
	"github.com/penstock/penstock/test/snowflake/double"
)

// account of the outputs: that of the worlds, and moto's.
const worldsAccount, motosAccount = "111122223333", "123456789012"

// asUser are the arguments of a command about the world's pipeline, with outputs and key in a folder.
func (w *world) asUser(account string) []string {
	w.t.Helper()
	dir := w.t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			w.t.Fatal(err)
		}
		return path
	}
	der, err := x509.MarshalPKCS8PrivateKey(key())
	if err != nil {
		w.t.Fatal(err)
	}
	outputs := fmt.Sprintf(`{"S":{"lambdaFunctionName":"f","lambdaFunctionArn":"arn:aws:lambda:us-east-1:%s:function:f","s3BucketName":"lake",
		"kinesisDataStreamName":"orders","kinesisFirehoseDeliveryStreamName":"delivery","dataPrefix":"data/","region":"us-east-1"}}`, account)
	return []string{
		"--outputs", write("outputs.json", []byte(outputs)), "-c", filepath.Join(harness.Root(w.t), "examples", "orders"), "--name", "ORDERS",
		"--key", write("key.p8", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"--account", "MYORG-ACCOUNT1", "--user", "PENSTOCK_ADMIN", "--endpoint", w.account.URL,
	}
}

func exampleContracts(t *testing.T) *contract.Set {
	t.Helper()
	set, err := pipeline.Contracts(filepath.Join(harness.Root(t), "examples", "orders"))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// deployedWorld is an account that is set up, with a pipeline of this machine in the place of Kinesis.
func deployedWorld(t *testing.T, contracts *contract.Set, change func(*relay)) (*world, *harness.Pipeline, *double.Store) {
	t.Helper()
	w := newWorld(t)
	w.direct = true
	w.must()
	stream := harness.Example(t, "orders").Start()
	lake := double.StartStore(t, "lake")
	r := startRelay(t, stream.Client(), "orders", contracts, lake.Put, func(r *relay) {
		r.remember = w.account.Remember
		if change != nil {
			change(r)
		}
	})
	w.account.Asked = r.Asked
	stream.Env = []string{
		"HOME=" + t.TempDir(), "XDG_STATE_HOME=", "AWS_EC2_METADATA_DISABLED=true", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=not-a-secret",
		"AWS_ENDPOINT_URL_KINESIS=" + stream.KinesisURL(), "AWS_ENDPOINT_URL_S3=" + lake.URL,
	}
	return w, stream, lake
}

func only(number int) func(int) bool { return func(n int) bool { return n == number } }

// TestVerifyDeployed runs the real program against a stream, a lake and an account, with a relay between them.
func TestVerifyDeployed(t *testing.T) {
	// The orders that are lost are waited for until the time is over; all others must be there before.
	const short, long = "60s", "5m"
	strict, err := contract.Compile([]contract.Source{{Name: "contracts/orders.yaml", Text: []byte("table: orders\nmatch: has(event.order_id)\ncolumns:\n  - {name: city, type: varchar, enum: [Rome]}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change                         func(*relay)
		contracts                      *contract.Set
		timeout                        string
		code, rows, raw, twice         int
		missing, notInLake, quarantine int
		refused                        int
	}{
		"each once":            {nil, nil, long, 0, 20, 20, 0, 0, 0, 0, 0},
		"one delivered twice":  {func(r *relay) { r.twice = only(7) }, nil, long, 0, 20, 21, 1, 0, 0, 0, 0},
		"one that is not rows": {func(r *relay) { r.lost = only(7) }, nil, short, 1, 19, 19, 0, 1, 0, 0, 0},
		"one that is refused":  {func(r *relay) { r.refused = only(7) }, nil, long, 1, 19, 19, 0, 1, 0, 0, 1},
		"nothing in the lake":  {func(r *relay) { r.closed = true }, nil, short, 1, 0, 0, 0, 20, 20, 0, 0},
		"other contracts":      {nil, strict, long, 1, 0, 0, 0, 20, 0, 20, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.contracts == nil {
				c.contracts = exampleContracts(t)
			}
			w, p, _ := deployedWorld(t, c.contracts, c.change)
			done := p.Run(append([]string{"verify", "20", "--json", "--timeout", c.timeout}, w.asUser(worldsAccount)...)...)
			var r verify.Report
			if err := json.Unmarshal([]byte(done.Stdout), &r); err != nil || done.Code != c.code {
				t.Fatalf("exit %d, %v\n%s%s", done.Code, err, done.Stdout, done.Stderr)
			}
			if r.Accepted != 20 || r.Rows != c.rows || r.Duplicates != 0 || r.Missing != c.missing || r.Raw == nil || r.Raw.Rows != c.raw || r.Raw.Duplicates != c.twice {
				t.Errorf("%s", done.Stdout)
			}
			if c.missing > 0 && (r.NotInLake == nil || *r.NotInLake != c.notInLake || r.Quarantined == nil || *r.Quarantined != c.quarantine || r.TimedOut != (c.timeout == short)) {
				t.Errorf("%s", done.Stdout)
			}
			if (r.Refused != nil) != (c.refused > 0) || r.Refused != nil && (r.Refused.Orders != 1 || r.Refused.Line != "7" || !strings.HasPrefix(r.Refused.File, "data/orders/")) {
				t.Errorf("%s", done.Stdout)
			}
			if python := withSQLGlot(t); c.raw == 20 && python != "" {
				w.parse(python)
			}
			if (r.Hops.Delivered == nil) != (c.notInLake == 20) || (r.Hops.Whole == nil) != (c.rows == 0) || r.Hops.Accepted == nil {
				t.Errorf("%s", done.Stdout)
			}
		})
	}
}

// TestVerifyDeployedSendsNothingInVain: what cannot be read is told before anything is sent.
func TestVerifyDeployedSendsNothingInVain(t *testing.T) {
	t.Parallel()
	w, p, lake := deployedWorld(t, exampleContracts(t), nil)
	for _, c := range []struct {
		change func()
		args   []string
		code   int
		says   []string
	}{
		{nil, []string{"--data", p.Data}, 2, []string{"--data names a pipeline on this machine"}},
		{nil, []string{"--outputs", "", "--data", p.Data}, 2, []string{"name its file with --outputs"}},
		{nil, []string{"--prefix", "OTHER"}, 1, []string{"Snowflake is not set up for this pipeline", "penstock snowflake setup", "--prefix"}},
		{nil, []string{"-c", textsOnly(t), "--name", "ORDERS"}, 1, []string{"no contract of the pipeline takes the dummy orders"}},
		{lake.Close, nil, 1, []string{"the lake cannot be read, so nothing was sent", "AccessDenied", "penstock aws status"}},
	} {
		if c.change != nil {
			c.change()
		}
		done := p.Run(slices.Concat([]string{"verify", "3"}, w.asUser(worldsAccount), c.args)...)
		for _, words := range c.says {
			if done.Code != c.code || !strings.Contains(done.Stderr, words) {
				t.Errorf("%v: exit %d, without %q:\n%s%s", c.args, done.Code, words, done.Stdout, done.Stderr)
			}
		}
	}
	if status, _ := p.Status(); status.Ledger.Accepted != 0 {
		t.Errorf("%d orders were sent", status.Ledger.Accepted)
	}
}

// textsOnly is a pipeline that takes no orders.
func textsOnly(t *testing.T) string {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"pipeline.yaml": "stream: {name: orders}\n", "contracts/texts.yaml": "table: texts\nmatch: has(event.text)\ncolumns:\n  - {name: text, type: varchar}\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
