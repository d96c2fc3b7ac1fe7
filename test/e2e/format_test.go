package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock/penstock/test/harness"
)

// everyType has a column of each type, with and without values.
var everyType = map[string]string{
	"contracts/every.yaml": lines("table: every", "match: has(event.id)", "columns:",
		"  - {name: id, type: bigint, required: true}",
		"  - {name: yes, type: boolean}",
		"  - {name: few, type: integer}",
		"  - {name: price, type: \"decimal(38,10)\"}",
		"  - {name: cents, type: \"decimal(4,2)\"}",
		"  - {name: near, type: double}",
		"  - {name: body, type: varchar}",
		"  - {name: token, type: uuid}",
		"  - {name: on_day, type: date}",
		"  - {name: at, type: timestamp}",
		"  - {name: rest, type: json}"),
}

var everyEvent = [][]byte{
	[]byte(`{"id":1}`),
	[]byte(`{"id":2,"yes":true,"few":-2147483648,"price":1234567890123456789012345678.0123456789,"cents":-99.99,"near":0.1,"body":"","token":"123E4567-e89b-12d3-a456-426614174000","on_day":"2024-02-29","at":"2026-11-22T05:00:00.123456+01:00","rest":{"b": [1, 2.50, null], "a":"é"}}`),
	[]byte(`{"id":-9223372036854775808,"yes":false,"few":2147483647,"price":-0.0000000001,"cents":0,"near":-1.7976931348623157e308,"body":"\"a\",\r\nb\tc \\N NULL","token":"00000000-0000-0000-0000-000000000000","on_day":"0001-01-01","at":"0001-01-01T00:00:00Z","rest":"text"}`),
	[]byte(`{"id":9223372036854775807,"few":0,"price":0,"near":5e-324,"body":" lead and trail ","on_day":"9999-12-31","at":"9999-12-31T23:59:59.999999Z","rest":null}`),
	[]byte(`{"id":5,"body":"'; drop table every; --","at":1763787600,"rest":[]}`),
	[]byte(`{"id":6,"body":"😀日本語\u202e","at":1763787600123,"rest":0}`),
}

// TestEveryFileFormatGivesTheSameRows also reads each lake file back into a new warehouse.
func TestEveryFileFormatGivesTheSameRows(t *testing.T) {
	t.Parallel()
	results := map[string]string{}
	for delivery, extension := range map[string]string{
		"{format: csv, compression: gzip}":     ".csv.gz",
		"{format: csv, compression: zstd}":     ".csv.zst",
		"{format: csv, compression: none}":     ".csv",
		"{format: parquet}":                    ".parquet",
		"{format: parquet, compression: zstd}": ".parquet",
		"{format: parquet, compression: gzip}": ".parquet",
		"{format: parquet, compression: none}": ".parquet",
	} {
		p := harness.New(t, everyType)
		p.Write("pipeline.yaml", "stream: {name: every}\ndelivery: "+delivery+"\n")
		p.Start()
		put(t, p, "every", everyEvent...)
		put(t, p, "every", []byte("\xff no json \x00"), []byte(`{"id":"x"}`))
		expectLedger(t, p, int64(len(everyEvent)), 2, 0)
		for _, file := range lakeFiles(t, p) {
			if !strings.HasSuffix(filepath.Base(file), extension) {
				t.Errorf("%s: lake file %s", delivery, file)
			}
		}
		results[delivery] = everything(t, p)
		p.Stop()
		removeWarehouse(t, p)
		p.Start()
		expectLedger(t, p, int64(len(everyEvent)), 2, 0)
		if again := everything(t, p); again != results[delivery] {
			t.Errorf("%s: rebuilt rows differ:\n%s\nwas\n%s", delivery, again, results[delivery])
		}
		p.Stop()
	}
	want := results["{format: parquet}"]
	if !strings.Contains(want, "1234567890123456789012345678.0123456789") || !strings.Contains(want, "2026-11-22") {
		t.Errorf("rows\n%s", want)
	}
	for delivery, got := range results {
		if got != want {
			t.Errorf("%s gives\n%s\nand parquet\n%s", delivery, got, want)
		}
	}
}

func everything(t *testing.T, p *harness.Pipeline) string {
	t.Helper()
	var text strings.Builder
	for _, sql := range []string{
		"select * exclude (_sequence, _arrived_at) from every order by id",
		"select reason, field, raw, raw_base64 from quarantine order by all",
	} {
		r := p.Run("query", "--data", p.Data, "--format", "csv", sql)
		if r.Code != 0 {
			t.Fatalf("%s: %s", sql, r.Stderr)
		}
		fmt.Fprintln(&text, r.Stdout)
	}
	return text.String()
}
