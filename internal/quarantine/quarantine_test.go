package quarantine

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/penstock/penstock/internal/contract"
)

const saleContract = `
table: sales
match: has(event.id)
on_unknown_field: quarantine
columns:
  # The id.
  - {name: id, type: integer, required: true, minimum: 1, maximum: 10}
  - name: city
    type: varchar
    required: true
    minLength: 1
    maxLength: 5
  - {name: price, type: "decimal(4,2)"} # in euro
  - {name: state, type: varchar, enum: [new, "on"]}
  - {name: at, type: timestamp, from: meta.at}
  - {name: token, type: uuid}
  - {name: mail, type: varchar, format: email}
  - {name: total, type: double, value: event.price * 2}
  - {name: count, type: integer}
`

// events answers every statement with the group's raw events, or a count.
type events struct {
	raws  []string
	count string
}

func (e events) Select(_ context.Context, sql string) ([]string, [][]*string, error) {
	if strings.HasPrefix(sql, "SELECT count(*)") {
		return []string{"n"}, [][]*string{{&e.count}}, nil
	}
	var rows [][]*string
	for i := range e.raws {
		rows = append(rows, []*string{&e.raws[i]})
	}
	return []string{"raw"}, rows, nil
}

func compiled(t *testing.T, text string) *contract.Set {
	t.Helper()
	set, err := contract.Compile([]contract.Source{{Name: "contracts/sales.yaml", Text: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// refused runs the contract over events that it refuses for the same reason and field.
func refused(t *testing.T, set *contract.Set, raws []string) (g Group) {
	t.Helper()
	for _, raw := range raws {
		out := set.NewProcessor().Process([]byte(raw))
		if out.Verdict != contract.Quarantined {
			t.Fatalf("%s is not refused", raw)
		}
		g = Group{Reason: string(out.Reason), Contract: out.Contract, Field: out.Field, Count: int64(len(raws))}
	}
	return g
}

func sale(fields ...string) string {
	event := map[string]json.RawMessage{"id": json.RawMessage("1"), "city": json.RawMessage(`"Bonn"`), "price": json.RawMessage("1.5")}
	for i := 0; i < len(fields); i += 2 {
		event[fields[i]] = json.RawMessage(fields[i+1])
		if fields[i+1] == "" {
			delete(event, fields[i])
		}
	}
	text, err := json.Marshal(event)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// TestASuggestionMendsTheContract writes the suggested line into the contract and runs the same events.
func TestASuggestionMendsTheContract(t *testing.T) {
	for name, tc := range map[string]struct {
		raws []string
		want string
		// stays: the line is right, and a table would have to be a new one, or events are refused elsewhere.
		text string
	}{
		"missing":        {[]string{sale("city", ""), sale("city", "null")}, `- {name: city, type: varchar, minLength: 1, maxLength: 5}`, "Most events have no city"},
		"unknown":        {[]string{sale("Odd Key", `1.25`), sale("Odd Key", `30`)}, `- {name: odd_key, type: "decimal(12,2)", from: '$[''Odd Key'']'}`, "new column"},
		"unknown text":   {[]string{sale("note", `"it's"`), sale("note", `3`)}, `- {name: note, type: varchar}`, "varchar fits"},
		"unknown object": {[]string{sale("note", `{"a":1}`)}, `- {name: note, type: json}`, "json"},
		"long":           {[]string{sale("city", `"Köln am Rhein"`)}, `- {name: city, type: varchar, required: true, minLength: 1, maxLength: 13}`, "13 characters"},
		"short":          {[]string{sale("city", `""`)}, `- {name: city, type: varchar, required: true, maxLength: 5}`, "0 to 0"},
		"above":          {[]string{sale("id", `11`), sale("id", `"300"`)}, `- {name: id, type: integer, required: true, minimum: 1, maximum: 300}`, "11 to 300"},
		"below":          {[]string{sale("id", `-3`)}, `- {name: id, type: integer, required: true, minimum: -3, maximum: 10}`, "widen"},
		"beyond":         {[]string{sale("count", `3000000000`)}, `- {name: count, type: bigint}`, "in place at the next start"},
		"digits":         {[]string{sale("price", `123456.75`)}, `- {name: price, type: "decimal(8,2)"}`, "in place"},
		"fine":           {[]string{sale("price", `1.755`)}, `- {name: price, type: "decimal(4,2)", rounding: half_up}`, "rounded"},
		"enum":           {[]string{sale("state", `"off"`), sale("state", `"no"`)}, `- {name: state, type: varchar, enum: [new, "on", "no", "off"]}`, "lacks 2"},
		"no uuid":        {[]string{sale("token", `"abc"`)}, `- {name: token, type: varchar}`, "new table"},
		"no number":      {[]string{sale("count", `true`)}, `- {name: count, type: varchar}`, "new table"},
		"no time":        {[]string{sale("meta", `{"at":"soon"}`)}, `- {name: at, type: varchar, from: meta.at}`, "new table"},
		"no mail":        {[]string{sale("mail", `"me"`)}, `- {name: mail, type: varchar}`, "leave the format out"},
	} {
		t.Run(name, func(t *testing.T) {
			set := compiled(t, saleContract)
			b, err := New(set, events{tc.raws, "0"})
			if err != nil {
				t.Fatal(err)
			}
			g := refused(t, set, tc.raws)
			s, err := b.suggest(t.Context(), g, time.Time{})
			if err != nil || s == nil {
				t.Fatalf("%s of %s: no suggestion, %v", g.Reason, g.Field, err)
			}
			if s.YAML != tc.want || s.File != "contracts/sales.yaml" || !strings.Contains(s.Text, tc.text) {
				t.Errorf("got  %s\nwant %s\n%+v", s.YAML, tc.want, s)
			}
			mended := compiled(t, withLine(b, g.Field, s.YAML))
			for _, raw := range tc.raws {
				if out := mended.NewProcessor().Process([]byte(raw)); out.Verdict != contract.Accepted {
					t.Errorf("%s is still refused: %s of %s, %s", raw, out.Reason, out.Field, out.Detail)
				}
			}
		})
	}
}

// withLine is the contract with a line in the place of a column's, or at the end.
func withLine(b *Browser, field, line string) string {
	text := "table: sales\nmatch: has(event.id)\non_unknown_field: quarantine\ncolumns:\n"
	found := false
	for _, c := range b.definitions["sales"].columns {
		if c.name == field {
			text, found = text+"  "+line+"\n", true
			continue
		}
		text += "  " + c.edit().line() + "\n"
	}
	if !found {
		text += "  " + line + "\n"
	}
	return text
}

func TestSuggestionsSayWhoseFaultItIs(t *testing.T) {
	set := compiled(t, saleContract)
	raws := []string{sale("city", "")}
	b, _ := New(set, events{raws, "5000"})
	s, err := b.suggest(t.Context(), refused(t, set, raws), time.Time{})
	if err != nil || !strings.Contains(s.Text, "producer") || !strings.Contains(s.Text, "5,000") {
		t.Errorf("%+v, %v", s, err)
	}
	raws = []string{`{"Kind":"refund","amount":1.5}`, `{"amount":2}`}
	b, _ = New(set, events{raws, "0"})
	s, err = b.suggest(t.Context(), refused(t, set, raws), time.Time{})
	if err != nil || !strings.Contains(s.Text, "Kind, amount") {
		t.Fatalf("%+v, %v", s, err)
	}
	if out := compiled(t, strings.Replace(s.YAML, "NAME", "refunds", 1)).NewProcessor().Process([]byte(raws[0])); out.Verdict != contract.Accepted {
		t.Errorf("the contract suggested refuses it too: %+v\n%s", out, s.YAML)
	}
	for _, none := range []Group{
		{Reason: "not_json"}, {Reason: "internal_error", Contract: "sales"}, {Reason: "refused", Contract: "sales"}, {Reason: "length", Contract: "sales", Field: "city"},
	} {
		if none.Reason == "length" {
			b, _ = New(set, events{nil, "0"})
		}
		if s, err := b.suggest(t.Context(), none, time.Time{}); s != nil || err != nil {
			t.Errorf("%+v: %+v, %v", none, s, err)
		}
	}
}

func TestTheOffendingPlaceIsMarked(t *testing.T) {
	b, err := New(compiled(t, saleContract), events{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ reason, field, raw, want string }{
		{"length", "city", `{"id":1,"city":"Köln 🌊 am Rhein","x":2}`, `"Köln 🌊 am Rhein"`},
		{"format", "at", `{"🌊🌊":1, "meta": {"at" : "soon"} }`, `"soon"`},
		{"unknown_field", "Odd Key", `{"id":1,"Odd Key" : [1, 2]}`, `"Odd Key" : [1, 2]`},
		{"unknown_field", "Odd Key", `{"id":1,"Odd\u0020Key":2}`, `"Odd\u0020Key":2`},
		{"expression_failed", "total", `{"id":1,"price":"x"}`, `"x"`},
		{"missing_field", "city", `{"id":1,"city":null}`, `null`},
		{"missing_field", "city", `{"id":1}`, ``},
		{"not_json", "", `{"é🌊": tru}`, `t`},
		{"not_json", "", `{"a":1`, `1`},
		{"not_json", "", ``, ``},
		{"no_contract", "", `{"a":1}`, ``},
		{"length", "gone", `{"gone":1}`, ``},
	} {
		m := b.mark(Event{Reason: tc.reason, Field: tc.field, Contract: "sales", Raw: tc.raw})
		got := ""
		if m != nil {
			got = string(utf16.Decode(utf16.Encode([]rune(tc.raw))[m.From:m.To]))
		}
		if got != tc.want {
			t.Errorf("%s of %s in %s: %q is marked, want %q", tc.reason, tc.field, tc.raw, got, tc.want)
		}
	}
	broken := Event{Reason: "not_json", Raw: "ab\uFFFDc", RawBase64: "YWL/Yw=="}
	if m := b.mark(broken); m == nil || *m != (Mark{2, 3}) && *m != (Mark{0, 1}) {
		t.Errorf("bytes that are no text: %+v", m)
	}
}

func TestASampleIsBounded(t *testing.T) {
	b, _ := New(compiled(t, saleContract), events{})
	for limit, ok := range map[int]bool{0: false, 1: true, MaxSample: true, MaxSample + 1: false, -1: false} {
		if _, err := b.Sample(t.Context(), Which{}, limit); (err == nil) != ok {
			t.Errorf("a limit of %d: %v", limit, err)
		}
	}
}

func TestPartsOfAHistory(t *testing.T) {
	from := moment("2026-11-22T05:00:00Z")
	for _, seconds := range []int{0, 29, 30, 3600, 86400, 40 * 86400} {
		to := from.Add(time.Duration(seconds) * time.Second)
		if n := int64(seconds)/partLength(from, to) + 1; n > buckets {
			t.Errorf("%d s have %d parts", seconds, n)
		}
	}
}
