package trace

import (
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/contract"
)

// TestAKeyIsComparedByItsColumnsType, by a literal that cannot end early in any warehouse.
func TestAKeyIsComparedByItsColumnsType(t *testing.T) {
	for _, tc := range []struct{ typ, key, want string }{
		{"varchar", ` it's\`, `(' it''s' || chr(92) || '')`},
		{"varchar", `' or 1=1 --`, `''' or 1=1 --'`},
		{"uuid", " 0A8DF1C2-0000-4000-8000-00000000000f\n", "'0a8df1c2-0000-4000-8000-00000000000f'"},
		{"uuid", "0a8df1c2-0000-4000-8000-00000000000' or true --", ""},
		{"boolean", "TRUE", "true"},
		{"boolean", "yes", ""},
		{"integer", " -42 ", "-42"},
		{"bigint", "9223372036854775807", "9223372036854775807"},
		{"bigint", "9223372036854775808", ""},
		{"bigint", "1 or 1=1", ""},
		{"bigint", "1e3", ""},
		{"decimal(12,2)", "19.9", "cast('19.9' as decimal(12,2))"},
		{"decimal(12,2)", "-0012345678901.230", ""},
		{"decimal(12,2)", "-001234567890.230", "cast('-001234567890.230' as decimal(12,2))"},
		{"decimal(12,2)", "0.001", ""},
		{"decimal(12,2)", "1'", ""},
		{"decimal(12,2)", "", ""},
		{"date", "2026-11-22", "cast('2026-11-22' as date)"},
		{"date", "22.11.2026", ""},
		{"timestamp", "2026-11-22T06:00:00.5+01:00", "cast('2026-11-22 05:00:00.500000+00:00' as timestamptz)"},
		{"timestamp", "2026-11-22 05:00:00.123456+00", "cast('2026-11-22 05:00:00.123456+00:00' as timestamptz)"},
		{"timestamp", "2026-11-22 05:00:00", "cast('2026-11-22 05:00:00.000000+00:00' as timestamptz)"},
		{"timestamp", "soon", ""},
		{"double", "1", ""},
	} {
		typ, err := contract.ParseType(tc.typ)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := keyLiteral(typ, tc.key)
		if ok != (tc.want != "") || ok && got != tc.want {
			t.Errorf("%q as %s: %s, %v, want %s", tc.key, tc.typ, got, ok, tc.want)
		}
	}
}

func TestATextThatIsNoKeyIsNotAskedFor(t *testing.T) {
	set, err := contract.Compile([]contract.Source{{Name: "contracts/t.yaml",
		Text: []byte("table: order\nmatch: \"true\"\nkey: id\ncolumns:\n  - {name: id, type: uuid, required: true}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if sql, ok := byKey(set.Table("order"), "no uuid", 1); ok {
		t.Errorf("%s", sql)
	}
	sql, ok := byKey(set.Table("order"), "0a8df1c2-0000-4000-8000-00000000000f", 1)
	if !ok || !strings.HasPrefix(sql, `SELECT * FROM "order" WHERE "id" = '0a8d`) {
		t.Errorf("%s, %v", sql, ok)
	}
}
