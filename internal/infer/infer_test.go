package infer

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock/penstock/internal/contract"
)

var update = flag.Bool("update", false, "write the golden files again")

// sample makes an event of each line.
func sample(file, lines string) []Event {
	var events []Event
	n := int64(0)
	for line := range strings.Lines(lines) {
		n++
		if line = strings.TrimSpace(line); line != "" {
			events = append(events, Event{File: file, Line: n, Data: []byte(line), CSV: strings.HasSuffix(file, ".csv")})
		}
	}
	return events
}

func propose(t *testing.T, events []Event) *Proposal {
	t.Helper()
	p, err := Contracts(events, Config{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// columns are the lines of the only contract's columns.
func columns(t *testing.T, events []Event) []string {
	t.Helper()
	p := propose(t, events)
	if len(p.Contracts) != 1 {
		t.Fatalf("%d contracts", len(p.Contracts))
	}
	var list []string
	for _, c := range p.Contracts[0].Columns {
		list = append(list, strings.TrimPrefix(c.line(), "- "))
	}
	return list
}

func TestTypesOfColumns(t *testing.T) {
	for _, c := range []struct{ file, events, want string }{
		{"a.json", `{"a":1}`, `{name: a, type: bigint}`},
		{"a.json", `{"a":9007199254740993123}`, `{name: a, type: "decimal(38,0)"}`},
		{"a.json", `{"a":1.5}`, `{name: a, type: "decimal(18,2)"}`},
		{"a.json", `{"a":1.2345}`, `{name: a, type: "decimal(18,4)"}`},
		{"a.json", `{"a":12345678901234567890.1234}`, `{name: a, type: "decimal(24,4)"}`},
		{"a.json", `{"a":0.30000000000000004}`, `{name: a, type: double}`},
		{"a.json", `{"a":1e3}`, `{name: a, type: double}`},
		{"a.json", `{"a":true}`, `{name: a, type: boolean}`},
		{"a.json", `{"a":"text"}`, `{name: a, type: varchar}`},
		{"a.json", `{"a":"19.90"}`, `{name: a, type: "decimal(18,2)"} # numbers written as text`},
		{"a.json", `{"a":"4711"}`, `{name: a, type: varchar}`}, // a service that sends digits as a text has a reason
		{"a.csv", `{"a":"4711"}`, `{name: a, type: bigint} # numbers written as text`},
		{"a.csv", `{"a":"0711"}`, `{name: a, type: varchar}`},
		{"a.csv", `{"zip":"90210"}`, `{name: zip, type: varchar}`},
		{"a.csv", `{"a":"true"}`, `{name: a, type: boolean}`},
		{"a.json", `{"a":"6a9c1c2e-8d0f-4b63-9a53-0f6f3c6f1d11"}`, `{name: a, type: uuid}`},
		{"a.json", `{"a":"2026-11-22"}`, `{name: a, type: date}`},
		{"a.json", `{"a":"2026-11-22T05:04:03.123+01:00"}`, `{name: a, type: timestamp}`},
		{"a.json", `{"a":"2026-11-22 05:04:03Z"}`, `{name: a, type: timestamp}`},
		{"a.json", `{"a":"2026-11-22 05:04:03"}`, `{name: a, type: timestamp, layout: "%Y-%m-%d %H:%M:%S"} # taken as UTC; zone: Europe/Berlin says otherwise`},
		{"a.json", `{"a":"22.11.2026"}`, `{name: a, type: date, layout: "%d.%m.%Y"}`},
		{"a.json", `{"a":"22/11/2026"}`, `{name: a, type: date, layout: "%d/%m/%Y"}`},
		{"a.json", `{"a":"11/22/2026"}`, `{name: a, type: date, layout: "%m/%d/%Y"}`},
		{"a.json", `{"a":"11/10/2026"}`, `{name: a, type: varchar}`}, // nobody can know
		{"a.json", `{"created_at":1795323998}`, `{name: created_at, type: timestamp, unit: s} # seconds since 1970`},
		{"a.json", `{"created_at":1795323998123}`, `{name: created_at, type: timestamp, unit: ms} # milliseconds since 1970`},
		{"a.json", `{"ts":1795323998123000}`, `{name: ts, type: timestamp, unit: us} # microseconds since 1970`},
		{"a.json", `{"created_at":"1795323998"}`, `{name: created_at, type: timestamp, unit: s} # numbers written as text; seconds since 1970`},
		{"a.json", `{"phone_ean":1795323998123}`, `{name: phone_ean, type: bigint}`},
		{"a.json", `{"duration_ms":1795}`, `{name: duration_ms, type: bigint}`},
		{"a.json", `{"a":[1]}`, `{name: a, type: json} # arrays and objects, as they were sent`},
		{"a.json", `{"a":{}}`, `{name: a, type: json} # arrays and objects, as they were sent`},
		{"a.json", `{"a":null}`, `# - {name: a, type: varchar} # no event has a value; which type is it?`},
		{"a.json", `{"a":"ann@example.com"}`, `{name: a, type: varchar, pii: mask} # personal data? pii may be mask, hash or drop, or left out`},
		{"a.json", `{"firstName":"Ann"}`, `{name: first_name, type: varchar, from: firstName, pii: mask} # personal data? pii may be mask, hash or drop, or left out`},
		{"a.json", `{"order":1}`, `{name: order_, type: bigint, from: order}`}, // select order from ... would not run
		{"a.json", `{"naïve key's":1}`, `{name: naive_key_s, type: bigint, from: "$['naïve key\\'s']"}`},
		{"a.json", `{"Größe":1}`, `{name: groesse, type: bigint, from: "Größe"}`},
		{"a.json", `{"7":1}`, `{name: f_7, type: bigint, from: "$['7']"}`},
		{"a.json", `{"yes":1}`, `{name: yes, type: bigint}`},
		{"a.json", `{"a":{"yes":1}}`, `{name: a_yes, type: bigint, from: a.yes}`},
		{"a.json", `{"data":{"orderID":1}}`, `{name: order_id, type: bigint, from: data.orderID}`},
	} {
		got := columns(t, sample(c.file, c.events))
		if len(got) != 1 || got[0] != c.want {
			t.Errorf("%s %s\ngot  %q\nwant %q", c.file, c.events, got, c.want)
		}
		if p := propose(t, sample(c.file, c.events)); p.Rows != 1 {
			t.Errorf("%s %s: the proposed contract refuses it: %+v", c.file, c.events, p.Refused)
		}
	}
}

func TestTypesOfSeveralValues(t *testing.T) {
	for _, c := range []struct{ file, events, want string }{
		{"a.json", "{\"a\":1}\n{\"a\":2.5}", `{name: a, type: "decimal(18,2)"}`},
		{"a.json", "{\"a\":1}\n{\"a\":\"2.5\"}", `{name: a, type: "decimal(18,2)"} # numbers written as text`},
		{"a.json", "{\"a\":1}\n{\"a\":\"x\"}", `{name: a, type: varchar} # values of several kinds, as text`},
		{"a.json", "{\"a\":1}\n{\"a\":[1]}", `{name: a, type: json} # values of several kinds, as they were sent`},
		{"a.json", "{\"a\":{\"b\":1}}\n{\"a\":1}", `{name: a, type: json} # values of several kinds, as they were sent`},
		{"a.json", "{\"a\":{\"b\":1}}\n{\"a\":null}", `{name: a_b, type: bigint, from: a.b} # in 1 of 2 events`},
		{"a.json", "{\"a\":\"2026-11-22 05:04:03\"}\n{\"a\":\"2026-11-22 05:04:03.5\"}",
			`{name: a, type: timestamp, layout: ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f"]} # taken as UTC; zone: Europe/Berlin says otherwise`},
		{"a.json", "{\"a\":\"11/10/2026\"}\n{\"a\":\"22/10/2026\"}", `{name: a, type: date, layout: "%d/%m/%Y"}`},
		{"a.csv", "{\"a\":\"5\"}\n{\"a\":\"\"}", `{name: a, type: bigint, empty_as_null: true} # numbers written as text; in 1 of 2 events`},
		{"a.json", "{\"a\":\"2026-11-22\"}\n{\"a\":\"\"}", `{name: a, type: date, empty_as_null: true} # in 1 of 2 events`},
		{"a.json", "{\"a\":\"x\"}\n{\"a\":\"\"}", `{name: a, type: varchar} # in 1 of 2 events`},
	} {
		p := propose(t, sample(c.file, c.events))
		if got := columns(t, sample(c.file, c.events)); len(got) != 1 || got[0] != c.want {
			t.Errorf("%s\ngot  %q\nwant %q", c.events, got, c.want)
		}
		if p.Rows != 2 {
			t.Errorf("%s: refused %+v", c.events, p.Refused)
		}
	}
}

// What all of few events have may be chance; of nine nothing is required, of ten it is.
func TestRequiredIsWhatAllOfTenEventsHave(t *testing.T) {
	line := `{"a":1,"b":{"c":"x"}}` + "\n"
	for n, want := range map[int]bool{enough - 1: false, enough: true} {
		p := propose(t, sample("a.json", strings.Repeat(line, n)))
		for _, c := range p.Contracts[0].Columns {
			if c.Required != want {
				t.Errorf("%d events: required of %s is %v", n, c.Name, c.Required)
			}
		}
	}
	p := propose(t, sample("a.json", strings.Repeat(line, enough)+`{"a":1,"b":{}}`))
	if cols := p.Contracts[0].Columns; !cols[0].Required || cols[1].Required {
		t.Errorf("one event lacks b.c: %+v", cols)
	}
}

// A key that is no key loses events, so that only the id of an event itself is proposed.
func TestKeys(t *testing.T) {
	for events, want := range map[string][2]string{
		"{\"event_id\":1,\"order_id\":7}\n{\"event_id\":2,\"order_id\":8}":   {"event_id", ""},
		"{\"event_id\":1,\"order_id\":7}\n{\"event_id\":1,\"order_id\":8}":   {"", "order_id"},
		"{\"order_id\":7}\n{\"order_id\":8}":                                 {"", "order_id"},
		"{\"order_id\":7}\n{\"order_id\":7}":                                 {"", ""},
		"{\"order_id\":7}":                                                   {"", ""},
		"{\"event_id\":1,\"order_id\":7}\n{\"order_id\":8}":                  {"", "order_id"},
		"{\"event_id\":\"a@b.c\",\"a\":1}\n{\"event_id\":\"d@e.f\",\"a\":1}": {"", ""}, // masked, so that all look alike
	} {
		c := propose(t, sample("a.json", events)).Contracts[0]
		if got := [2]string{c.Key, c.maybeKey}; got != want {
			t.Errorf("%s: %v, want %v", events, got, want)
		}
	}
}

func TestTypesOfEventsAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		events []Event
		want   []string
	}{
		"by a field": {
			sample("a.json", "{\"type\":\"order.placed\",\"a\":1}\n{\"type\":\"OrderPaid\",\"b\":1}\n{\"type\":\"order.placed\",\"a\":2}"),
			[]string{`order_placed: event.type == "order.placed"`, `order_paid: event.type == "OrderPaid"`},
		},
		"by a field with an odd name": {
			sample("a.json", "{\"detail-type\":\"a\",\"a\":1}\n{\"detail-type\":\"b\",\"b\":1}"),
			[]string{`a: event["detail-type"] == "a"`, `b: event["detail-type"] == "b"`},
		},
		"not by an attribute": {
			sample("payments.json", "{\"type\":\"card\",\"amount\":1}\n{\"type\":\"cash\",\"amount\":1}"),
			[]string{`payments: has(event.type)`},
		},
		"not by a type that is missing once": {
			sample("x.json", "{\"type\":\"card\",\"a\":1}\n{\"type\":\"cash\",\"b\":1}\n{\"c\":1}"),
			[]string{`x: `},
		},
		"by the file, whose own fields tell": {
			append(sample("orders-2026-11-22.ndjson", `{"order_id":1,"id":1}`), sample("clicks.csv", `{"url":"x","id":1}`)...),
			[]string{`orders: has(event.order_id)`, `clicks: has(event.url)`},
		},
		"by what another lacks": {
			append(sample("orders.json", `{"id":1,"total":1}`), sample("refunds.json", `{"id":1,"total":1,"reason":"x"}`)...),
			[]string{`orders: has(event.id) && has(event.total) && !has(event.reason)`, `refunds: has(event.reason)`},
		},
		"one type over several files": {
			append(sample("e-01.json", `{"event":"a","x":1}`), sample("e-02.json", `{"event":"a","x":1}`)...),
			[]string{`a: event.event == "a"`},
		},
		"tables whose names would be taken": {
			append(sample("user.json", `{"a":1}`), sample("quarantine.json", `{"b":1}`)...),
			[]string{`users: has(event.a)`, `quarantine_events: has(event.b)`},
		},
		"types whose tables would have one name": {
			sample("a.json", "{\"event\":\"a.b\",\"x\":1}\n{\"event\":\"a-b\",\"y\":1}"),
			[]string{`a_b: event.event == "a.b"`, `a_b_2: event.event == "a-b"`},
		},
	} {
		p := propose(t, c.events)
		var got []string
		for _, c := range p.Contracts {
			got = append(got, c.Table+": "+c.Match)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, c.want)
		}
		if p.Rows != len(c.events) {
			t.Errorf("%s: %d of %d become rows: %+v", name, p.Rows, len(c.events), p.Refused)
		}
		for _, c := range p.Contracts {
			if c.Rows != c.Events {
				t.Errorf("%s: %s takes %d events and %d are its", name, c.Table, c.Rows, c.Events)
			}
		}
	}
}

