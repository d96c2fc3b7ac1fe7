package dashboard

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/chart"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/live"
)

// counting is a warehouse whose every answer is rows, and which counts what it is asked.
type counting struct {
	mu      sync.Mutex
	queries int
	rows    [][]*string
	err     error
}

func (c *counting) Metered() bool { return false }

func (c *counting) Query(context.Context, string, live.Limits) (live.Answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queries++
	return live.Answer{Rows: chart.Rows{Columns: []chart.Column{{Name: "label, x", Type: "varchar"}, {Name: "n", Type: "bigint"}}, Rows: c.rows}, Truncated: true}, c.err
}

func (c *counting) Freshness(context.Context) live.Fresh { return live.Fresh{Ready: true} }

func (c *counting) set(err error, labels ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err, c.rows = err, nil
	for i, label := range labels {
		n := fmt.Sprint(i)
		c.rows = append(c.rows, []*string{&label, &n})
	}
}

const shopFile = `title: Shop
description: d
filters: [{name: country, table: orders}]
charts:
  - {title: A, type: bar, filter: country, sql: "select country, count(*) from orders where {{filters}} group by 1"}
  - {title: B, type: table, sql: "select country, 1 from orders"}
`

// serveCharts runs a server with the dashboard shop, one that is wrong, and a real hub over the warehouse.
func serveCharts(t *testing.T, c *counting, cfg live.Config) (hub *live.Hub, url string) {
	t.Helper()
	tables := []*contract.Table{{Name: "orders", Columns: []contract.Column{{Name: "country", Type: contract.Type{Kind: contract.Varchar}}}}}
	cfg.Logger = config(nil).Logger
	hub = live.New(cfg, c, c)
	server, err := New(config(nil), Deps{
		Status: &answers{}, Charts: hub,
		Dashboards: chart.Compile([]contract.Source{{Name: "shop.yaml", Text: []byte(shopFile)}, {Name: "wrong.yaml", Text: []byte("title: W\nchart: []\n")}}, tables),
		Tables:     []TableInfo{{Name: "orders", Columns: []ColumnInfo{{Name: "country", Type: "varchar"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { _ = hub.Run(ctx) })
	url, stop := listenAndServe(t, server)
	t.Cleanup(func() {
		stop()
		cancel()
		running.Wait()
	})
	return hub, url
}

func get(t *testing.T, url, token string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestDashboardsAreListedAndDefined(t *testing.T) {
	_, url := serveCharts(t, &counting{}, live.Config{})
	_, body := get(t, url+"/api/v1/dashboards", viewerToken)
	var entries []dashboardEntry
	if err := json.Unmarshal([]byte(body), &entries); err != nil || len(entries) != 2 {
		t.Fatalf("%s: %v", body, err)
	}
	if entries[0].Title != "Shop" || entries[0].Error != nil || entries[1].Error == nil || !strings.Contains(entries[1].Error.Message, `wrong.yaml:2: a dashboard has no word "chart"; did you mean "charts"?`) {
		t.Errorf("%s", body)
	}
	_, body = get(t, url+"/api/v1/dashboards/shop", viewerToken)
	for _, part := range []string{`"name":"shop"`, `"range":"24h"`, `"refresh":"live"`, `{"name":"country","label":"Country"}`, `"id":"a"`, `"filter":"country"`, `"width":2`, `"sql":"select country, 1 from orders"`} {
		if !strings.Contains(body, part) {
			t.Errorf("%s is not in %s", part, body)
		}
	}
}

func TestWhatIsWrongWithARequestIsTold(t *testing.T) {
	_, url := serveCharts(t, &counting{}, live.Config{})
	for path, want := range map[string]string{
		"/none": "404 no_dashboard", "/wrong": "400 dashboard_invalid", "/wrong/live": "400 dashboard_invalid",
		"/shop/charts/none": "404 no_chart", "/shop/charts/none.csv": "404 no_chart", "/shop/filters/none": "404 no_filter",
		"/shop/live?range=2h": "400 bad_state", "/shop/charts/a?f.colour=red": "400 bad_state", "/shop/charts/a.csv?from=x&to=y": "400 bad_state",
	} {
		response, body := get(t, url+"/api/v1/dashboards"+path, viewerToken)
		var failed struct{ Error apiError }
		if err := json.Unmarshal([]byte(body), &failed); err != nil || fmt.Sprint(response.StatusCode, " ", failed.Error.Code) != want {
			t.Errorf("%s: %s %s, want %s", path, response.Status, body, want)
		}
	}
}

func TestViewersMayNotSeeTables(t *testing.T) {
	_, url := serveCharts(t, &counting{}, live.Config{})
	if response, _ := get(t, url+"/api/v1/tables", viewerToken); response.StatusCode != http.StatusForbidden {
		t.Error(response.Status)
	}
	if _, body := get(t, url+"/api/v1/tables", token); !strings.Contains(body, `{"name":"country","type":"varchar","description":""}`) {
		t.Error(body)
	}
}

func TestAChartAsCSVIsExact(t *testing.T) {
	c := &counting{}
	labels := []string{"=1+1", "+a", "-b", "@c", `say "hi", twice`, "two\nlines", "<script>alert(1)</script>", "日本", "", " padded "}
	c.set(nil, labels...)
	c.rows = append(c.rows, []*string{nil, nil})
	_, url := serveCharts(t, c, live.Config{})
	response, body := get(t, url+"/api/v1/dashboards/shop/charts/a.csv", viewerToken)
	for header, want := range map[string]string{
		"Content-Type": "text/csv; charset=utf-8; header=present", "Content-Disposition": `attachment; filename="shop-a.csv"`,
		"Penstock-Truncated": "true", "X-Content-Type-Options": "nosniff",
	} {
		if got := response.Header.Get(header); got != want {
			t.Errorf("%s is %q", header, got)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil || len(rows) != len(labels)+2 || rows[0][0] != "label, x" {
		t.Fatalf("%q, %v", rows, err)
	}
	for i, label := range labels {
		if rows[i+1][0] != label {
			t.Errorf("%q came as %q", label, rows[i+1][0])
		}
	}
	if !strings.HasSuffix(body, "\r\n,\r\n") {
		t.Errorf("lines end otherwise: %q", body[len(body)-10:])
	}
}

func TestFilterValuesAreTexts(t *testing.T) {
	c := &counting{}
	c.set(nil, "Germany", "<b>", "")
	_, url := serveCharts(t, c, live.Config{})
	if _, body := get(t, url+"/api/v1/dashboards/shop/filters/country", viewerToken); strings.TrimSpace(body) != `{"values":["Germany","\u003cb\u003e",""]}` {
		t.Error(body)
	}
}

func TestErrorsOfTheWarehouseSayWhoseTheyAre(t *testing.T) {
	for _, test := range []struct {
		err    error
		status int
	}{
		{errors.New("the process ended"), http.StatusServiceUnavailable},
		{&event.Error{Code: "query_failed", Message: "no such column"}, http.StatusBadRequest},
	} {
		c := &counting{err: test.err}
		_, url := serveCharts(t, c, live.Config{})
		if response, body := get(t, url+"/api/v1/dashboards/shop/charts/a", viewerToken); response.StatusCode != test.status {
			t.Errorf("%v: %s %s", test.err, response.Status, body)
		}
	}
}

func TestStatesPastTheLimitAreRefused(t *testing.T) {
	c := &counting{}
	c.set(nil, "x")
	_, url := serveCharts(t, c, live.Config{States: 2})
	for i := range 2 {
		l := openLive(t, fmt.Sprintf("%s/api/v1/dashboards/shop/live?f.country=%d", url, i))
		if name, _, ok := l.next(); !ok || name == "bye" {
			t.Fatal("a state within the limit was refused")
		}
	}
	again := openLive(t, url+"/api/v1/dashboards/shop/live?f.country=1")
	if again.response.StatusCode != http.StatusOK {
		t.Error("a state that is looked at was refused")
	}
	past := openLive(t, url+"/api/v1/dashboards/shop/live?f.country=3")
	if past.response.StatusCode != http.StatusTooManyRequests || past.response.Header.Get("Retry-After") == "" {
		t.Error(past.response.Status)
	}
}

// 200 browsers at one dashboard ask the warehouse as often as one does.
func TestTwoHundredBrowsersCostTheQueriesOfOne(t *testing.T) {
	const browsers, loads = 200, 5
	c := &counting{}
	c.set(nil, "0")
	hub, url := serveCharts(t, c, live.Config{Pause: time.Millisecond})
	shown := make(chan string, 4*browsers*(loads+1))
	var open sync.WaitGroup
	t.Cleanup(open.Wait) // the clients are closed before
	for range browsers {
		l := openLive(t, url+"/api/v1/dashboards/shop/live?range=all")
		open.Go(func() {
			for {
				name, data, ok := l.next()
				if !ok || name == "bye" {
					return
				}
				var r chart.Result
				if name == "chart" && json.Unmarshal([]byte(data), &r) == nil && r.ID == "a" {
					shown <- *r.Rows.Rows[0][0]
				}
			}
		})
	}
	for load := range loads + 1 {
		if load > 0 {
			c.set(nil, fmt.Sprint(load))
			hub.Hear(event.Loaded{Rows: 1})
		}
		deadline := time.After(time.Minute)
		for seen := 0; seen < browsers; {
			select {
			case value := <-shown:
				if value == fmt.Sprint(load) {
					seen++
				}
			case <-deadline:
				t.Fatalf("after load %d only %d of %d browsers show it", load, seen, browsers)
			}
		}
	}
	c.mu.Lock()
	queries := c.queries
	c.mu.Unlock()
	if queries > 2*(loads+1) {
		t.Errorf("%d queries for two charts, %d loads and %d browsers", queries, loads, browsers)
	}
	t.Logf("%d browsers, %d loads: %d queries", browsers, loads, queries)
}
