package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/chart"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/test/harness"
)

// fakesnow serves Snowflake's protocol over DuckDB, from the Python package of that name, and returns its URL. The Go driver
// logs in to it with a key pair, which it does not check.
func fakesnow(t *testing.T) string {
	t.Helper()
	root := harness.Root(t)
	python := filepath.Join(root, "test", "fakesnow", ".venv", "bin", "python")
	if exec.Command(python, "-c", "import fakesnow.server, uvicorn").Run() != nil {
		t.Skip("fakesnow is not installed; `make test/fakesnow/.venv` installs it")
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	free.Close()
	server := exec.Command(python, filepath.Join(root, "test", "fakesnow", "serve.py"), port)
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Process.Kill(); _ = server.Wait() })
	for deadline := time.Now().Add(delivered); ; {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
			return "http://" + address
		}
		if time.Now().After(deadline) {
			t.Fatalf("fakesnow does not listen: %v", err)
		}
		time.Sleep(50 * time.Millisecond) // a pause between polls, bounded by the deadline
	}
}

// onSnowflake is the orders example with its warehouse there.
func onSnowflake(t *testing.T, endpoint, schema string) *harness.Pipeline {
	t.Helper()
	return intoSnowflake(t, harness.Example(t, "orders"), endpoint, schema)
}

// intoSnowflake gives a pipeline that says "warehouse: duckdb" the other one.
func intoSnowflake(t *testing.T, p *harness.Pipeline, endpoint, schema string) *harness.Pipeline {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(filepath.Join(p.Dir, "key.p8"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(p.Dir, "pipeline.yaml"), "warehouse: duckdb",
		fmt.Sprintf("warehouse: snowflake://loader@account/PENSTOCK/%s?key_file=key.p8&endpoint=%s", schema, url.QueryEscape(endpoint)))
	return p
}

func edit(t *testing.T, file, old, with string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%q is not in %s", old, file)
	}
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), old, with)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSnowflakeHasTheSameFigures as DuckDB, of the same events: in the ledger, in queries and in every chart.
func TestSnowflakeHasTheSameFigures(t *testing.T) {
	t.Parallel()
	pipelines := map[string]*harness.Pipeline{"snowflake": onSnowflake(t, fakesnow(t), "SAME"), "duckdb": harness.Example(t, "orders")}
	for _, p := range pipelines {
		p.Start()
		expect(t, p.Run("produce", "600", "--seed", "7", "--bad", "20", "--data", p.Data), 0)
		again := order(100_000)
		again["address"], again["city"] = "", nil // the empty text is not NULL
		put(t, p, "orders", encoded(t, again), encoded(t, again))
		expectLedger(t, p, 581, 20, 1)
	}
	queries := []string{
		"select count(*) as n, sum(order_cost) as revenue, min(order_date) as first, count(city) as cities from orders",
		"select address, city, product_price, order_cost, order_date, product_quantity from orders where id = 100000",
		`select reason, field, contract, count(*) as n from "quarantine" group by 1, 2, 3 order by 1, 2, 3`,
	}
	file, err := pipeline.Load(pipelines["duckdb"].Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Dashboards {
		for _, c := range d.Charts {
			for _, state := range []chart.State{{Range: chart.RangeAll}, {Range: chart.RangeAll, Filters: map[string][]string{"country": {"Germany", "it's"}}}} {
				span := chart.Span{}
				sql, _ := c.Queries(state, c.Window(state, time.Now(), span))
				queries = append(queries, sql)
			}
		}
	}
	for _, sql := range queries {
		got, want := pipelines["snowflake"].Run("query", "--data", pipelines["snowflake"].Data, "--format", "csv", sql),
			pipelines["duckdb"].Run("query", "--data", pipelines["duckdb"].Data, "--format", "csv", sql)
		if got.Code != 0 || want.Code != 0 || got.Stdout != want.Stdout {
			t.Errorf("%s\nSnowflake (exit %d):\n%s%s\nDuckDB (exit %d):\n%s%s", sql, got.Code, got.Stdout, got.Stderr, want.Code, want.Stdout, want.Stderr)
		}
	}
	p := pipelines["snowflake"]
	for _, sql := range []string{"delete from orders", "select 1; drop table orders", "select * from @_penstock_lake", "select system$wait(1)", "select 'open"} {
		expect(t, p.Run("query", "--data", p.Data, sql), 1)
	}
	// Nothing is loaded twice by a pipeline that was killed and starts again.
	p.Kill()
	p.Start()
	expectLedger(t, p, 581, 20, 1)
	expect(t, p.Run("verify", "50", "--data", p.Data), 0, "50 rows, 0 duplicates, 0 missing")
}

// TestSnowflakeLoadsAFileFromBeforeAColumn was added to the contract.
func TestSnowflakeLoadsAFileFromBeforeAColumn(t *testing.T) {
	t.Parallel()
	p := onSnowflake(t, fakesnow(t), "OLDFILE")
	p.Args = []string{"--pause", "loading"}
	p.Start()
	put(t, p, "orders", orders(t, 1, 3)...)
	p.WaitFor("a commit", delivered, func(s harness.Status) bool { return len(s.Shards) == 1 && s.Shards[0].Committed == 3 })
	p.Stop()
	edit(t, filepath.Join(p.Dir, "contracts", "orders.yaml"), "  - {name: generate_date, type: timestamp, required: true}\n",
		"  - {name: generate_date, type: timestamp, required: true}\n  - {name: coupon, type: varchar}\n")
	expect(t, p.Run("check", "--plan", "-c", p.Dir, "--data", p.Data), 0, `ALTER TABLE "ORDERS" ADD COLUMN "COUPON" VARCHAR`)
	p.Args = nil
	p.Start()
	with := order(4)
	with["coupon"] = "X1"
	put(t, p, "orders", encoded(t, with))
	expectLedger(t, p, 4, 0, 0)
	if got := p.Query("select id, coupon from orders order by id"); fmt.Sprint(got) != "[[1 ] [2 ] [3 ] [4 X1]]" {
		t.Errorf("rows %v", got)
	}
}
