package quarantine

import (
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// A suggestion is tried on the events before it is offered, and says what it would leave.
func TestASuggestionSaysWhatItWouldLeave(t *testing.T) {
	set := compiled(t, saleContract)
	for name, tc := range map[string]struct {
		raws []string
		want string
	}{
		"all are taken":   {[]string{sale("id", `11`), sale("id", `12`)}, "Tried on 2 events: it takes them all."},
		"one":             {[]string{sale("id", `11`)}, "Tried on 1 event: it takes them all."},
		"some stay":       {[]string{sale("mail", `"me"`), sale("mail", `"me"`, "count", `true`)}, "Tried on 2 events: 1 would still be refused, most for wrong_type of count."},
		"all stay":        {[]string{sale("mail", `"me"`, "count", `true`)}, "Tried on 1 event: 1 would still be refused, most for wrong_type of count."},
		"no contract":     {[]string{`{"kind":"refund"}`}, "Tried on 1 event: it takes them all."},
		"no contract all": {[]string{`{"kind":"refund"}`, `{"amount":2}`}, "Tried on 2 events: 1 would still be refused, most for no_contract."},
	} {
		b, err := New(set, events{tc.raws, "0"})
		if err != nil {
			t.Fatal(err)
		}
		s, err := b.suggest(t.Context(), refused(t, set, tc.raws), time.Time{})
		if err != nil || s == nil || !strings.HasSuffix(s.Text, tc.want) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// What would change nothing, or is no contract, is not offered.
func TestAUselessSuggestionIsNotOffered(t *testing.T) {
	set := compiled(t, saleContract)
	b, err := New(set, events{})
	if err != nil {
		t.Fatal(err)
	}
	c := groupCase{
		Group:      Group{Reason: string(event.ReasonOutOfRange), Contract: "sales", Field: "id"},
		definition: b.definitions["sales"], events: [][]byte{[]byte(sale("id", `11`))},
	}
	for line, useless := range map[string]bool{
		"- {name: id, type: integer, required: true, minimum: 1, maximum: 10}": true,
		"- {name: id, type: integer, required: true, minimum: 1, maximum: 11}": false,
		"- {name: id, type: no type}":                                          true,
		"- {name: id":                                                          true,
	} {
		if got := c.try(&Suggestion{File: "contracts/sales.yaml", YAML: line}); got.useless != useless {
			t.Errorf("%s: %+v", line, got)
		}
	}
	if out := set.NewProcessor().Process([]byte(sale("id", `11`))); out.Verdict != contract.Quarantined {
		t.Error("a trial changed the present contract")
	}
}
