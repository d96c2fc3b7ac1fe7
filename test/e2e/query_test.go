package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock/penstock/test/harness"
)

// TestQueriesOfOneSelectOnly: nothing a person can type writes, reads files or leaves the database.
func TestQueriesOfOneSelectOnly(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 10)...)
	expectLedger(t, p, 10, 0, 0)
	lake := filepath.Join(p.Data, "lake")
	file := lakeFiles(t, p)[0]
	hostile := []string{
		"copy orders to '" + lake + "/x.csv'", "copy orders to '/tmp/penstock-x.csv'", "copy orders from '" + file + "'",
		"export database '" + lake + "/dump'", "import database '" + lake + "'",
		"attach '" + filepath.Join(p.Data, "x.db") + "' as x", "detach penstock", "use memory",
		"select * from read_text('" + file + "')", "select * from '" + file + "'", "select * from read_csv('/etc/passwd')",
		"from '/etc/passwd'", "select * from glob('/*')", "select * from parquet_scan('/x')", "select * from sniff_csv('/etc/passwd')",
		"with x as (select * from read_blob('/etc/passwd')) select * from x",
		"select (select content from read_text('/etc/passwd'))", "select * from orders where exists (from read_text('/etc/passwd'))",
		"install httpfs", "load httpfs", "select * from 'https://example.com/x.csv'",
		"set memory_limit = '100GB'", "set enable_external_access = true", "reset memory_limit", "pragma database_list", "pragma threads=64",
		"drop table orders", "delete from orders", "update orders set id = 1", "insert into orders select * from orders",
		"truncate orders", "create table x (a int)", "create temp table x (a int)", "create macro f() as 1", "create view v as select 1", "alter table orders add column x int",
		"select 1; drop table orders", "select 1; select 2", "begin", "commit", "rollback", "checkpoint", "force checkpoint", "vacuum",
		"call pragma_version()", "explain analyze delete from orders", "prepare x as select 1", "execute x", "deallocate x",
		"select * from query('drop table orders')", "select * from query_table('orders')", "select getenv('PATH')",
		"select current_setting('memory_limit')", "select $1", "select * from duckdb_secrets()", "select * from duckdb_settings()",
		"", ";", "selct 1", "select", strings.Repeat("(", 5000) + "1" + strings.Repeat(")", 5000),
	}
	for _, sql := range hostile {
		r := p.Run("query", "--data", p.Data, sql)
		if r.Code == 0 || r.Stderr == "" || r.Stdout != "" {
			t.Errorf("%.80s: exit %d\n%s%s", sql, r.Code, r.Stdout, r.Stderr)
		}
	}
	for _, path := range []string{filepath.Join(lake, "x.csv"), filepath.Join(lake, "dump"), "/tmp/penstock-x.csv", filepath.Join(p.Data, "x.db")} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was written", path)
		}
	}
	for _, sql := range []string{
		"select count(*) from orders", "with x as (select * from orders) select count(*) from x", "from orders limit 1", "show tables",
		"describe orders", "select * from range(3)", "values (1)", "select city, sum(order_cost) from orders group by all order by all",
		"select 1 union select 2", "summarize orders", "select count(*) from orders;",
		"select * from duckdb_columns() where table_name = 'orders'", "select o.id from orders o join quarantine q using (_sequence)",
	} {
		if r := p.Run("query", "--data", p.Data, sql); r.Code != 0 {
			t.Errorf("%s: exit %d\n%s", sql, r.Code, r.Stderr)
		}
	}
	if got := p.Query("select count(*) from orders")[0][0]; got != "10" {
		t.Errorf("%s orders after all that", got)
	}
	put(t, p, "orders", orders(t, 11, 10)...)
	expectLedger(t, p, 20, 0, 0)
}

