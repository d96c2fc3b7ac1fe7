package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock/penstock/test/harness"
)

// commands are the names in the lists of `penstock --help`, which stand between the examples and the flags.
func commands(t *testing.T, p *harness.Pipeline) []string {
	t.Helper()
	_, lists, _ := strings.Cut(p.Run("--help").Stdout, "Examples:\n")
	_, lists, _ = strings.Cut(lists, "\n\n")
	lists, _, _ = strings.Cut(lists, "\nFlags:\n")
	var names []string
	for line := range strings.Lines(lists) {
		if strings.HasPrefix(line, "  ") {
			names = append(names, strings.Fields(line)[0])
		}
	}
	return names
}

func TestEveryCommandExplainsItselfWithAnExample(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	names := commands(t, p)
	for _, name := range []string{"up", "produce", "query", "status", "check", "redrive", "version"} {
		if !strings.Contains(strings.Join(names, " "), name) {
			t.Errorf("`penstock --help` does not list %s: %v", name, names)
		}
	}
	expect(t, p.Run(), 0, "Examples:")
	for _, name := range names {
		if name == "help" {
			continue
		}
		expect(t, p.Run(name, "--help"), 0, "Examples:\n  penstock "+name, "Usage:")
		expect(t, p.Run(name, "--no-such-flag"), 2, "--no-such-flag", "--help")
	}
}

