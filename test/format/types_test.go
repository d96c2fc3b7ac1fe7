package format

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock/penstock/internal/contract"
)

func text(s string) contract.Value  { return contract.Value{Bytes: []byte(s)} }
func number(n int64) contract.Value { return contract.Value{Int: n} }

var null = contract.Value{Null: true}

// types is every type with values, the ends among them, and how DuckDB prints each.
var types = []struct {
	name   string
	of     contract.Type
	values []contract.Value
	want   []string
}{
	{
		"boolean", contract.Type{Kind: contract.Boolean},
		[]contract.Value{number(0), number(1)}, []string{"false", "true"},
	},
	{
		"integer", contract.Type{Kind: contract.Integer},
		[]contract.Value{number(math.MinInt32), number(math.MaxInt32), number(0)}, []string{"-2147483648", "2147483647", "0"},
	},
	{
		"bigint", contract.Type{Kind: contract.Bigint},
		[]contract.Value{number(math.MinInt64), number(math.MaxInt64), number(-1)},
		[]string{"-9223372036854775808", "9223372036854775807", "-1"},
	},
	{
		"double", contract.Type{Kind: contract.Double},
		[]contract.Value{{Float: math.MaxFloat64}, {Float: -math.MaxFloat64}, {Float: math.SmallestNonzeroFloat64}, {Float: 0.1}, {Float: 1e-7}, {Float: 1e21}},
		[]string{"1.7976931348623157e+308", "-1.7976931348623157e+308", "5e-324", "0.1", "1e-07", "1e+21"},
	},
	{
		"decimal_9", contract.Type{Kind: contract.Decimal, Precision: 9, Scale: 2},
		[]contract.Value{text("-9999999.99"), text("9999999.99"), text("0.00"), text("-0.01")},
		[]string{"-9999999.99", "9999999.99", "0.00", "-0.01"},
	},
	{
		"decimal_18", contract.Type{Kind: contract.Decimal, Precision: 18, Scale: 0},
		[]contract.Value{text("-999999999999999999"), text("999999999999999999"), text("7")},
		[]string{"-999999999999999999", "999999999999999999", "7"},
	},
	{
		"decimal_19", contract.Type{Kind: contract.Decimal, Precision: 19, Scale: 4},
		[]contract.Value{text("-999999999999999.9999"), text("999999999999999.9999"), text("-0.0001"), text("18.4467")},
		[]string{"-999999999999999.9999", "999999999999999.9999", "-0.0001", "18.4467"},
	},
	{
		"decimal_38", contract.Type{Kind: contract.Decimal, Precision: 38, Scale: 38},
		[]contract.Value{text("-0." + strings.Repeat("9", 38)), text("0." + strings.Repeat("9", 38)), text("0." + strings.Repeat("0", 37) + "1")},
		// DuckDB prints no zero before the point when all digits are fraction.
		[]string{"-." + strings.Repeat("9", 38), "." + strings.Repeat("9", 38), "." + strings.Repeat("0", 37) + "1"},
	},
	{
		"uuid", contract.Type{Kind: contract.UUID},
		[]contract.Value{text("00000000-0000-0000-0000-000000000000"), text("ffffffff-ffff-ffff-ffff-ffffffffffff"), text("0b6a4a4c-3b1f-4c53-9f0a-8a2f4f3f2e11")},
		[]string{"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "0b6a4a4c-3b1f-4c53-9f0a-8a2f4f3f2e11"},
	},
	{
		"date", contract.Type{Kind: contract.Date},
		[]contract.Value{number(-719162), number(2932896), number(0), number(20779), number(-1)},
		[]string{"0001-01-01", "9999-12-31", "1970-01-01", "2026-11-22", "1969-12-31"},
	},
	{
		"timestamp", contract.Type{Kind: contract.Timestamp},
		[]contract.Value{number(-62135596800000000), number(253402300799999999), number(0), number(1795326367123456), number(-1)},
		[]string{"0001-01-01 00:00:00+00", "9999-12-31 23:59:59.999999+00", "1970-01-01 00:00:00+00", "2026-11-22 05:46:07.123456+00", "1969-12-31 23:59:59.999999+00"},
	},
	{
		"json", contract.Type{Kind: contract.JSON},
		[]contract.Value{text(`{"a": [1, "x\n\"y\""], "b": {}}`), text(`""`), text(`null`), text(`12345678901234567890.10`)},
		[]string{`{"a": [1, "x\n\"y\""], "b": {}}`, `""`, `null`, `12345678901234567890.10`},
	},
	{
		"varchar", contract.Type{Kind: contract.Varchar},
		[]contract.Value{text(""), text("NULL"), text("a \"b\", c\r\nd\re\nf"), text(" \t "), text(`\N`), text(`\.`), text("#1"), text("日本語 😀 \u2028")},
		[]string{"", "NULL", "a \"b\", c\r\nd\re\nf", " \t ", `\N`, `\.`, "#1", "日本語 😀 \u2028"},
	},
}

// everyType is a table of all types with one row for each value and one of NULLs.
func everyType() (*contract.Table, [][]contract.Value, [][]any) {
	table := &contract.Table{Name: "everything"}
	longest := 0
	for _, ty := range types {
		table.Columns = append(table.Columns, contract.Column{Name: ty.name, Type: ty.of})
		longest = max(longest, len(ty.values))
	}
	var rows [][]contract.Value
	var want [][]any
	for i := range longest + 1 {
		row, texts := make([]contract.Value, len(types)), make([]any, len(types))
		for j, ty := range types {
			row[j] = null
			if i < len(ty.values) {
				row[j], texts[j] = ty.values[i], ty.want[i]
			}
		}
		rows, want = append(rows, row), append(want, texts)
	}
	return table, rows, want
}

func TestDuckDBReadsEveryTypeExactly(t *testing.T) {
	table, rows, want := everyType()
	db := duckdb(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			from := scan(name, write(t, name, table, rows), table)
			got := texts(t, db, "SELECT COLUMNS(c -> NOT starts_with(c, '_'))::VARCHAR FROM "+from+" ORDER BY _sequence")
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDuckDBSeesTheTypesOfParquet(t *testing.T) {
	table, rows, _ := everyType()
	table.Columns[0].Required = true
	var want [][]any
	for _, c := range append(contract.MetadataColumns(), table.Columns...) {
		want = append(want, []any{c.Name, sqlType(c.Type)})
	}
	db := duckdb(t)
	path := write(t, "parquet", table, rows[:2])
	got := texts(t, db, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+scan("parquet", path, table)+")")
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	required := texts(t, db, fmt.Sprintf("SELECT name FROM parquet_schema('%s') WHERE repetition_type = 'REQUIRED' AND num_children IS NULL", path))
	if d := cmp.Diff([][]any{{"_shard"}, {"_sequence"}, {"_arrived_at"}, {"boolean"}}, required); d != "" {
		t.Errorf("required columns: %s", d)
	}
}

// Readers skip parts of a file by its statistics, so none may be wrong: decimals of 16 bytes have
// none, because they would be ordered as unsigned bytes.
func TestParquetHasNoWrongBounds(t *testing.T) {
	table, rows, _ := everyType()
	db := duckdb(t)
	got := texts(t, db, fmt.Sprintf(`SELECT path_in_schema, stats_min_value, stats_max_value
		FROM parquet_metadata('%s') WHERE starts_with(path_in_schema, 'decimal')`, write(t, "parquet", table, rows)))
	want := [][]any{
		{"decimal_9", "-9999999.99", "9999999.99"},
		{"decimal_18", "-999999999999999999", "999999999999999999"},
		{"decimal_19", nil, nil},
		{"decimal_38", nil, nil},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestDuckDBFindsRowsByValue(t *testing.T) {
	table, rows, want := everyType()
	db := duckdb(t)
	for _, name := range names {
		from := scan(name, write(t, name, table, rows), table)
		for j, ty := range types {
			for i := range ty.values {
				q := fmt.Sprintf("SELECT count(*) FROM %s WHERE %s = ?::%s", from, ty.name, sqlType(ty.of))
				if ty.name == "varchar" || ty.name == "json" {
					q = fmt.Sprintf("SELECT count(*) FROM %s WHERE %s::VARCHAR = ?", from, ty.name)
				}
				if got := texts(t, db, q, want[i][j]); got[0][0] != int64(1) {
					t.Errorf("%s: %v rows have %s = %v", name, got[0][0], ty.name, want[i][j])
				}
			}
		}
		q := fmt.Sprintf("SELECT count(*) FROM %s WHERE decimal_38 < 0", from)
		if got := texts(t, db, q); got[0][0] != int64(1) {
			t.Errorf("%s: %v rows have a negative decimal_38", name, got[0][0])
		}
	}
}

func TestDuckDBReadsTheMetadata(t *testing.T) {
	table := &contract.Table{Name: "t", Columns: []contract.Column{{Name: "v", Type: contract.Type{Kind: contract.Varchar}}}}
	db := duckdb(t)
	for _, name := range names {
		from := scan(name, write(t, name, table, [][]contract.Value{{text("x")}, {null}}), table)
		got := texts(t, db, "SELECT _shard, _sequence, _arrived_at::VARCHAR, v FROM "+from)
		want := [][]any{
			{"shardId-000000000003", shard.SequenceNumber(1, 1795326367123), "2026-11-22 05:46:07.123+00", "x"},
			{"shardId-000000000003", shard.SequenceNumber(2, 1795326367124), "2026-11-22 05:46:07.124+00", nil},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}
