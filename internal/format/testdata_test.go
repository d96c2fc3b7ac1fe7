package format_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// everyType is a table with a column of each type, all but the first nullable.
func everyType() *contract.Table {
	return &contract.Table{Name: "everything", Columns: []contract.Column{
		{Name: "id", Type: contract.Type{Kind: contract.Bigint}, Required: true},
		{Name: "flag", Type: contract.Type{Kind: contract.Boolean}},
		{Name: "count", Type: contract.Type{Kind: contract.Integer}},
		{Name: "ratio", Type: contract.Type{Kind: contract.Double}},
		{Name: "small", Type: contract.Type{Kind: contract.Decimal, Precision: 9, Scale: 2}},
		{Name: "medium", Type: contract.Type{Kind: contract.Decimal, Precision: 18, Scale: 6}},
		{Name: "large", Type: contract.Type{Kind: contract.Decimal, Precision: 38, Scale: 10}},
		{Name: "note", Type: contract.Type{Kind: contract.Varchar}},
		{Name: "token", Type: contract.Type{Kind: contract.UUID}},
		{Name: "day", Type: contract.Type{Kind: contract.Date}},
		{Name: "at", Type: contract.Type{Kind: contract.Timestamp}},
		{Name: "extra", Type: contract.Type{Kind: contract.JSON}},
	}}
}

// text is a value held in Bytes; number is one held in Int.
func text(s string) contract.Value  { return contract.Value{Bytes: []byte(s)} }
func number(n int64) contract.Value { return contract.Value{Int: n} }

var null = contract.Value{Null: true}

// everyRow are rows of everyType: plain, empty, and the ends of each type.
func everyRow() [][]contract.Value {
	return [][]contract.Value{
		{
			number(1), number(1), number(42), {Float: 3.25}, text("-12.30"), text("123456789012.345678"),
			text("1234567890123456789012345678.0123456789"), text("hello"),
			text("0b6a4a4c-3b1f-4c53-9f0a-8a2f4f3f2e11"), number(20779), number(1795326367123456), text(`{"a":[1,"x"]}`),
		},
		{number(2), null, null, null, null, null, null, null, null, null, null, null},
		{
			number(math.MinInt64), number(0), number(math.MinInt32), {Float: -math.MaxFloat64}, text("-9999999.99"),
			text("-999999999999.999999"), text("-9999999999999999999999999999.9999999999"), text(""),
			text("00000000-0000-0000-0000-000000000000"), number(-719162), number(-62135596800000000), text(`""`),
		},
		{
			number(math.MaxInt64), number(1), number(math.MaxInt32), {Float: math.SmallestNonzeroFloat64}, text("9999999.99"),
			text("999999999999.999999"), text("9999999999999999999999999999.9999999999"), text("a \"b\", c\r\n\\N ünï😀 "),
			text("ffffffff-ffff-ffff-ffff-ffffffffffff"), number(2932896), number(253402300799999999), text("null"),
		},
		{
			number(0), null, number(0), {Float: 1e21}, text("0.00"), text("-0.000001"), text("-0.0000000001"), text(" "),
			null, number(-1), number(-1), text(`[]`),
		},
	}
}

var shard = event.Shard{Stream: "orders", Index: 3, Created: 1795000000}

// meta is the metadata of the n-th record.
func meta(n int) format.Meta {
	arrived := int64(1795326367123) + int64(n)
	return format.Meta{
		Shard:         shard.ID(),
		Sequence:      shard.AppendSequenceNumber(nil, uint64(n), arrived),
		ArrivedMillis: arrived,
	}
}

func encoder(t testing.TB, cfg format.Config, table *contract.Table) *format.Encoder {
	t.Helper()
	e, err := format.New(cfg, table)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func encode(t testing.TB, e *format.Encoder, rows [][]contract.Value) []byte {
	t.Helper()
	for i, row := range rows {
		if err := e.Append(meta(i+1), row); err != nil {
			t.Fatal(err)
		}
	}
	body, err := e.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// unpack undoes the compression of a CSV file.
func unpack(t testing.TB, compression string, body []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(body)
	switch compression {
	case format.Gzip:
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	case format.Zstd:
		z, err := zstd.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		r = z
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; if that is meant, run with -update and read the difference\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

// wide is a table of 16 columns as the orders of the examples have them, and one of its rows.
func wide() (*contract.Table, []contract.Value) {
	table := &contract.Table{Name: "orders"}
	var row []contract.Value
	add := func(kind contract.Kind, v contract.Value) {
		name := fmt.Sprintf("c%02d", len(row))
		table.Columns = append(table.Columns, contract.Column{Name: name, Type: contract.Type{Kind: kind, Precision: 12, Scale: 2}})
		row = append(row, v)
	}
	add(contract.Bigint, number(1234567))
	add(contract.UUID, text("0b6a4a4c-3b1f-4c53-9f0a-8a2f4f3f2e11"))
	add(contract.Varchar, text("C-10482"))
	add(contract.Varchar, text("Enormous Granite Chair"))
	add(contract.Integer, number(7))
	add(contract.Decimal, text("19.90"))
	add(contract.Varchar, text("+49 30 *****51"))
	add(contract.Varchar, text("Kastanienallee 12, 10435 Berlin"))
	add(contract.Varchar, text("Berlin"))
	add(contract.Varchar, text("Germany"))
	add(contract.Decimal, text("139.30"))
	add(contract.Timestamp, number(1795326367123456))
	add(contract.Timestamp, number(1795326367000000))
	add(contract.Boolean, number(1))
	add(contract.Double, contract.Value{Float: 52.5386})
	add(contract.Varchar, null)
	return table, row
}

func lines(b []byte) []string { return strings.SplitAfter(string(b), "\n") }
