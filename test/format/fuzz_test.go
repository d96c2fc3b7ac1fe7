package format

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock/penstock/internal/contract"
)

// FuzzDuckDBReadsTexts writes two texts in every place a row has and lets DuckDB read them.
func FuzzDuckDBReadsTexts(f *testing.F) {
	for _, s := range []string{"", " ", "a", `"`, ",", "\n", "\r\n", `\`, "#", "NULL", "a\"\n", "ü😀", "0123456789,"} {
		f.Add(s, "next")
		f.Add("x", s)
	}
	table, db := textTable(), duckdb(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, s := range []string{a, b} {
			if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
				t.Skip() // contracts refuse these
			}
		}
		rows := [][]contract.Value{{text(a), text(b)}, {text(b), null}, {null, text(a)}, {null, null}}
		want := [][]any{{a, b}, {b, nil}, {nil, a}, {nil, nil}}
		for _, name := range []string{"csv", "parquet"} {
			got := texts(t, db, "SELECT a, b FROM "+scan(name, write(t, name, table, rows), table)+" ORDER BY _sequence")
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
	})
}