func TestSamplesThatAreRefusedAreTold(t *testing.T) {
	p := propose(t, sample("a.json", "{\"a\":1}\n[1]\n{\"a\":\n"+strings.Repeat("x\n", 20)))
	if p.Events != 23 || p.Rows != 1 || p.RefusedInAll != 22 || len(p.Refused) != maxRefused {
		t.Errorf("%+v", p)
	}
	if r := p.Refused[0]; r.Line != 2 || r.File != "a.json" || r.Reason != "no_contract" {
		t.Errorf("%+v", r)
	}
}

func TestWhatNothingIsProposedFrom(t *testing.T) {
	for _, events := range []string{"[1]", "{}", "x", "7"} {
		if _, err := Contracts(sample("a.json", events), Config{}); !errors.Is(err, ErrNoObjects) {
			t.Errorf("%s: %v", events, err)
		}
	}
	two := sample("a.json", "{\"event\":\"a\",\"x\":1}\n{\"event\":\"b\",\"y\":1}")
	if _, err := Contracts(two, Config{Table: "t"}); err == nil || !strings.Contains(err.Error(), "2 types (a, b)") {
		t.Errorf("one table for two types: %v", err)
	}
	for _, table := range []string{"Orders", "order", "1", "quarantine", "a b"} {
		if _, err := Contracts(sample("a.json", `{"a":1}`), Config{Table: table}); err == nil || !strings.Contains(err.Error(), "would do") {
			t.Errorf("table %q: %v", table, err)
		}
	}
}

