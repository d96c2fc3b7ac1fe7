package format

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock/penstock/internal/contract"
)

const edge = "../../../shared/data/edge"

// textTable has two texts, so that the last and an inner field are both tried.
func textTable() *contract.Table {
	varchar := contract.Type{Kind: contract.Varchar}
	return &contract.Table{Name: "texts", Columns: []contract.Column{{Name: "a", Type: varchar}, {Name: "b", Type: varchar}}}
}

// readBack writes each text beside its neighbour, and NULL, and compares what DuckDB reads.
func readBack(t *testing.T, names []string, all []string) {
	t.Helper()
	var rows [][]contract.Value
	var want [][]any
	for i, s := range all {
		next := all[(i+1)%len(all)]
		rows = append(rows, []contract.Value{text(s), text(next)}, []contract.Value{null, text(s)}, []contract.Value{text(s), null})
		want = append(want, []any{s, next}, []any{nil, s}, []any{s, nil})
	}
	table, db := textTable(), duckdb(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			got := texts(t, db, "SELECT a, b FROM "+scan(name, write(t, name, table, rows), table)+" ORDER BY _sequence")
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDuckDBReadsHardTexts(t *testing.T) {
	all := []string{
		"", " ", "  x", "x  ", "\t", "\n", "\r", "\r\n", "\n\n", "\r\r", "a\r", "\ra", `"`, `""`, `"""`, `"a"`, `a"b`, `\`, `\"`, `"\`, `\\`, `\n`,
		`\N`, `\.`, ",", ",,", `","`, "',", "'", "#", "# x", "-- x", "NULL", "null", "true", "1e5", "NaN", "2026-01-01",
		"\ufeff", "\ufeffa", "\u00a0", "\u0085", "\u2028", "\u202e", "\u0001\u0002\u001b\u007f", "é", "e\u0301", "😀", "\U0010ffff", ";|\t:", "\x1f\x1e",
	}
	for n := range 40 { // every alignment of the scan, at the end of a word and beyond
		all = append(all, strings.Repeat("x", n)+`"`, strings.Repeat("x", n)+",", strings.Repeat("x", n)+"\n", strings.Repeat("x", n)+"\\")
	}
	readBack(t, names, all)
}

func TestDuckDBReadsLongTexts(t *testing.T) {
	var all []string
	for _, unit := range []string{"x", `"`, "a,\n", "😀\r\n", `{"k": "v"}, `} {
		all = append(all, strings.Repeat(unit, (1<<20)/len(unit)), unit)
	}
	readBack(t, []string{"csv.gz", "csv.zst", "parquet"}, all)
}

func TestDuckDBReadsNaughtyStrings(t *testing.T) {
	readBack(t, names, readTexts(t, filepath.Join(edge, "strings")))
}

// readTexts reads the JSON lists of texts in a folder, leaving out what no warehouse holds.
func readTexts(t *testing.T, dir string) []string {
	t.Helper()
	paths, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	if len(paths) == 0 {
		t.Skipf("no data in %s", dir)
	}
	var all []string
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		if err := json.Unmarshal(b, &list); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, s := range list {
			if utf8.ValidString(s) && !strings.ContainsRune(s, 0) {
				all = append(all, s)
			}
		}
	}
	return all
}

// csv-spectrum holds what CSV files mean as JSON; written by us and read by DuckDB it must be the same.
func TestDuckDBReadsCSVSpectrum(t *testing.T) {
	paths, _ := filepath.Glob(filepath.Join(edge, "csv-spectrum", "json", "*.json"))
	if len(paths) == 0 {
		t.Skipf("no data in %s", edge)
	}
	var all []string
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var rows []map[string]string
		if err := json.Unmarshal(b, &rows); err != nil {
			t.Logf("%s is no list of rows: taken as one text", path)
			all = append(all, string(b))
		}
		for _, row := range rows {
			for _, k := range slices.Sorted(maps.Keys(row)) {
				all = append(all, k, row[k])
			}
		}
	}
	if len(all) < 50 {
		t.Fatalf("only %d texts", len(all))
	}
	readBack(t, names, all)
}
