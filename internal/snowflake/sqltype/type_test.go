package sqltype

import (
	"testing"

	"github.com/penstock/penstock/internal/contract"
)

// TestBothViewsShowWhatWasWritten compares what CREATE TABLE says with what either view of Snowflake tells of it.
func TestBothViewsShowWhatWasWritten(t *testing.T) {
	for _, c := range []struct {
		kind          contract.Type
		want          string
		shown, schema Facts // SHOW COLUMNS, INFORMATION_SCHEMA.COLUMNS
	}{
		{contract.Type{Kind: contract.Boolean}, "BOOLEAN", Facts{Name: "BOOLEAN"}, Facts{Name: "BOOLEAN"}},
		{contract.Type{Kind: contract.Integer}, "NUMBER(10,0)", Facts{Name: "FIXED", Precision: 10}, Facts{Name: "NUMBER", Precision: 10}},
		{contract.Type{Kind: contract.Bigint}, "NUMBER(19,0)", Facts{Name: "FIXED", Precision: 19}, Facts{Name: "NUMBER", Precision: 19}},
		{contract.Type{Kind: contract.Double}, "FLOAT", Facts{Name: "REAL"}, Facts{Name: "FLOAT"}},
		{contract.Type{Kind: contract.Decimal, Precision: 12, Scale: 2}, "NUMBER(12,2)", Facts{Name: "FIXED", Precision: 12, Scale: 2}, Facts{Name: "NUMBER", Precision: 12, Scale: 2}},
		{contract.Type{Kind: contract.Varchar}, "VARCHAR", Facts{Name: "TEXT", Length: 16 << 20}, Facts{Name: "TEXT"}},
		{contract.Type{Kind: contract.UUID}, "VARCHAR", Facts{Name: "TEXT", Length: 16 << 20}, Facts{Name: "TEXT", Length: 128 << 20}},
		{contract.Type{Kind: contract.Date}, "DATE", Facts{Name: "DATE"}, Facts{Name: "DATE"}},
		{contract.Type{Kind: contract.Timestamp}, "TIMESTAMP_TZ", Facts{Name: "TIMESTAMP_TZ", Scale: 9}, Facts{Name: "TIMESTAMP_TZ", Scale: 6}},
		{contract.Type{Kind: contract.JSON}, "VARIANT", Facts{Name: "VARIANT"}, Facts{Name: "VARIANT"}},
	} {
		if got := Type(c.kind); got != c.want || Shown(c.shown) != c.want || Shown(c.schema) != c.want {
			t.Errorf("%v is %s; shown as %s and %s, want %s", c.kind, got, Shown(c.shown), Shown(c.schema), c.want)
		}
	}
}

func TestNarrowerTypesAreTold(t *testing.T) {
	for _, c := range []struct {
		facts  Facts
		want   string
		widens string // the type it can become
		not    string // and one it cannot
	}{
		{Facts{Name: "TEXT", Length: 36}, "VARCHAR(36)", "VARCHAR", "NUMBER(10,0)"},
		{Facts{Name: "TIMESTAMP_TZ", Scale: 5}, "TIMESTAMP_TZ(5)", "", "TIMESTAMP_TZ"},
		{Facts{Name: "FIXED", Precision: 10}, "NUMBER(10,0)", "NUMBER(19,0)", "NUMBER(10,2)"},
		{Facts{Name: "FIXED", Precision: 19}, "NUMBER(19,0)", "NUMBER(20,0)", "NUMBER(19,0)"},
		{Facts{Name: "TIMESTAMP_NTZ", Scale: 9}, "TIMESTAMP_NTZ", "", "TIMESTAMP_TZ"},
	} {
		got := Shown(c.facts)
		if got != c.want || c.widens != "" && !Widens(got, c.widens) || Widens(got, c.not) {
			t.Errorf("%+v is shown as %s, want %s; to %s %v, to %s %v", c.facts, got, c.want, c.widens, Widens(got, c.widens), c.not, Widens(got, c.not))
		}
	}
}
