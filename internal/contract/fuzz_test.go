package contract

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

const everyType = `
table: t
match: "true"
columns:
  - {name: whole, type: json, from: $}
  - {name: bo, type: boolean, from: v}
  - {name: i, type: integer, from: v, rounding: half_even}
  - {name: bi, type: bigint, from: v}
  - {name: d, type: double, from: v}
  - {name: de, type: "decimal(20,4)", from: v, rounding: half_up}
  - {name: va, type: varchar, from: v}
  - {name: u, type: uuid, from: v}
  - {name: da, type: date, from: v, layout: "%d.%m.%Y"}
  - {name: ti, type: timestamp, from: v, layout: ["%b %e %Y %H:%M", "%s"], zone: America/New_York}
  - {name: ma, type: varchar, from: v, pii: mask}
  - {name: ha, type: varchar, from: v, pii: hash}
  - {name: x, type: varchar, value: event.v}
`

// single is a contract for one of everyType's columns.
func single(column string) string {
	return "table: t\ncolumns:\n" + column + "\n"
}

// FuzzProcess: whatever the bytes, there is a verdict, and the values of an accepted row are of
// their types.
func FuzzProcess(f *testing.F) {
	var processors []*Processor
	for _, line := range strings.Split(everyType, "\n") {
		if strings.HasPrefix(line, "  - ") {
			processors = append(processors, compile(f, single(line)).NewProcessor())
		}
	}
	processors = append(processors, compile(f, everyType).NewProcessor(), exampleSet(f, "orders/contracts/orders.yaml").NewProcessor(),
		exampleSet(f, "retail/contracts/order_lines.yaml").NewProcessor())
	f.Add([]byte(order))
	for _, v := range []string{"1", "-1.5e3", `"17850.0"`, `"22.11.2026"`, `"2026-11-22T05:00:00Z"`, `"123E4567-E89B-12D3-A456-426614174000"`,
		`"\u0000"`, `"\ud800"`, "true", "null", "[1]", "1e999999999", "9223372036854775808", `"Nov  1 2026 01:30"`, "1669093200123"} {
		f.Add([]byte(`{"v":` + v + `}`))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := string(data)
		for _, p := range processors {
			out := p.Process(data)
			checkOutcome(t, out)
			if out.Reason == "not_json" == json.Valid(data) && utf8.Valid(data) && out.Reason != "too_deep" {
				t.Errorf("%q: %s", data, out.Reason)
			}
			again := outcome(out)
			if repeated := outcome(p.Process(data)); repeated != again {
				t.Errorf("%q gives %s, then %s", data, again, repeated)
			}
		}
		if string(data) != before {
			t.Error("the event was changed")
		}
	})
}

func checkOutcome(t *testing.T, out Outcome) {
	t.Helper()
	switch out.Verdict {
	case Accepted:
		if out.Reason != "" || len(out.Row) != len(out.Table.Columns) {
			t.Fatalf("%+v", out)
		}
		for i, c := range out.Table.Columns {
			if !out.Row[i].Null && !holds(c.Type, out.Row[i]) {
				t.Fatalf("%s %s: %+v", c.Name, c.Type, out.Row[i])
			}
			if out.Row[i].Null && c.Required {
				t.Fatalf("%s is required and NULL", c.Name)
			}
		}
	case Quarantined:
		if out.Reason == "" || out.Reason == "internal_error" || out.Row != nil || len(out.Detail) > maxDetail || !utf8.ValidString(out.Detail) {
			t.Fatalf("%+v", out)
		}
	case Dropped:
	default:
		t.Fatalf("verdict %d", out.Verdict)
	}
}

// holds reads a value back by its type's own rules.
func holds(typ Type, v Value) bool {
	switch typ.Kind {
	case Boolean:
		return v.Int == 0 || v.Int == 1
	case Integer:
		return v.Int >= math.MinInt32 && v.Int <= math.MaxInt32
	case Double:
		return !math.IsInf(v.Float, 0) && !math.IsNaN(v.Float)
	case Decimal:
		number, ok := new(big.Rat).SetString(string(v.Bytes))
		return ok && number.FloatString(typ.Scale) == string(v.Bytes) &&
			len(strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(string(v.Bytes)), "0")) <= typ.Precision
	case UUID:
		u, err := uuid.ParseBytes(v.Bytes)
		return err == nil && u.String() == string(v.Bytes)
	case Date:
		return withinYears(v.Int * 86400 * 1e6)
	case Timestamp:
		return withinYears(v.Int) && time.UnixMicro(v.Int).UTC().Year() >= 1
	case Varchar:
		return utf8.Valid(v.Bytes) && !strings.Contains(string(v.Bytes), "\x00")
	case JSON:
		return json.Valid(v.Bytes) && utf8.Valid(v.Bytes)
	}
	return true
}
