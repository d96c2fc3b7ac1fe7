package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/chart"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/quarantine"
	"github.com/penstock/penstock/internal/trace"
	"github.com/penstock/penstock/test/harness"
)

// TestSnowflakeServesEveryPage: what the pages ask for over HTTP is answered as by the same pipeline on DuckDB.
func TestSnowflakeServesEveryPage(t *testing.T) {
	t.Parallel()
	pages := map[string]map[string]string{}
	for name, p := range map[string]*harness.Pipeline{
		"snowflake": onSnowflake(t, fakesnow(t), "PAGES"), "duckdb": harness.Example(t, "orders"),
	} {
		p.Start()
		expect(t, p.Run("produce", "300", "--seed", "7", "--bad", "20", "--data", p.Data), 0)
		again, long := order(100_000), order(100_001)
		again["address"], again["city"] = "", nil // the empty text is not NULL
		long["country"] = strings.Repeat(`it's \`, 20)
		put(t, p, "orders", encoded(t, again), encoded(t, again), encoded(t, long), []byte(`{"it's \": "no json`), []byte("\xff'\\"))
		expectLedger(t, p, 281, 23, 1)
		pages[name] = everyPage(t, p)
	}
	got, want := pages["snowflake"], pages["duckdb"]
	for _, page := range slices.Sorted(maps.Keys(want)) {
		if got[page] != want[page] {
			t.Errorf("%s\non Snowflake: %s\non DuckDB:    %s", page, got[page], want[page])
		}
	}
	if len(got) != len(want) || len(got) < 50 {
		t.Errorf("%d pages and %d", len(got), len(want))
	}
}

// everyPage asks for all that the pages show, and leaves out what differs from one run to the next.
func everyPage(t *testing.T, p *harness.Pipeline) map[string]string {
	t.Helper()
	pages := map[string]string{}
	for _, path := range []string{"/healthz", "/readyz", "/api/v1/me", "/api/v1/dashboards", "/api/v1/dashboards/orders", "/api/v1/tables",
		"/api/v1/dashboards/orders/filters/country", "/api/v1/dashboards/orders/filters/city", "/api/v1/dashboards/orders/filters/product"} {
		pages[path] = answered(t, p, path, nil)
	}
	chartPages(t, p, pages)
	for _, sql := range []string{
		"select count(*) as n, sum(order_cost) as revenue, min(order_date) as first from orders",
		"select * from quarantine where false", "select id, order_id, address, city from orders where id = 100000",
	} {
		pages["query "+sql] = plainTypes.ReplaceAllString(posted(t, p, "/api/v1/query", map[string]any{"sql": sql}), `"type":""`)
	}
	status, _ := p.Status()
	w := fetched[watched](t, p, "/api/v1/monitor", nil)
	pages["ledger"] = fmt.Sprintf("%+v %v, %+v", status.Ledger, status.Balanced, w.Contracts)
	quarantinePages(t, p, pages)
	tracePages(t, p, pages)
	pages["redrive"] = posted(t, p, "/api/v1/redrive", map[string]any{"dry_run": true, "contract": "orders", "field": "country"})
	return pages
}

// plainTypes are those of a result's columns, which the warehouses name differently.
var plainTypes = regexp.MustCompile(`"type":"[^"]*"`)

// answered is an answer that must be a success.
func answered(t *testing.T, p *harness.Pipeline, path string, query url.Values) string {
	t.Helper()
	response := call(t, p, path, query)
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%s?%s: %s, %v\n%s", path, query.Encode(), response.Status, err, body)
	}
	return string(body)
}

// posted is the answer to a call with a body.
func posted(t *testing.T, p *harness.Pipeline, path string, body any) string {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(p.HTTPURL()+path, "application/json", strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Errorf("%s: %s, %v\n%s", path, response.Status, err, answer)
	}
	return string(answer)
}

// chartPages has every chart in several states, once and as CSV, and all of them live.
func chartPages(t *testing.T, p *harness.Pipeline, pages map[string]string) {
	t.Helper()
	file, err := pipeline.Load(p.Dir)
	if err != nil {
		t.Fatal(err)
	}
	lines := stream(t, p, "orders/live?range=all")
	for _, c := range file.Dashboards[0].Charts {
		path := "/api/v1/dashboards/orders/charts/" + c.ID
		for _, state := range []url.Values{
			{"range": {"all"}}, {"range": {"all"}, "f.country": {"Germany", "it's", `\`, `\' or true --`}, "f.city": {"Berlin", `\\'`}},
			{"from": {"2026-01-01T00:00:00Z"}, "to": {"2027-01-01T00:00:00Z"}, "compare": {"1"}},
		} {
			r := fetched[chart.Result](t, p, path, state)
			pages[path+"?"+state.Encode()] = figures(t, r)
		}
		pages[path+".csv"] = answered(t, p, path+".csv", url.Values{"range": {"all"}})
	}
	shown := map[string]string{}
	for len(shown) < len(file.Dashboards[0].Charts) {
		r := awaitChart(t, lines, "", func(chart.Result) bool { return true })
		shown[r.ID] = figures(t, r)
	}
	for id, r := range shown {
		pages["live "+id] = r
	}
}

// figures are a chart's cells.
func figures(t *testing.T, r chart.Result) string {
	t.Helper()
	if r.Error != nil {
		t.Errorf("%s: %+v", r.ID, r.Error)
	}
	all := []chart.Rows{r.Rows}
	if r.Previous != nil {
		all = append(all, *r.Previous)
	}
	for _, rows := range all {
		for i := range rows.Columns {
			rows.Columns[i].Type = ""
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// quarantinePages has the groups without their times, and every group's events without their places.
func quarantinePages(t *testing.T, p *harness.Pipeline, pages map[string]string) {
	t.Helper()
	for _, since := range []url.Values{nil, {"since": {time.Now().Add(-time.Hour).Format(time.RFC3339)}}} {
		overview := fetched[quarantine.Overview](t, p, "/api/v1/quarantine", since)
		groups := ""
		for _, g := range overview.Groups {
			var sum int64
			for _, part := range g.History {
				sum += part.Count
			}
			if g.First.IsZero() || g.Last.Before(g.First) || time.Since(g.Last) > time.Hour || len(g.History) > 31 {
				t.Errorf("%s of %s: from %s to %s in %d parts", g.Reason, g.Field, g.First, g.Last, len(g.History))
			}
			groups += fmt.Sprintf("%s %s %s: %d, %d in parts, %+v\n", g.Reason, g.Contract, g.Field, g.Count, sum, suggested(g))
			which := url.Values{"reason": {g.Reason}, "contract": {g.Contract}, "field": {g.Field}, "limit": {"100"}}
			maps.Copy(which, since)
			pages["sample "+g.Reason+" "+g.Field+fmt.Sprint(since != nil)] = sampled(t, p, which)
		}
		pages["quarantine"+fmt.Sprint(since != nil)] = fmt.Sprintf("%d\n%s", overview.Total, groups)
	}
	pages["sample of nothing"] = sampled(t, p, url.Values{"field": {`\' or true --`}})
}

// becameRows is how many did while a group's events arrived.
var becameRows = regexp.MustCompile(`[0-9,]+ (have become|became) rows`)

// suggested is a group's suggestion without what depends on when its events arrived.
func suggested(g quarantine.Group) string {
	if g.Suggestion == nil {
		return ""
	}
	return becameRows.ReplaceAllString(fmt.Sprint(*g.Suggestion), "n became rows")
}

func sampled(t *testing.T, p *harness.Pipeline, which url.Values) string {
	t.Helper()
	var events []string
	for _, e := range fetched[quarantine.Sample](t, p, "/api/v1/quarantine/sample", which).Events {
		if e.Sequence == "" || e.ArrivedAt.IsZero() {
			t.Errorf("%+v", e)
		}
		e.Sequence, e.ArrivedAt, e.Version = "", time.Time{}, ""
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, string(text))
	}
	slices.Sort(events)
	return strings.Join(events, "\n")
}

// tracePages follows events by their key, their number and a text.
func tracePages(t *testing.T, p *harness.Pipeline, pages map[string]string) {
	t.Helper()
	loaded, dropped := fmt.Sprint(order(100_000)["order_id"]), 0
	for _, key := range []string{loaded, strings.ToUpper(loaded), fmt.Sprint(order(100_001)["order_id"]), "it's \\", `'\`, `\' or true --`} {
		report := fetched[trace.Report](t, p, "/api/v1/trace", url.Values{"key": {key}})
		pages["trace "+key] = ways(t, report)
		for _, e := range report.Found {
			same := fetched[trace.Report](t, p, "/api/v1/trace", url.Values{"key": {e.Sequence}})
			pages["trace "+key+" by number "+e.State] = ways(t, same)
			if e.State == trace.Dropped {
				dropped++
			}
		}
	}
	if dropped == 0 {
		t.Error("the duplicate was not found")
	}
}

// ways are the events of a report without their places and times.
func ways(t *testing.T, report trace.Report) string {
	t.Helper()
	var all []string
	for _, e := range report.Found {
		if len(e.Steps) < 2 || e.File == "" {
			t.Errorf("%s: %+v", report.Key, e)
		}
		way := fmt.Sprintf("%s: %s of %s in %s, %s %s, raw %q:", e.By, e.State, e.Contract, e.Table, e.Reason, e.Field, e.Raw)
		for _, step := range e.Steps {
			if step.At.IsZero() {
				t.Errorf("%s: nobody knows when it was %s", report.Key, step.Name)
			}
			way += " " + step.Name
		}
		row, err := json.Marshal(e.Row)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, way+" "+string(row))
	}
	return fmt.Sprintf("%v, %s\n%s", report.Complete, report.Searched, strings.Join(all, "\n"))
}

// TestSnowflakeTakesAnyKey, as DuckDB does: quotes, backslashes and what would be SQL are looked for as they are.
func TestSnowflakeTakesAnyKey(t *testing.T) {
	t.Parallel()
	keys := []string{`\`, `\\`, `'`, `''`, `it's`, `\' or 1=1 --`, `' or 1=1 --`, `x' union select * from names --`, `a\nb`, `$$`, `@stage`,
		`; drop table names`, `%`, `_`, `"quoted"`, "日本 🙂", `/* x`, `-- x`, `system$wait(1)`, `{{x}}`, `:1`, `?`, "two\nlines\tand a tab", `chr(92)`}
	for name, p := range map[string]*harness.Pipeline{
		"snowflake": intoSnowflake(t, namesPipeline(t), fakesnow(t), "NAMES"), "duckdb": namesPipeline(t),
	} {
		p.Start()
		var events [][]byte
		for _, key := range keys {
			events = append(events, encoded(t, map[string]any{"name": key}), encoded(t, map[string]any{"name": "bad", key: 1}))
		}
		put(t, p, "names", events...)
		expectLedger(t, p, int64(len(keys)), int64(len(keys)), 0)
		for _, key := range keys {
			report := fetched[trace.Report](t, p, "/api/v1/trace", url.Values{"key": {key}})
			if len(report.Found) == 0 || report.Found[0].By != trace.ByKey || report.Found[0].State != trace.Loaded || *report.Found[0].Row[0].Value != key ||
				len(report.Found) > 1 && report.Found[1].By == trace.ByKey {
				t.Errorf("%s: %q: %+v", name, key, report)
			}
		}
		groups := fetched[quarantine.Overview](t, p, "/api/v1/quarantine", nil).Groups
		for i, g := range groups {
			which := url.Values{"reason": {"unknown_field"}, "contract": {"names"}, "field": {g.Field}}
			if sample := fetched[quarantine.Sample](t, p, "/api/v1/quarantine/sample", which); len(sample.Events) != 1 || sample.Events[0].Field != g.Field {
				t.Errorf("%s: quarantined for %q: %+v", name, g.Field, sample)
			}
			if i > 5 {
				continue // the others are compared by the same SQL
			}
			if dry := posted(t, p, "/api/v1/redrive", map[string]any{"dry_run": true, "field": g.Field}); !strings.Contains(dry, `"examined":1,`) {
				t.Errorf("%s: redrive of %q: %s", name, g.Field, dry)
			}
		}
		if len(groups) != len(keys) {
			t.Errorf("%s: %d groups of %d fields", name, len(groups), len(keys))
		}
		for _, absent := range []string{`\' or '1'='1`, `zz' or 'a'='a`} {
			if report := fetched[trace.Report](t, p, "/api/v1/trace", url.Values{"key": {absent}}); len(report.Found) > 0 {
				t.Errorf("%s: %q: %+v", name, absent, report)
			}
		}
	}
}

// namesPipeline has a table whose key may be any text.
func namesPipeline(t *testing.T) *harness.Pipeline {
	return harness.New(t, map[string]string{
		"pipeline.yaml": "stream: {name: names}\nwarehouse: duckdb\n",
		"contracts/names.yaml": `table: names
match: has(event.name)
key: name
on_unknown_field: quarantine
columns:
  - {name: name, type: varchar, required: true}
`,
	})
}

// TestSnowflakeIsAskedOnlyWhileSomebodyLooks: each query costs credits.
func TestSnowflakeIsAskedOnlyWhileSomebodyLooks(t *testing.T) {
	t.Parallel()
	r := recording(t, fakesnow(t))
	p := onSnowflake(t, r.URL, "METERED")
	edit(t, filepath.Join(p.Dir, "dashboards", "orders.yaml"), "refresh: live", "refresh: 1s")
	p.Start()
	const tile = "select count(*) as orders from orders where"
	for batch := range 3 {
		put(t, p, "orders", ordersOf(t, 10*batch+1, 10*batch+10)...)
		expectLedger(t, p, int64(10*batch+10), 0, 0)
	}
	if n := r.asked(tile); n > 0 {
		t.Errorf("nobody looks, and a chart was computed %d times", n)
	}
	expectQuiet(t, p, r)

	response := call(t, p, "/api/v1/dashboards/orders/live", url.Values{"range": {"1h"}})
	second := call(t, p, "/api/v1/dashboards/orders/live", url.Values{"range": {"1h"}})
	waitAsked(t, r, tile, 3) // it is computed again and again, for both at once
	response.Body.Close()
	second.Body.Close()
	// What was under way when they left may end.
	for deadline := time.Now().Add(delivered); ; {
		before := r.asked("")
		time.Sleep(3 * time.Second) // three times the interval
		if r.asked("") == before {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nobody looks any more, and charts are computed")
		}
	}
	put(t, p, "orders", ordersOf(t, 31, 40)...)
	expectLedger(t, p, 40, 0, 0)
	before := r.asked(tile)
	expectQuiet(t, p, r)
	if after := r.asked(tile); after != before {
		t.Errorf("what was loaded made a chart nobody looks at be computed %d times", after-before)
	}
}

// waitAsked waits until a text was asked so many times.
func waitAsked(t *testing.T, r *recorder, text string, times int) {
	t.Helper()
	for deadline := time.Now().Add(2 * delivered); r.asked(text) < times; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%q was asked %d times, not %d", text, r.asked(text), times)
		}
	}
}

// expectQuiet fails if anything is asked while nothing is loaded and nobody looks at more than the state.
func expectQuiet(t *testing.T, p *harness.Pipeline, r *recorder) {
	t.Helper()
	p.Status()
	before := r.asked("")
	for range 3 {
		time.Sleep(time.Second) // as long as it takes the monitor to look around
		p.Status()
	}
	if after := r.asked(""); after != before {
		t.Errorf("%d statements were sent though nothing was loaded: %q", after-before, r.statements[before:])
	}
}

// TestQueryReachesSnowflakeWithoutAPipeline that runs: by the pipeline's folder, read-only and bounded, and logs out.
func TestQueryReachesSnowflakeWithoutAPipeline(t *testing.T) {
	t.Parallel()
	r := recording(t, fakesnow(t))
	p := onSnowflake(t, r.URL, "ALONE")
	p.Start()
	put(t, p, "orders", orders(t, 1, 12)...)
	expectLedger(t, p, 12, 0, 0)
	const sql = "select count(*) as n, sum(order_cost) as revenue from orders"
	expect(t, p.Run("query", "-c", p.Dir, "--format", "csv", sql), 0, "n,revenue\n12,477.60\n") // beside the pipeline, too
	p.Stop()
	expect(t, p.Run("query", "--data", p.Data, sql), 1, "snowflake://loader@account/PENSTOCK/ALONE", "penstock query -c "+p.Dir)

	opened, closed := r.sessions()
	expect(t, p.Run("query", "-c", p.Dir, "--format", "csv", sql), 0, "n,revenue\n12,477.60\n")
	for _, refused := range []string{"delete from orders", "select 1; drop table orders", "select 1 ->> drop table orders", "with p as procedure () call p()"} {
		expect(t, p.Run("query", "-c", p.Dir, refused), 1)
	}
	expect(t, p.Run("query", "-c", p.Dir, "select nothing from orders"), 1, "NOTHING")
	edit(t, filepath.Join(p.Dir, "pipeline.yaml"), "stream: ", "limits: {query_rows: 5}\nstream: ")
	expect(t, p.Run("query", "-c", p.Dir, "select id from orders"), 0, "the result was cut: more than 5 rows")
	if now, ended := r.sessions(); now == opened || now-opened != ended-closed {
		t.Errorf("%d sessions were opened and %d closed", now-opened, ended-closed)
	}
	expect(t, p.Run("query", "-c", filepath.Join(p.Dir, "nowhere"), sql), 2)

	// A pipeline on DuckDB is found by its folder as well, up or not.
	d := harness.Example(t, "orders").Start()
	put(t, d, "orders", orders(t, 1, 3)...)
	expectLedger(t, d, 3, 0, 0)
	expect(t, d.Run("query", "-c", d.Dir, "--data", d.Data, "--format", "csv", "select count(*) from orders"), 0, "\n3\n")
	d.Stop()
	expect(t, d.Run("query", "-c", d.Dir, "--data", d.Data, "--format", "csv", "select count(*) from orders"), 0, "\n3\n")
}

// TestE2SnowflakeTakesRedrivenEvents out of the quarantine into their table, once, and a trace tells the way.
func TestE2SnowflakeTakesRedrivenEvents(t *testing.T) {
	t.Parallel()
	p := onSnowflake(t, fakesnow(t), "REDRIVEN").Start()
	bad := order(6)
	bad["country"] = ""
	put(t, p, "orders", append(orders(t, 1, 5), encoded(t, bad), []byte(`no json, it's \raw`))...)
	expectLedger(t, p, 5, 2, 0)
	p.Stop()
	mendOrders(t, p.Dir)
	p.Start()
	if got := redrive(t, p); got.Examined != 2 || got.Passed["orders"] != 1 || got.Failed["not_json"] != 1 {
		t.Errorf("%+v", got)
	}
	expectLedger(t, p, 6, 1, 0)
	e := tracedOne(t, p, fmt.Sprint(bad["order_id"]))
	expectWay(t, e, trace.Loaded, "accepted", "delivered", "quarantined", "redriven", "loaded")
	if !strings.Contains(e.File, "-redrive-") || !strings.Contains(e.Steps[2].Detail, "length, country") {
		t.Errorf("%+v", e)
	}
	if got := redrive(t, p); got.Examined != 1 || len(got.Passed) != 0 {
		t.Errorf("once more: %+v", got)
	}
	expectLedger(t, p, 6, 1, 0)
}