// Objects with many members are maps, deep ones and arrays are kept whole, and every bound has an end.
func TestBoundsOfEvents(t *testing.T) {
	object := func(n int) string {
		var members []string
		for i := range n {
			members = append(members, fmt.Sprintf(`"k%d":1`, i))
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	for events, want := range map[string]int{
		`{"m":` + object(maxMembers) + `}`:            maxMembers,
		`{"m":` + object(maxMembers+1) + `}`:          1,
		object(maxFields):                             maxFields,
		object(maxFields + 1):                         maxFields,
		`{"a":{"b":{"c":{"d":{"e":1}}}}}`:             1,
		`{"a":{"b":{"c":{"d":{"e":{"f":1,"g":2}}}}}}`: 1,
		`{"a":{"b":{"c":{"d":{"e":1,"f":2}}}}}`:       2,
	} {
		if got := columns(t, sample("a.json", events)); len(got) != want {
			t.Errorf("%.60s: %d columns, want %d: %.300s", events, len(got), want, got)
		}
	}
	deep := strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)
	if p := propose(t, sample("a.json", deep)); p.Rows != 1 {
		t.Errorf("%+v", p.Refused)
	}
	long := strings.Repeat("x", 500)
	p := propose(t, sample("a.json", `{"`+long+`":1,"`+long+`y":2}`))
	if cols := p.Contracts[0].Columns; len(cols[0].Name) != maxName || len(cols[1].Name) != maxName || cols[0].Name == cols[1].Name || p.Rows != 1 {
		t.Errorf("%+v", cols)
	}
}

// What stands in events cannot end a comment or a text of the file.
func TestHostileNames(t *testing.T) {
	for _, name := range []string{`a\nb: c`, `\u0000`, `\u0085x`, `'`, `\"`, `\\`, `}, {`, `# x`, `: `, `$`, `a.b`, `[0]`, ``, ` `, `\ud800`, `é`, `\u2028`, "true", "null", "{{period}}"} {
		events := []Event{{File: "a\nb: {\u2028", Line: 1, Data: []byte(`{"` + name + `":"x","type":"a` + `","o":{"` + name + `":1}}`)}}
		p, err := Contracts(events, Config{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p.Rows != 1 && name != `\u0000` && name != `\ud800` {
			t.Errorf("%s: %+v\n%s", name, p.Refused, p.Contracts[0].Text)
		}
	}
}

func FuzzContracts(f *testing.F) {
	f.Add("a.json", "{\"a\":1}\n{\"type\":\"x\",\"b\":{\"c\":\"2026-11-22\"}}")
	f.Add("a.csv", `{"a":"1","b":""}`)
	f.Fuzz(func(t *testing.T, file, lines string) {
		p, err := Contracts(sample(file, lines), Config{})
		if errors.Is(err, ErrNoObjects) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Contracts {
			c.Dashboard(time.Unix(0, 0))
		}
	})
}

const mixed = `{"type":"order_placed","event_id":"4b1f6a52-5d0e-4b6f-9a0c-0c1d3f6f1a01","placedAt":1795323998123,"customer":{"id":1,"email":"a@b.c","country":"Ireland"},"total":"39.80","paid":true}
{"type":"order_placed","event_id":"4b1f6a52-5d0e-4b6f-9a0c-0c1d3f6f1a02","placedAt":1795323999123,"customer":{"id":2,"email":"d@e.f","country":"Ireland"},"total":"9.5","paid":false,"note":null}
{"type":"order_placed","event_id":"4b1f6a52-5d0e-4b6f-9a0c-0c1d3f6f1a03","placedAt":1795324998123,"customer":{"id":2,"email":"d@e.f","country":"Wales"},"total":"7","paid":false,"items":[{"sku":1}]}
{"type":"page_viewed","url":"/a","at":"2026-11-22T05:04:03Z"}
`

func TestGolden(t *testing.T) {
	p := propose(t, sample("mixed.ndjson", mixed))
	for _, c := range p.Contracts {
		golden(t, c.Table+".contract.golden", c.Text)
		golden(t, c.Table+".dashboard.golden", c.Dashboard(time.UnixMilli(1795325000000)))
	}
	// Samples that are older than the range would not be seen.
	late := string(p.Contracts[0].Dashboard(time.UnixMilli(1795324998123).Add(shownRange + time.Second)))
	if !strings.Contains(late, "range: all\n") {
		t.Errorf("old samples:\n%s", late)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func TestReservedWordsCannotBeNames(t *testing.T) {
	for _, word := range reserved {
		if tableName(word) == word || columnName(word) == word {
			t.Errorf("%s is kept", word)
		}
	}
	if tableName(contract.QuarantineName) == contract.QuarantineName {
		t.Error("quarantine is kept")
	}
}
