package dashboard

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/penstock/penstock/internal/access"
	"github.com/penstock/penstock/internal/chart"
	"github.com/penstock/penstock/internal/contract"
)

// withPlace are pages that take the first answers.
var withPlace = fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>Penstock</title>" + firstPlace + "</script><p>the end")}}

// pageServer serves withPlace with the dashboards shop, one whose title is markup, and one whose file is wrong.
func pageServer(t *testing.T, rules access.Rules) *Server {
	t.Helper()
	sources := []contract.Source{
		{Name: "shop.yaml", Text: []byte(shopFile)},
		{Name: "evil.yaml", Text: []byte("title: \"</script><script>alert(1)</script>\"\ncharts:\n  - {title: B, type: table, sql: \"select country, 1 from orders where country < 'x'\"}\n")},
		{Name: "wrong.yaml", Text: []byte("title: W\nchart: []\n")},
	}
	tables := []*contract.Table{{Name: "orders", Columns: []contract.Column{{Name: "country", Type: contract.Type{Kind: contract.Varchar}}}}}
	server, err := New(config(func(c *Config) { c.Access = rules }), Deps{Status: &answers{}, Ready: &answers{}, Pages: withPlace, Dashboards: chart.Compile(sources, tables)})
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// firstOf opens a page and reads what came with it.
func firstOf(t *testing.T, s *Server, path string, change func(*http.Request)) (first firstAnswers, names []string) {
	t.Helper()
	response := ask(s, http.MethodGet, path, change)
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || response.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%s: %s, %v, %v", path, response.Status, response.Header, err)
	}
	_, rest, _ := strings.Cut(string(body), firstPlace)
	data, end, found := strings.Cut(rest, "</script>")
	if !found || end != "<p>the end" {
		t.Fatalf("%s: the page is not whole: %s", path, body)
	}
	// A dashboard writes itself only, so that its name is all that is read back.
	var answer struct {
		Me         meAnswer
		Dashboards []dashboardEntry
		Dashboard  *struct{ Name string }
	}
	if err := json.Unmarshal([]byte(data), &answer); err != nil {
		t.Fatalf("%s: %v in %s", path, err, data)
	}
	for _, entry := range answer.Dashboards {
		names = append(names, entry.Name)
	}
	if answer.Dashboard != nil {
		first.Dashboard = &chart.Dashboard{Name: answer.Dashboard.Name}
	}
	first.Me, first.Dashboards = answer.Me, answer.Dashboards
	return first, names
}

func TestAPageBringsWhatItAsksForFirst(t *testing.T) {
	server := pageServer(t, access.Rules{})
	for path, want := range map[string]string{
		"/d/shop": "shop", "/d/shop?range=1h": "shop", "/": "shop", "/d/": "shop", "/d/evil": "evil",
		"/d/wrong": "", "/d/none": "", "/explore": "", "/d": "",
	} {
		first, names := firstOf(t, server, path, nil)
		got := ""
		if first.Dashboard != nil {
			got = first.Dashboard.Name
		}
		isDashboard := strings.HasPrefix(path, "/d/") || path == "/"
		if got != want || (len(names) == 3) != isDashboard || first.Me.Role != "operator" || !first.Me.Open || first.Me.Pipeline != "orders" {
			t.Errorf("%s: the dashboard %q of %q for %+v, want %q", path, got, names, first.Me, want)
		}
	}
	if response := ask(server, http.MethodPost, "/d/shop", nil); response.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %s", response.Status)
	}
}

// What is nobody's to know does not come with the page either.
func TestAPageTellsAStrangerNothing(t *testing.T) {
	server := pageServer(t, rules)
	first, names := firstOf(t, server, "/d/shop", nil)
	if first.Dashboard != nil || len(names) > 0 || first.Me.Role != "" || first.Me.User != "" {
		t.Errorf("a stranger learns %+v %q", first, names)
	}
	first, names = firstOf(t, server, "/d/shop", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+viewerToken) })
	if first.Dashboard == nil || len(names) != 3 || first.Me.Role != "viewer" || first.Me.User != "wall" {
		t.Errorf("a viewer learns %+v %q", first, names)
	}
}