func TestBadUsageEndsWithTwo(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Alone(t.TempDir())
	for _, args := range [][]string{
		{"frobnicate"},
		{"up", "extra"},
		{"up", "-c", p.Dir, "--data", p.Data, "--log-level", "loud"},
		{"up", "-c", p.Dir, "--data", p.Data, "--pause", "everything"},
		{"up", "-c", p.Dir, "--data", p.Data, "--kinesis", "0.0.0.0:0"},
		{"up", "-c", p.Dir, "--data", p.Data, "--http", "nonsense"},
		{"query"},
		{"query", ""},
		{"query", "select 1", "select 2"},
		{"query", "select 1", "--format", "xml"},
		{"status", "now"},
		{"produce"},
		{"produce", "many"},
		{"produce", "-5"},
		{"produce", "5", "--rate", "-1"},
		{"produce", "5", "--batch", "501"},
		{"produce", "--from", filepath.Join(p.Dir, "no.csv")},
		{"produce", "5", "--endpoint", "localhost:4567", "--stream", "s"},
		{"redrive", "--since", "yesterday"},
		{"version", "1"},
	} {
		r := p.Run(args...)
		if r.Code != 2 || r.Stderr == "" || r.Stdout != "" {
			t.Errorf("penstock %s: exit code %d, want 2 and an error\n%s%s", strings.Join(args, " "), r.Code, r.Stdout, r.Stderr)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	expect(t, p.Run("version"), 0, "penstock ")
	var said map[string]string
	if err := json.Unmarshal([]byte(p.Run("version", "--json").Stdout), &said); err != nil || said["version"] == "" {
		t.Errorf("version --json: %v %v", said, err)
	}
}

func TestWithoutAPipelineCommandsSayWhatToDo(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Alone(t.TempDir())
	expect(t, p.Run("status"), 1, "no pipeline is running", "penstock up")
	expect(t, p.Run("produce", "5"), 1, "no pipeline is running", "penstock up")
	expect(t, p.Run("redrive"), 1, "no pipeline is running", "penstock up")
	expect(t, p.Run("status", "--data", p.Data), 1, p.Data, "penstock up")
	expect(t, p.Run("query", "--data", p.Data, "select 1"), 1, p.Data)
}

// TestSeveralPipelinesAreToldApart: commands without --data find the one that runs, and ask which
// when there are two.
func TestSeveralPipelinesAreToldApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one := harness.Example(t, "orders").Alone(dir).Start()
	expect(t, one.Run("produce", "10"), 0, "Sent 10")
	one.WaitDelivered(10, delivered)
	expect(t, one.Run("status"), 0, "Pipeline orders is ready", "accepted = loaded")
	expect(t, one.Run("query", "--format", "csv", "select count(*) as n from orders"), 0, "n\n10\n")

	two := harness.Example(t, "orders").Alone(dir).Start()
	for _, args := range [][]string{{"status"}, {"produce", "1"}, {"query", "select 1"}, {"redrive"}} {
		expect(t, two.Run(args...), 1, "2 pipelines are running", "--data", one.Data, two.Data, fmt.Sprint(one.PID()), fmt.Sprint(two.PID()))
	}
	expect(t, two.Run("produce", "20", "--data", two.Data), 0, "Sent 20")
	two.WaitDelivered(20, delivered)
	for p, n := range map[*harness.Pipeline]string{one: "10", two: "20"} {
		if got := p.Query("select count(*) from orders")[0][0]; got != n {
			t.Errorf("%s rows in %s, want %s", got, p.Data, n)
		}
	}
	// A pipeline that was killed is not in the way of the other.
	two.Kill()
	expect(t, one.Run("status"), 0, "Pipeline orders is ready")
	one.Stop()
	expect(t, one.Run("status"), 1, "no pipeline is running")
}

// TestProduceGoesOnCounting: the ids of dummy orders go on where the last run stopped, whether or
// not the pipeline was started again.
func TestProduceGoesOnCounting(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	expect(t, p.Run("produce", "100", "--data", p.Data), 0, "Sent 100")
	expect(t, p.Run("produce", "50", "--data", p.Data), 0, "Sent 50")
	expectLedger(t, p, 150, 0, 0)
	p.Stop()
	p.Start()
	r := p.Run("produce", "50", "--data", p.Data, "--json")
	expect(t, r, 0, `"sent": 50`, `"retried": 0`, `"failed": 0`)
	expectLedger(t, p, 200, 0, 0)
	if got := p.Query("select min(id), max(id), count(distinct id) from orders")[0]; strings.Join(got, " ") != "1 200 200" {
		t.Errorf("ids %v, want 1 to 200", got)
	}
}

// TestProduceSendsFiles: CSV and NDJSON, gzipped or not, each event with its file and line.
func TestProduceSendsFiles(t *testing.T) {
	t.Parallel()
	p := harness.New(t, map[string]string{
		"pipeline.yaml": "stream: {name: lines}\n",
		"contracts/lines.yaml": lines("table: lines", "match: has(event.name)", "key: source_id", "columns:",
			"  - {name: source_id, type: varchar, from: _source_id, required: true}",
			"  - {name: name, type: varchar, required: true}",
			"  - {name: amount, type: \"decimal(12,2)\"}"),
	}).Start()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.csv":    "name,amount\n\"Smith, \"\"J\"\"\",1.50\nÅsa,2\n",
		"b.ndjson": "{\"name\":\"x\",\"amount\":3.25}\n\n{\"name\":\"y\"}\nno json\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"produce", "--data", p.Data, "--from", filepath.Join(dir, "a.csv"), filepath.Join(dir, "b.ndjson")}
	expect(t, p.Run(args...), 0, "Sent 5")
	expectLedger(t, p, 4, 1, 0)
	// The same files again: nothing new but the line nobody can read.
	expect(t, p.Run(args...), 0, "Sent 5")
	expectLedger(t, p, 4, 2, 4)
	got := p.Query("select name, amount from lines order by source_id")
	if fmt.Sprint(got) != fmt.Sprint([][]string{{`Smith, "J"`, "1.50"}, {"Åsa", "2.00"}, {"x", "3.25"}, {"y", ""}}) {
		t.Errorf("rows %q", got)
	}
}

// TestAFailureIsJSONToo: a program that asked for JSON gets it, also when there is nothing to tell but why.
func TestAFailureIsJSONToo(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Alone(t.TempDir())
	p.Write("contracts/orders.yaml", "table: orders\ncolumns:\n  - {name: id, type: bigitn}\n")
	for _, c := range []struct {
		args string
		exit int
		code string
	}{
		{"status --json", 1, "not_running"},
		{"query --json x", 1, "no_warehouse"},
		{"query --format json x", 1, "no_warehouse"},
		{"query --json", 2, "usage"},
		{"produce many --json", 2, "usage"},
		{"check --no-such-flag --json", 2, "usage"},
		{"check --json -c " + p.Dir, 2, "pipeline_file"},
		{"new --json", 2, "usage"},
	} {
		r := p.Run(strings.Fields(c.args)...)
		var failure struct {
			Error, Code string
			Faults      []struct {
				File, Message, Instead string
				Line                   int
			}
		}
		if err := json.Unmarshal([]byte(r.Stdout), &failure); err != nil || r.Code != c.exit || failure.Code != c.code || !strings.Contains(r.Stderr, failure.Error) {
			t.Errorf("%s: %v, exit code %d, want %d and %s\n%s%s", c.args, err, r.Code, c.exit, c.code, r.Stdout, r.Stderr)
		}
		if c.code == "pipeline_file" && (len(failure.Faults) != 1 || failure.Faults[0].Line != 3 || !strings.HasSuffix(failure.Faults[0].File, "contracts/orders.yaml")) {
			t.Errorf("faults %+v", failure.Faults)
		}
	}
	for _, args := range []string{"status", "query x", "produce --from - --format json"} {
		if r := p.Run(strings.Fields(args)...); r.Stdout != "" {
			t.Errorf("%s: nobody asked for JSON\n%s", args, r.Stdout)
		}
	}
}

// TestProduceSaysThatThereWasNothingToSend: of a line that is no JSON, CSV's header remains.
func TestProduceSaysThatThereWasNothingToSend(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	path := filepath.Join(t.TempDir(), "events")
	if err := os.WriteFile(path, []byte("hello\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, p.Run("produce", "--data", p.Data, "--from", path), 0, "Sent 0 events", "there was nothing to send", "--format")
}
