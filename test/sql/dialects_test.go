// Package sql checks that the queries Penstock ships are in the SQL that DuckDB and Snowflake share.
package sql

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/chart"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/test/harness"
)

// python is the interpreter of the environment that `make test/sql/.venv` makes.
func python(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(".venv", "bin", "python"))
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(path, "-c", "import sqlglot").Run(); err != nil {
		t.Skip("sqlglot is not here; `make test/sql/.venv` installs it, and needs python3-venv")
	}
	return path
}

// run gives the script queries and returns what it says.
func run(t *testing.T, queries map[string]string) (string, error) {
	t.Helper()
	input, err := json.Marshal(queries)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(python(t), "dialects.py")
	command.Stdin, command.Stderr = bytes.NewReader(input), os.Stderr
	output, err := command.Output()
	return string(output), err
}

// shipped are the queries of the examples' dashboards in several states.
func shipped(t *testing.T) map[string]string {
	t.Helper()
	now := time.Date(2026, 11, 22, 14, 3, 5, 0, time.UTC)
	queries := map[string]string{}
	for _, example := range []string{"orders", "retail"} {
		p, err := pipeline.Load(filepath.Join(harness.Root(t), "examples", example))
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range p.Dashboards {
			if len(d.Faults) > 0 {
				t.Fatalf("%s: %v", d.Name, d.Faults)
			}
			for _, c := range d.Charts {
				for name, state := range states(d) {
					sql, previous := c.Queries(state, c.Window(state, now, chart.Span{}))
					queries[d.Name+"/"+c.ID+" "+name] = sql
					if previous != "" {
						queries[d.Name+"/"+c.ID+" before "+name] = previous
					}
				}
				if span := c.SpanQuery(); c.NeedsSpan(chart.State{Range: chart.RangeAll}) {
					queries[d.Name+"/"+c.ID+" span"] = span
				}
			}
			for _, f := range d.Filters {
				queries[d.Name+"/filter "+f.Name], _ = f.Values().Queries(chart.State{Range: chart.RangeAll}, chart.Window{})
			}
		}
	}
	return queries
}

func states(d *chart.Dashboard) map[string]chart.State {
	filtered := map[string][]string{}
	for _, f := range d.Filters {
		filtered[f.Name] = []string{`O'Neill \ Sons`, "Zürich", `\`, "--", "/*", "{{period}}"}
	}
	all := map[string]chart.State{"filtered": {Range: "7d", Compare: true, Filters: filtered}}
	for _, name := range chart.Ranges() {
		all[name] = chart.State{Range: name, Compare: name == "24h"}
	}
	return all
}

func TestShippedQueriesAreInTheSQLThatDuckDBAndSnowflakeShare(t *testing.T) {
	queries := shipped(t)
	if len(queries) < 200 {
		t.Errorf("only %d queries", len(queries))
	}
	if output, err := run(t, queries); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

func TestTheCheckFindsWhatIsNotShared(t *testing.T) {
	for name, sql := range map[string]string{
		"a function of DuckDB alone":    "select epoch_us(a) from t",
		"a function of Snowflake alone": "select iff(a, 1, 2), hll(b) from t",
		"no query":                      "drop table t",
		"no SQL":                        "select from where",
	} {
		if output, err := run(t, map[string]string{name: sql}); err == nil {
			t.Errorf("%s passed: %s", name, output)
		}
	}
}
