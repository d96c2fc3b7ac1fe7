package contract

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite golden files")

// compile compiles contracts that have to be right.
func compile(t testing.TB, texts ...string) *Set {
	t.Helper()
	var sources []Source
	for i, text := range texts {
		sources = append(sources, Source{Name: fmt.Sprintf("contracts/%02d.yaml", i), Text: []byte(text)})
	}
	set, err := Compile(sources)
	if err != nil {
		t.Fatalf("compiling:\n%v", err)
	}
	return set
}

// one is a contract with the one column v; more is what follows its name, in flow style.
func one(more string) string { return "table: t\ncolumns:\n  - {name: v, " + more + "}\n" }

// render shows a value as people would write it.
func render(typ Type, v Value) string {
	if v.Null {
		return "NULL"
	}
	switch typ.Kind {
	case Boolean:
		return strconv.FormatBool(v.Int == 1)
	case Integer, Bigint:
		return strconv.FormatInt(v.Int, 10)
	case Double:
		return strconv.FormatFloat(v.Float, 'g', -1, 64)
	case Date:
		return time.Unix(v.Int*86400, 0).UTC().Format("2006-01-02")
	case Timestamp:
		return time.UnixMicro(v.Int).UTC().Format("2006-01-02T15:04:05.999999Z")
	}
	return string(v.Bytes)
}

// outcome shows an outcome in a line: the row, or the reason with its field.
func outcome(out Outcome) string {
	switch out.Verdict {
	case Dropped:
		return "dropped"
	case Quarantined:
		if out.Field == "" {
			return string(out.Reason)
		}
		return string(out.Reason) + " " + out.Field
	}
	text := ""
	for i, v := range out.Row {
		if i > 0 {
			text += "|"
		}
		text += render(out.Table.Columns[i].Type, v)
	}
	return text
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run with -update to accept):\n%s", path, got)
	}
}

// shared is a path in the data set beside the repository; the test is skipped without it.
func shared(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the shared data set is not here: %v", err)
	}
	return path
}

func quote(text string) string {
	b, _ := json.Marshal(text)
	return string(b)
}
