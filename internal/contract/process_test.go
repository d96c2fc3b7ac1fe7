package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/event"
)

func TestConstraints(t *testing.T) {
	for _, group := range []struct {
		column string
		cases  [][2]string
	}{
		{"type: bigint, minimum: 1, maximum: 10", [][2]string{{"0", "out_of_range v"}, {"1", "1"}, {"10", "10"}, {"11", "out_of_range v"}}},
		{"type: bigint, minimum: 0.5, exclusiveMaximum: 3", [][2]string{{"0", "out_of_range v"}, {"1", "1"}, {"2", "2"}, {"3", "out_of_range v"}}},
		{"type: bigint, exclusiveMinimum: -1.5, maximum: -0.5", [][2]string{{"-2", "out_of_range v"}, {"-1", "-1"}, {"0", "out_of_range v"}}},
		{`type: "decimal(6,2)", exclusiveMinimum: 0, maximum: 99.999`, [][2]string{
			{"0", "out_of_range v"}, {"0.01", "0.01"}, {"99.99", "99.99"}, {"100", "out_of_range v"}, {"-1", "out_of_range v"}}},
		{`type: "decimal(6,2)", minimum: -10, maximum: -1`, [][2]string{{"-10.01", "out_of_range v"}, {"-10", "-10.00"}, {"-9.99", "-9.99"}, {"-0.99", "out_of_range v"}}},
		{"type: double, exclusiveMinimum: 0, maximum: 1", [][2]string{{"0", "out_of_range v"}, {"1e-9", "1e-09"}, {"1", "1"}, {"1.1", "out_of_range v"}}},
		{`type: date, minimum: "2020-01-01", exclusiveMaximum: "2021-01-01"`, [][2]string{
			{`"2019-12-31"`, "out_of_range v"}, {`"2020-01-01"`, "2020-01-01"}, {`"2020-12-31"`, "2020-12-31"}, {`"2021-01-01"`, "out_of_range v"}}},
		{`type: timestamp, minimum: "2020-01-01T00:00:00Z"`, [][2]string{{`"2019-12-31T23:59:59.999999Z"`, "out_of_range v"}, {"1577836800", "2020-01-01T00:00:00Z"}}},
		{"type: bigint, multipleOf: 5", [][2]string{{"15", "15"}, {"-15", "-15"}, {"0", "0"}, {"16", "not_exact v"}}},
		{`type: "decimal(6,2)", multipleOf: 0.05`, [][2]string{{"1.15", "1.15"}, {"1.16", "not_exact v"}, {"-0.05", "-0.05"}}},
		{"type: varchar, minLength: 2, maxLength: 3", [][2]string{
			{`"a"`, "length v"}, {`"ab"`, "ab"}, {`"abc"`, "abc"}, {`"abcd"`, "length v"}, {`"äöü"`, "äöü"}, {`"\ud83d\ude00"`, "length v"},
			{`"\ud83d\ude00\ud83d\ude00\ud83d\ude00"`, "\U0001F600\U0001F600\U0001F600"}, {"12", "12"}, {"1", "length v"}}},
		{"type: varchar, pattern: '^[A-Z]{3}$'", [][2]string{{`"ABC"`, "ABC"}, {`"ABc"`, "pattern v"}}},
		{"type: varchar, enum: [new, paid, 7, 1.50]", [][2]string{{`"new"`, "new"}, {"7", "7"}, {"1.50", "1.50"}, {"1.5", "not_in_enum v"}, {`"New"`, "not_in_enum v"}}},
		{`type: "decimal(4,2)", enum: [1, 2.50]`, [][2]string{{"1.00", "1.00"}, {`"2.5"`, "2.50"}, {"3", "not_in_enum v"}}},
		{"type: bigint, const: 7", [][2]string{{"7", "7"}, {"8", "not_in_enum v"}}},
		{"type: boolean, const: true", [][2]string{{"true", "true"}, {"false", "not_in_enum v"}}},
		{"type: double, enum: [0.5]", [][2]string{{"5e-1", "0.5"}, {"0.6", "not_in_enum v"}}},
		{"type: uuid, enum: [123E4567-e89b-12d3-a456-426614174000]", [][2]string{
			{`"123e4567-E89B-12d3-a456-426614174000"`, "123e4567-e89b-12d3-a456-426614174000"}, {`"223e4567-e89b-12d3-a456-426614174000"`, "not_in_enum v"}}},
		{"type: bigint, required: true", [][2]string{{"null", "missing_field v"}, {"0", "0"}}},
		{"type: bigint, default: 5", [][2]string{{"null", "5"}, {"0", "0"}}},
		{`type: json, default: '{"a": [1]}'`, [][2]string{{"null", `{"a": [1]}`}}},
		{"type: bigint, empty_as_null: true", [][2]string{{`""`, "NULL"}, {`" "`, "wrong_type v"}, {"1", "1"}}},
		{"type: bigint, empty_as_null: true, required: true", [][2]string{{`""`, "missing_field v"}}},
		{"type: varchar, empty_as_null: true, default: none", [][2]string{{`""`, "none"}, {`"x"`, "x"}}},
		{"type: varchar, required: true", [][2]string{{`""`, ""}}},
	} {
		p := compile(t, one(group.column)).NewProcessor()
		for _, c := range group.cases {
			out := p.Process([]byte(`{"v": ` + c[0] + `}`))
			if got := outcome(out); got != c[1] {
				t.Errorf("%s: %s gives %s (%s), want %s", group.column, c[0], got, out.Detail, c[1])
			}
		}
	}
}