// eaters are queries that want all memory, all time, or all temporary space.
var eaters = []string{
	"select count(*) from range(1000000000) a, range(1000000000) b",
	"select count(*) from orders a, orders b, orders c, orders d, orders e where a.city || b.city || c.city <> d.city || e.city",
	"select length(string_agg(repeat('x', 1000), '')) from range(100000000)",
	"select list(range) from range(1000000000)",
	"select count(distinct hash(a.range) || repeat('y', 50)) from range(100000000) a",
	"select * from range(100000000) a order by hash(a.range) limit 1 offset 99999990",
	"select length(repeat('x', 2000000000))",
	"with recursive r as (select 1 as n, repeat('x', 1000) as t union all select n + 1, t || t from r) select max(n) from r",
}

// TestE1QueriesThatEatMemoryHarmNothingElse runs them while a service goes on sending: no PUT fails,
// and rows keep arriving.
func TestE1QueriesThatEatMemoryHarmNothingElse(t *testing.T) {
	p := harness.Example(t, "orders")
	limits(t, p, "limits: {query_timeout: 4s}")
	p.Start()
	put(t, p, "orders", orders(t, 1, 1000)...)
	p.WaitDelivered(1000, delivered)

	sent, most := 1000, int64(0)
	toRow := func(what string) time.Duration {
		started := time.Now()
		put(t, p, "orders", orders(t, sent+1, 20)...)
		sent += 20
		p.WaitFor(what, delivered, func(s status) bool { return s.Shards != nil && s.Shards[0].Loaded >= uint64(sent) })
		return time.Since(started)
	}
	var alone, beside []time.Duration
	for range 5 {
		alone = append(alone, toRow("rows while no query runs"))
	}
	var people sync.WaitGroup
	done := make(chan struct{})
	queries := make(chan string)
	for range len(eaters) {
		people.Go(func() {
			for sql := range queries {
				started := time.Now()
				r := p.Run("query", "--data", p.Data, sql)
				if r.Code != 1 || !strings.Contains(r.Stderr, "quer") && !strings.Contains(r.Stderr, "warehouse") {
					t.Errorf("%s: exit %d\n%s%s", sql, r.Code, r.Stdout, r.Stderr)
				}
				if took := time.Since(started); took > delivered {
					t.Errorf("%s was ended after %s", sql, took)
				}
			}
		})
	}
	go func() {
		for _, sql := range eaters {
			queries <- sql
		}
		close(queries)
		people.Wait()
		close(done)
	}()

	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
		}
		beside = append(beside, toRow("rows while queries run"))
		most = max(most, rss(t, p.PID()))
	}
	slices.Sort(alone)
	slices.Sort(beside)
	usual, typical, worst := alone[len(alone)/2], beside[len(beside)/2], beside[len(beside)-1]
	t.Logf("from PUT to row %s, beside queries %s and at most %s; memory at most %d MiB, %d events", usual.Round(time.Millisecond),
		typical.Round(time.Millisecond), worst.Round(time.Millisecond), most>>20, sent-1000)
	// Queries may hold up a load by 2 s. A single one can meet the end of the process, and the start of
	// the next beside eaters takes long on a busy machine.
	if typical > 5*usual+2*time.Second {
		t.Errorf("an event typically took %s to become a row, and %s without queries", typical, usual)
	}
	if worst > time.Minute {
		t.Errorf("an event took %s to become a row", worst)
	}
	if most > 1<<30 {
		t.Errorf("the pipeline used %d MiB", most>>20)
	}
	expectLedger(t, p, int64(sent), 0, 0)
	s := p.WaitFor("the pipeline to be ready", delivered, func(s status) bool { return s.Ready && s.Balanced })
	if s.Ledger.Accepted != int64(sent) {
		t.Errorf("%d accepted, %d sent", s.Ledger.Accepted, sent)
	}
}

