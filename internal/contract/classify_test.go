package contract

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// matching is a contract for table name that keeps nothing of the event.
func matching(name, match string) string {
	text := "table: " + name + "\ncolumns:\n  - {name: none, type: bigint}\n"
	if match != "" {
		text += "match: '" + match + "'\n"
	}
	return text
}

func TestTheFirstMatchTakesTheEvent(t *testing.T) {
	p := compile(t,
		matching("rest", ""),
		matching("paid", `event.type == "order" && event.state == "paid"`),
		matching("orders", `event.type == "order"`),
		matching("clicks", `has(event.click.x) && event.click.x >= 0`),
		matching("numbered", `has(event.number)`),
		matching("small", `event.number < 10`),
	).NewProcessor()
	for in, want := range map[string]string{
		`{"type": "order", "state": "paid"}`:    "paid",
		`{"type": "order", "state": "new"}`:     "orders",
		`{"type": "order"}`:                     "orders",
		`{"type": "\u006frder"}`:                "orders",
		`{"type": "Order"}`:                     "rest",
		`{"type": 1, "number": 5}`:              "numbered",
		`{"number": null}`:                      "numbered",
		`{"click": {"x": 1}, "number": 5}`:      "clicks",
		`{"click": {"x": -1}, "number": 5}`:     "numbered",
		`{"click": 5}`:                          "rest",
		`{"click": {"x": "left"}, "type": "x"}`: "rest",
		`{}`:                                    "rest",
	} {
		if out := p.Process([]byte(in)); out.Contract != want || out.Table == nil || out.Table.Name != want {
			t.Errorf("%s goes to %q (%s), want %q", in, out.Contract, outcome(out), want)
		}
	}
	if got := outcome(p.Process([]byte("[]"))); got != "no_contract" {
		t.Errorf("an array: %s", got)
	}
}

func TestDropCountsAndForgets(t *testing.T) {
	p := compile(t, "table: t\ndrop: event.test == true\ncolumns:\n  - {name: id, type: bigint, required: true}\n").NewProcessor()
	for in, want := range map[string]string{
		`{"id": 1}`: "1", `{"id": 1, "test": false}`: "1", `{"id": 1, "test": true}`: "dropped", `{"test": true}`: "dropped", `{"test": "yes"}`: "missing_field id",
	} {
		if got := outcome(p.Process([]byte(in))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestValueExpressions(t *testing.T) {
	for _, c := range []struct{ column, in, want string }{
		{`type: "decimal(12,2)", value: event.price * event.quantity`, `{"price": 19.90, "quantity": 2}`, "39.80"},
		{`type: "decimal(12,2)", value: event.price * event.quantity`, `{"price": 1.1, "quantity": 3}`, "3.30"},
		{`type: "decimal(12,2)", value: event.price * event.quantity`, `{"price": 1.111, "quantity": 3}`, "not_exact v"},
		{`type: "decimal(12,2)", value: event.price * event.quantity`, `{"price": 1.1}`, "expression_failed v"},
		{`type: "decimal(12,2)", value: event.price * event.quantity`, `{"price": "x", "quantity": 1}`, "expression_failed v"},
		{`type: varchar, value: event.a`, `{"a": "\ud800"}`, "invalid_text v"},
		{`type: varchar, value: event.a + event.b`, `{"a": "x", "b": "y"}`, "xy"},
		{`type: boolean, value: event.a > 5`, `{"a": 6}`, "true"},
		{`type: json, value: event.a > 5`, `{"a": 6}`, "true"},
		{`type: json, value: 'event.a + "\n\""'`, `{"a": "x"}`, `"x\u000a\""`},
		{`type: json, value: event.a`, `{"a": {"b": [1.50]}}`, `{"b": [1.50]}`},
		{`type: bigint, value: event.a`, `{"a": 9223372036854775807}`, "9223372036854775807"},
		{`type: bigint, value: event.a / 2`, `{"a": 7}`, "not_exact v"},
		{`type: bigint, value: 'has(event.a) ? event.a : 0'`, `{}`, "0"},
		{`type: bigint, value: event.a, default: 3`, `{"a": null}`, "3"},
		{`type: bigint, value: event.a, empty_as_null: true`, `{"a": ""}`, "NULL"},
	} {
		out := compile(t, one(c.column)).NewProcessor().Process([]byte(c.in))
		if got := outcome(out); got != c.want {
			t.Errorf("%s of %s: %s (%s), want %s", c.column, c.in, got, out.Detail, c.want)
		}
	}
}

// The index must never change which contract takes an event.
func TestIndexAgreesWithAskingEveryContract(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	term := func() string {
		field := string(rune('a' + r.IntN(4)))
		switch r.IntN(5) {
		case 0:
			return "has(event." + field + ")"
		case 1:
			return fmt.Sprintf(`event.%s == "%d"`, field, r.IntN(3))
		case 2:
			return "has(event.n." + field + ")"
		case 3:
			return "!has(event." + field + ")"
		}
		return fmt.Sprintf(`event.n.%s == "%d"`, field, r.IntN(3))
	}
	for range 40 {
		var texts []string
		for i := range 1 + r.IntN(90) {
			match := term()
			for range r.IntN(3) {
				match += []string{" && ", " || "}[r.IntN(2)] + term()
			}
			texts = append(texts, matching(fmt.Sprintf("t%d", i), match))
		}
		set := compile(t, texts...)
		indexed, plain := set.NewProcessor(), *set
		plain.index = newIndex(nil)
		plain.index.always = make(candidates, len(set.index.always))
		for i := range set.contracts {
			plain.index.always.add(i)
		}
		asking := plain.NewProcessor()
		for range 60 {
			object := func(depth int) string { return "" }
			object = func(depth int) string {
				var fields []string
				for _, name := range "abcd" {
					if r.IntN(2) == 0 {
						fields = append(fields, fmt.Sprintf(`"%c": %s`, name, []string{`"0"`, `"1"`, `"2"`, "1", "null", `"\u0031"`}[r.IntN(6)]))
					}
				}
				if depth == 0 {
					fields = append(fields, `"n": `+object(1))
				}
				return "{" + strings.Join(fields, ", ") + "}"
			}
			data := []byte(object(0))
			got, want := indexed.Process(data), asking.Process(data)
			if got.Contract != want.Contract {
				t.Fatalf("%s goes to %q, without the index to %q", data, got.Contract, want.Contract)
			}
		}
	}
}