func TestFormats(t *testing.T) {
	for format, texts := range map[string]struct{ good, bad string }{
		"email":     {"a@b.c me+x@example.com o'neil@example.co.uk", "a a@ @b a@b@c a@-b a,b@c a@b..c ä@b.c"},
		"uri":       {"http://a.b/c?d=e#f mailto:a@b urn:isbn:1 https://[::1]/", "/a a //a http: :a http://a|b http://a/%2 1a:b http://ä"},
		"ipv4":      {"127.0.0.1 255.255.255.255", "256.1.1.1 1.2.3 01.2.3.4 ::1 a"},
		"ipv6":      {"::1 2001:db8::8a2e:370:7334 ::ffff:1.2.3.4", "1.2.3.4 ::g fe80::1%eth0 :::"},
		"hostname":  {"localhost a.b-c.d 3com.com", "-a a- a..b a_b . ä.de"},
		"uuid":      {"123e4567-e89b-12d3-a456-426614174000 123E4567-E89B-12D3-A456-426614174000", "123e4567 x"},
		"date":      {"2026-11-22 2024-02-29", "2026-02-29 22.11.2026 2026-11-2"},
		"time":      {"05:00:00Z 23:59:59.5+01:00", "05:00:00 24:00:00Z 5:00:00Z"},
		"date-time": {"2026-11-22T05:00:00Z 2026-11-22t05:00:00.25-01:00", "2026-11-22 2026-11-22T05:00:00 x"},
	} {
		p := compile(t, one("type: varchar, format: "+format)).NewProcessor()
		for want, list := range map[Verdict]string{Accepted: texts.good, Quarantined: texts.bad} {
			for _, text := range strings.Fields(list) {
				out := p.Process([]byte(`{"v": ` + quote(text) + `}`))
				if out.Verdict != want || want == Quarantined && out.Reason != event.ReasonFormat {
					t.Errorf("%s as %s: %+v", text, format, out)
				}
			}
		}
	}
}