// TestQueryFormats: the same result in each format, with the pipeline up and without.
func TestQueryFormats(t *testing.T) {
	t.Parallel()
	p := textsPipeline(t, "{format: csv}").Start()
	put(t, p, "texts",
		[]byte(`{"id":1,"body":""}`), []byte(`{"id":2}`), []byte(`{"id":3,"body":"a,\"b\"\nc"}`),
		[]byte(`{"id":9007199254740993,"body":"NULL"}`))
	expectLedger(t, p, 4, 0, 0)
	const sql = "select id, body, id = 2 as two, id * 0.25 as part from texts order by id"
	want := map[string]string{
		"csv": "id,body,two,part\n1,\"\",false,0.25\n2,,true,0.50\n3,\"a,\"\"b\"\"\nc\",false,0.75\n9007199254740993,NULL,false,2251799813685248.25\n",
		"json": `[
 {"id": 1, "body": "", "two": false, "part": 0.25},
 {"id": 2, "body": null, "two": true, "part": 0.50},
 {"id": 3, "body": "a,\"b\"\nc", "two": false, "part": 0.75},
 {"id": 9007199254740993, "body": "NULL", "two": false, "part": 2251799813685248.25}
]
`,
	}
	compare := func(when string) {
		for format, text := range want {
			if got := p.Run("query", "--data", p.Data, "--format", format, sql); got.Code != 0 || got.Stdout != text {
				t.Errorf("%s, %s: exit %d %s\n%s\nwant\n%s", when, format, got.Code, got.Stderr, got.Stdout, text)
			}
		}
		// Flags may follow arguments; a table is for people.
		expect(t, p.Run("query", sql, "--data", p.Data), 0, "id", "body", "NULL", `a,"b"·c`, "9007199254740993")
		if got := p.Run("query", sql, "--data", p.Data, "--json"); got.Stdout != want["json"] {
			t.Errorf("%s: --json: %s", when, got.Stdout)
		}
		if got := p.Run("query", "select 1 as n where false", "--data", p.Data, "--json"); got.Stdout != "[\n]\n" {
			t.Errorf("%s: no rows: %q", when, got.Stdout)
		}
		if r := p.Run("query", "drop table texts", "--data", p.Data); r.Code != 1 {
			t.Errorf("%s: drop table: exit %d", when, r.Code)
		}
		if r := p.Run("query", "select * from text", "--data", p.Data); r.Code != 1 || !strings.Contains(r.Stderr, "text") {
			t.Errorf("%s: a table that is not there: exit %d %s", when, r.Code, r.Stderr)
		}
	}
	compare("up")
	p.Stop()
	compare("stopped")
	p.Start()
	put(t, p, "texts", []byte(`{"id":10000000000000000,"body":"x"}`))
	p.WaitDelivered(5, delivered)
	p.Kill() // rows are in the database's log, not in its file
	if got := p.Query("select count(*) from texts")[0][0]; got != "5" {
		t.Errorf("%s rows after a kill, want 5", got)
	}
	p.Start()
	expectLedger(t, p, 5, 0, 0)
}

// TestQueryTellsWhatWasCut: a result that is not whole says so.
func TestQueryTellsWhatWasCut(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	limits(t, p, "limits: {query_rows: 100}")
	p.Start()
	r := p.Run("query", "--data", p.Data, "--format", "csv", "select range from range(1000)")
	if n := strings.Count(r.Stdout, "\n"); n != 101 || !strings.Contains(r.Stderr, "100 rows") {
		t.Errorf("%d lines\n%s", n, r.Stderr)
	}
	long := p.Run("query", "--data", p.Data, fmt.Sprintf("select %s", strings.Repeat("1 + ", 3000)+"1 as n"))
	if long.Code != 0 && long.Stderr == "" {
		t.Errorf("a long expression: %+v", long)
	}
	expect(t, p.Run("status", "--data", p.Data), 0, "ready")
}

// TestStartWaitsForAQueryThatIsInTheWay: only one process can have the warehouse's file.
func TestStartWaitsForAQueryThatIsInTheWay(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 10)...)
	expectLedger(t, p, 10, 0, 0)
	p.Stop()
	ended := make(chan harness.Result, 1)
	go func() {
		ended <- p.Run("query", "--data", p.Data, "select count(*) from range(500000000) where hash(range) = 0")
	}()
	p.Start() // beside the query or after it
	put(t, p, "orders", orders(t, 11, 10)...)
	expectLedger(t, p, 20, 0, 0)
	if r := <-ended; r.Code != 0 && r.Stderr == "" {
		t.Errorf("the query ended with %+v", r)
	}
}
