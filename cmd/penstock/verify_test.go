package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/verify"
)

// TestVerifySaysWhereToLook for what is missing.
func TestVerifySaysWhereToLook(t *testing.T) {
	number := func(n int) *int { return &n }
	raw := &verify.RawCount{Table: `"A"."B"."C"`, Rows: 21, Duplicates: 1}
	for name, c := range map[string]struct {
		report verify.Report
		says   []string
		not    string
	}{
		"all there":         {verify.Report{Orders: 20, Accepted: 20, Rows: 20, Raw: raw}, []string{`"A"."B"."C", has 21 rows, of which 1 were delivered twice`}, "The time was over"},
		"here":              {verify.Report{Missing: 3, TimedOut: true}, []string{"`penstock status`"}, "aws"},
		"not in the lake":   {verify.Report{Missing: 3, TimedOut: true, Raw: raw, NotInLake: number(3)}, []string{"0 of the missing came into the lake, 3 did not", "`penstock aws status`"}, "doctor"},
		"in the lake":       {verify.Report{Missing: 3, TimedOut: true, Raw: raw, NotInLake: number(0)}, []string{"3 of the missing came into the lake, 0 did not", "`penstock snowflake doctor`"}, "aws"},
		"some":              {verify.Report{Missing: 3, TimedOut: true, Raw: raw, NotInLake: number(1)}, []string{"2 of the missing came into the lake, 1 did not", "`penstock aws status`", "`penstock snowflake doctor`"}, "local"},
		"a lake not read":   {verify.Report{Missing: 3, TimedOut: true, Raw: raw}, []string{"`penstock aws status` and `penstock snowflake doctor`"}, "came into the lake"},
		"in the quarantine": {verify.Report{Missing: 3, Raw: raw, NotInLake: number(0), Quarantined: number(3)}, []string{"3 of the missing are in the quarantine", `"PENSTOCK"."ORDERS"."QUARANTINE"`}, "penstock query"},
	} {
		var out bytes.Buffer
		c.report.QuarantineTable = `"PENSTOCK"."ORDERS"."QUARANTINE"`
		if err := printVerified(&out, c.report, false); err != nil {
			t.Fatal(err)
		}
		for _, words := range c.says {
			if !strings.Contains(out.String(), words) || strings.Contains(out.String(), c.not) {
				t.Errorf("%s: without %q or with %q:\n%s", name, words, c.not, out.String())
			}
		}
	}
}