func TestPersonalDataIsProtectedAndNeverShown(t *testing.T) {
	for _, c := range [][3]string{
		{"type: varchar, pii: mask", `"+44 555 123456"`, "***********456"},
		{"type: varchar, pii: mask", `"jane.doe@example.com"`, "****************.com"},
		{"type: varchar, pii: mask", `"abc"`, "***"},
		{"type: varchar, pii: mask", `"Köln"`, "***n"},
		{"type: varchar, pii: mask", `""`, ""},
		{"type: varchar, pii: mask", `null`, "NULL"},
		{"type: varchar, pii: hash", `"abc"`, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"type: varchar, pii: hash, salt: 0123456789abcdef", `"abc"`, salted("0123456789abcdef", "abc")},
		{"type: bigint, pii: drop", "17", "NULL"},
		{"type: bigint, pii: drop, default: 5", "null", "NULL"},
		{"type: varchar, pii: mask, default: unknown", "null", "******n"},
	} {
		p := compile(t, one(c[0])).NewProcessor()
		got := outcome(p.Process([]byte(`{"v": ` + c[1] + `}`)))
		if got != c[2] {
			t.Errorf("%s of %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
	const secret = "s3cret-4711"
	for _, column := range []string{
		"type: varchar, pii: mask, maxLength: 3", "type: varchar, pii: hash, format: email", "type: bigint, pii: drop",
		"type: varchar, pii: mask, enum: [a]", "type: timestamp, pii: drop", "type: varchar, pii: drop, pattern: '^x'",
	} {
		out := compile(t, one(column)).NewProcessor().Process([]byte(`{"v": "` + secret + `"}`))
		if out.Verdict != Quarantined || strings.Contains(out.Detail, "s3cret") {
			t.Errorf("%s: %+v", column, out)
		}
	}
	if table := compile(t, one("type: varchar, pii: drop, required: true")).Table("t"); table.Columns[0].Required {
		t.Error("a column that is always NULL is required in the table")
	}
}

// salted is HMAC-SHA256 by its definition.
func salted(salt, text string) string {
	key := append([]byte(salt), make([]byte, 64-len(salt))...)
	pad := func(with byte) []byte {
		out := bytes.Clone(key)
		for i := range out {
			out[i] ^= with
		}
		return out
	}
	inner := sha256.Sum256(append(pad(0x36), text...))
	outer := sha256.Sum256(append(pad(0x5c), inner[:]...))
	return hex.EncodeToString(outer[:])
}

func TestFieldsAreFoundByPath(t *testing.T) {
	p := compile(t, `
table: t
columns:
  - {name: city, type: varchar, from: customer.address.city}
  - {name: name, type: varchar, from: customer.name}
  - {name: first, type: bigint, from: "items[0].n"}
  - {name: odd, type: bigint, from: "$['odd.name']"}
  - {name: customer, type: json}
  - {name: plain, type: bigint}
`).NewProcessor()
	for in, want := range map[string]string{
		`{"customer": {"address": {"city": "Oslo"}, "name": "A"}, "items": [{"n": 1}, {"n": 2}], "odd.name": 3, "plain": 4}`: `Oslo|A|1|3|{"address": {"city": "Oslo"}, "name": "A"}|4`,
		`{}`:                              "NULL|NULL|NULL|NULL|NULL|NULL",
		`{"customer": 5, "items": {}}`:    "NULL|NULL|NULL|NULL|5|NULL",
		`{"plain": 1, "plain": 2}`:        "NULL|NULL|NULL|NULL|NULL|2",
		`{"\u0070lain": 1}`:               "NULL|NULL|NULL|NULL|NULL|1",
		`[{"plain": 1}]`:                  "no_contract",
		`"plain"`:                         "no_contract",
		`null`:                            "no_contract",
		` { "plain" : 1 } `:               "NULL|NULL|NULL|NULL|NULL|1",
		"\ufeff{}":                        "not_json",
		`{"plain": 1}{"plain": 2}`:        "not_json",
		`{"customer": {"address": null}}`: `NULL|NULL|NULL|NULL|{"address": null}|NULL`,
	} {
		if got := outcome(p.Process([]byte(in))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestWholeEventsCanBeKept(t *testing.T) {
	p := compile(t, "table: raw\ncolumns:\n  - {name: event, type: json, from: $}\n  - {name: first, type: bigint, from: \"$[0]\"}\n").NewProcessor()
	for in, want := range map[string]string{
		`{"a": 1}`: `{"a": 1}|NULL`, ` [7, 8] `: `[7, 8]|7`, `"x"`: `"x"|NULL`, `null`: "NULL|NULL", `12.50`: "12.50|NULL",
	} {
		if got := outcome(p.Process([]byte(in))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestUnknownFields(t *testing.T) {
	const columns = "\ncolumns:\n  - {name: a, type: bigint}\n  - {name: b, type: bigint, from: nested.b}\n"
	ignore := compile(t, "table: t\non_unknown_field: ignore"+columns).NewProcessor()
	quarantine := compile(t, "table: t\non_unknown_field: quarantine"+columns).NewProcessor()
	for in, want := range map[string][2]string{
		`{"a": 1}`:                                {"1|NULL", "1|NULL"},
		`{"a": 1, "nested": {"c": 1}}`:            {"1|NULL", "1|NULL"},
		`{"a": 1, "x": 1, "y": 2}`:                {"1|NULL", "unknown_field x"},
		`{"a": "no", "x": 1}`:                     {"wrong_type a", "wrong_type a"},
		`{"` + strings.Repeat("é", 300) + `": 1}`: {"NULL|NULL", "unknown_field " + strings.Repeat("é", 98) + "..."},
	} {
		if got := outcome(ignore.Process([]byte(in))); got != want[0] {
			t.Errorf("ignore %s: %s, want %s", in, got, want[0])
		}
		if got := outcome(quarantine.Process([]byte(in))); got != want[1] {
			t.Errorf("quarantine %s: %s, want %s", in, got, want[1])
		}
	}
}

func TestDetailsAreShortAndReadable(t *testing.T) {
	p := compile(t, one("type: bigint, from: a.b")).NewProcessor()
	for _, value := range []string{
		quote(strings.Repeat("x", 1000)), quote(strings.Repeat("\U0001F600", 100)), quote("a" + strings.Repeat("é", 100)), `"\u0000\u0001\ud800"`,
		strings.Repeat("9", 500), "[" + strings.Repeat("1,", 500) + "1]", quote("line\nbreak\x7f\u200b"),
	} {
		out := p.Process([]byte(`{"a": {"b": ` + value + `}}`))
		if out.Verdict != Quarantined || out.Detail == "" || len(out.Detail) > maxDetail || !utf8.ValidString(out.Detail) ||
			strings.ContainsAny(out.Detail, "\x00\n\x7f") {
			t.Errorf("%.60s: %q", value, out.Detail)
		}
	}
	out := p.Process([]byte(`{"a": {"b": "17850.5"}}`))
	if want := `a.b: "17850.5" is not a whole number; rounding is not declared`; out.Detail != want {
		t.Errorf("detail %q, want %q", out.Detail, want)
	}
}

func TestTooLarge(t *testing.T) {
	p := compile(t, one("type: varchar")).NewProcessor()
	large := []byte(`{"v": "` + strings.Repeat("x", MaxEventBytes-9) + `"}`)
	if out := p.Process(large); out.Verdict != Accepted || len(out.Row[0].Bytes) != MaxEventBytes-9 {
		t.Errorf("10 MiB: %s", outcome(out))
	}
	if got := outcome(p.Process(append(large, ' '))); got != "too_large" {
		t.Errorf("a byte more: %s", got)
	}
	nested := func(n int) []byte { return []byte(`{"v":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`) }
	p = compile(t, one("type: json")).NewProcessor()
	for n, want := range map[int]Verdict{255: Accepted, 256: Quarantined, 100_000: Quarantined} {
		if out := p.Process(nested(n)); out.Verdict != want || want == Quarantined && out.Reason != event.ReasonTooDeep {
			t.Errorf("%d levels: %v %s", n, out.Verdict, out.Reason)
		}
	}
}

func TestPanicsQuarantineTheirEvent(t *testing.T) {
	p := compile(t, one("type: varchar")).NewProcessor()
	whole := p.row
	p.row = nil
	if got := outcome(p.Process([]byte(`{"v": "x"}`))); got != "internal_error" {
		t.Errorf("without memory for the row: %s", got)
	}
	p.row = whole
	if got := outcome(p.Process([]byte(`{"v": "x"}`))); got != "x" {
		t.Errorf("after a panic: %s", got)
	}
}

// JSONTestSuite: what must be accepted is never not_json, and what must not always is.
func TestJSONTestSuite(t *testing.T) {
	dir := shared(t, "edge/json")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := compile(t, "table: raw\ncolumns:\n  - {name: event, type: json, from: $}\n").NewProcessor()
	checked := 0
	for _, file := range files {
		kind, _, _ := strings.Cut(file.Name(), "_")
		if kind != "y" && kind != "n" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(dir, file.Name()))
		if err != nil {
			t.Fatal(err)
		}
		checked++
		out := p.Process(data)
		if isNot := out.Verdict == Quarantined && out.Reason == event.ReasonNotJSON; isNot != (kind == "n") {
			t.Errorf("%s: %s (%s)", file.Name(), outcome(out), out.Detail)
		}
	}
	if checked < 180 {
		t.Errorf("only %d files", checked)
	}
}

// Naughty strings go through unchanged, into varchar and json columns.
func TestNaughtyStringsStayWhatTheyAre(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(shared(t, "edge/strings"), "blns.json"))
	if err != nil {
		t.Fatal(err)
	}
	var naughty []string
	if err := json.Unmarshal(text, &naughty); err != nil {
		t.Fatal(err)
	}
	p := compile(t, "table: t\ncolumns:\n  - {name: v, type: varchar}\n  - {name: w, type: json, from: v}\n").NewProcessor()
	for _, s := range naughty {
		out := p.Process([]byte(`{"v": ` + quote(s) + `}`))
		if out.Verdict != Accepted || !bytes.Equal(out.Row[0].Bytes, []byte(s)) || string(out.Row[1].Bytes) != quote(s) {
			t.Errorf("%q: %s", s, outcome(out))
		}
	}
	if len(naughty) < 500 {
		t.Errorf("only %d strings", len(naughty))
	}
}

func TestProcessingAllocatesNothing(t *testing.T) {
	p := exampleSet(t, "orders/contracts/orders.yaml").NewProcessor()
	data := []byte(order)
	if n := testing.AllocsPerRun(200, func() { p.Process(data) }); n > 0 {
		t.Errorf("%v allocations for an accepted event", n)
	}
}

func TestProcessorsShareASet(t *testing.T) {
	set := exampleSet(t, "orders/contracts/orders.yaml")
	want := outcome(set.NewProcessor().Process([]byte(order)))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			p := set.NewProcessor()
			for range 500 {
				if got := outcome(p.Process([]byte(order))); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
		})
	}
	all.Wait()
}
