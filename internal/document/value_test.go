package document

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

const order = `{"id": 1234567, "order_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "customer_id": 4711, ` +
	`"product_name": "Ergonomic Steel Chair", "product_quantity": 2, "product_price": 19.90, ` +
	`"phone_number": "+49 30 901820", "address": "12 Main Street", "city": "Berlin", "country": "Germany", ` +
	`"order_cost": 39.80, "order_date": "2026-11-22T05:00:00Z", "generate_date": "2026-11-22T05:00:01Z"}`

// same compares a document with what encoding/json made of it.
func same(t *testing.T, v Value, want any) {
	t.Helper()
	switch want := want.(type) {
	case nil:
		if v.Kind() != Null {
			t.Fatalf("%s is %v, want null", v.Raw(), v.Kind())
		}
	case bool:
		if v.Kind() != Bool || v.Bool() != want {
			t.Fatalf("%s is %v, want %v", v.Raw(), v.Bool(), want)
		}
	case json.Number:
		if string(v.Number()) != string(want) {
			t.Fatalf("%s: Number %s, want %s", v.Raw(), v.Number(), want)
		}
	case string:
		if v.Kind() != String || string(v.Text()) != want || !utf8.Valid(v.Text()) {
			t.Fatalf("%s is %q, want %q", v.Raw(), v.Text(), want)
		}
	case []any:
		if v.Kind() != Array || v.Len() != len(want) {
			t.Fatalf("%s: %v of %d, want %d elements", v.Raw(), v.Kind(), v.Len(), len(want))
		}
		i := 0
		for item := range v.Items() {
			same(t, item, want[i])
			i++
		}
		if i > 0 && v.Index(i-1).at != v.Index(len(want)-1).at || v.Index(i).Exists() {
			t.Fatalf("%s: walked %d elements", v.Raw(), i)
		}
	case map[string]any:
		names := map[string]bool{}
		for name := range v.Fields() {
			names[string(name.Text())] = true
		}
		if v.Kind() != Object || len(names) != len(want) {
			t.Fatalf("%s: %v with fields %v, want %v", v.Raw(), v.Kind(), names, want)
		}
		for name, field := range want {
			same(t, v.Get(name), field)
		}
	}
}

func parse(t testing.TB, text string) Value {
	t.Helper()
	v, err := new(Parser).Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestMissingAnswersEverything(t *testing.T) {
	for _, v := range []Value{{}, parse(t, `{"a":1}`).Get("b"), parse(t, `1`).Get("a"), parse(t, `[1]`).Index(1), parse(t, `[1]`).Index(-1), parse(t, `"ab"`).Index(0)} {
		if v.Kind() != Missing || v.Exists() || v.Get("a").Exists() || v.Index(0).Exists() || v.Len() != 0 ||
			v.Text() != nil || v.TextProblem() != 0 || v.Number() != nil || v.Bool() || v.Raw() != nil {
			t.Errorf("%+v", v)
		}
		for range v.Items() {
			t.Error("an element of nothing")
		}
		for range v.Fields() {
			t.Error("a field of nothing")
		}
	}
	if Missing.String() != "missing" {
		t.Error(Missing.String())
	}
}

func TestLastOfRepeatedNamesCounts(t *testing.T) {
	v := parse(t, `{"a":1,"b":2,"a":3,"\u0061":{"x":4}}`)
	if got := string(v.Get("a").Raw()); got != `{"x":4}` {
		t.Errorf("a is %s", got)
	}
	if v.Len() != 4 {
		t.Errorf("%d fields", v.Len())
	}
	slots := make([]Value, 2)
	NewFields([]string{"b", "a"}).Fill(v, slots)
	if string(slots[0].Raw()) != "2" || string(slots[1].Raw()) != `{"x":4}` {
		t.Errorf("b is %s, a is %s", slots[0].Raw(), slots[1].Raw())
	}
}

func TestTextProblems(t *testing.T) {
	tests := []struct {
		json, text string
		want       Problem
	}{
		{`"abc"`, "abc", 0},
		{`"\u0061\t\/"`, "a\t/", 0},
		{`"a\u0000b"`, "a\x00b", HoldsNUL},
		{`"\ud83d\ude00"`, "😀", 0},
		{`"\uD83D\uDE00"`, "😀", 0},
		{`"\ud83dx"`, "\ufffdx", HoldsLoneSurrogate},
		{`"\ude00"`, "\ufffd", HoldsLoneSurrogate},
		{`"\ud83d\ud83d\ude00"`, "\ufffd😀", HoldsLoneSurrogate},
		{`"\ud83d\u0041"`, "\ufffdA", HoldsLoneSurrogate},
		{`"\ud83d\n"`, "\ufffd\n", HoldsLoneSurrogate},
		{`"\ud83d\u0000"`, "\ufffd\x00", HoldsNUL | HoldsLoneSurrogate},
		{`"\ufffd"`, "\ufffd", 0},
		{`"` + "\u00e9😀" + `"`, "é😀", 0},
	}
	for _, test := range tests {
		v := parse(t, test.json)
		if string(v.Text()) != test.text || v.TextProblem() != test.want {
			t.Errorf("%s: %q, %q", test.json, v.Text(), v.TextProblem())
		}
		if (v.TextProblem().String() == "") != (test.want == 0) {
			t.Errorf("%s: %q", test.json, v.TextProblem())
		}
	}
}

func TestTextProblemsOfWholes(t *testing.T) {
	v := parse(t, `{"clean":[1,"a\n",{}],"nul":[["\u0000"],{}],"half":{"\ud800":1},"after":["x"]}`)
	for name, want := range map[string]Problem{"clean": 0, "nul": HoldsNUL, "half": HoldsLoneSurrogate, "after": 0} {
		if got := v.Get(name).TextProblem(); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	if got := v.TextProblem(); got != HoldsNUL|HoldsLoneSurrogate {
		t.Errorf("the whole: %v", got)
	}
}

func TestInt64(t *testing.T) {
	tests := []struct {
		text string
		want int64
		ok   bool
	}{
		{"0", 0, true}, {"-0", 0, true}, {"42", 42, true}, {"-42", -42, true},
		{"9223372036854775807", math.MaxInt64, true}, {"9223372036854775808", 0, false},
		{"-9223372036854775808", math.MinInt64, true}, {"-9223372036854775809", 0, false},
		{"9999999999999999999", 0, false}, {"10000000000000000000", 0, false},
		{strings.Repeat("9", 400), 0, false},
		{"1.0", 0, false}, {"1e2", 0, false}, {`"1"`, 0, false}, {"true", 0, false},
	}
	for _, test := range tests {
		if got, ok := parse(t, test.text).Int64(); got != test.want || ok != test.ok {
			t.Errorf("%s: %d, %v", test.text, got, ok)
		}
	}
}

func TestNumbersKeepTheirText(t *testing.T) {
	for _, text := range []string{"-0", "0.10", "1E+999999999", "1e-400", strings.Repeat("7", 400), "-1.50e3"} {
		if v := parse(t, " ["+text+" ]").Index(0); string(v.Number()) != text || string(v.Raw()) != text {
			t.Errorf("%s became %s", text, v.Number())
		}
	}
}

func TestFill(t *testing.T) {
	// Names that differ in the middle only, and one as long as it gets.
	names := []string{"product_name", "product_price", "product_quantity", "a", "b", "", strings.Repeat("x", 300),
		"id_0001_column", "id_0002_column", "id", "order_date", "Name", "name", "mane", "product_price"}
	f := NewFields(names)
	if f.Len() != len(names) {
		t.Fatal(f.Len())
	}
	object := map[string]any{"stranger": 1}
	for i, name := range names[:14] {
		object[name] = i
	}
	text, _ := json.Marshal(object)
	slots := make([]Value, len(names))
	unknown := f.Fill(parse(t, string(text)), slots)
	if string(unknown.Text()) != "stranger" {
		t.Errorf("unknown is %q", unknown.Text())
	}
	for i := range names[:14] {
		if n, ok := slots[i].Int64(); !ok || n != int64(i) {
			t.Errorf("%q: %s", names[i], slots[i].Raw())
		}
	}
	if slots[14].Exists() {
		t.Error("a name's second slot was filled")
	}
	if unknown := f.Fill(parse(t, `{"a":null}`), slots); unknown.Exists() || slots[0].Exists() || slots[3].Kind() != Null {
		t.Error("slots of the last object remain")
	}
	if unknown := f.Fill(parse(t, `[1]`), slots); unknown.Exists() || slots[3].Exists() {
		t.Error("an array filled slots")
	}
	if unknown := NewFields(nil).Fill(parse(t, `{"a":1}`), nil); string(unknown.Text()) != "a" {
		t.Error("no names, yet nothing unknown")
	}
}

func TestFieldsStopWhenTold(t *testing.T) {
	var seen []string
	for name := range parse(t, `{"a":1,"b":2,"c":3}`).Fields() {
		seen = append(seen, string(name.Text()))
		if len(seen) == 2 {
			break
		}
	}
	for v := range parse(t, `[7,8]`).Items() {
		seen = append(seen, string(v.Raw()))
		break
	}
	if !slices.Equal(seen, []string{"a", "b", "7"}) {
		t.Error(seen)
	}
}

func TestASpanIsWhereTheValueStands(t *testing.T) {
	const text = ` {"a" : [ 1, "é\n" ] }`
	var p Parser
	root, err := p.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []Value{root, root.Get("a"), root.Get("a").Index(0), root.Get("a").Index(1)} {
		if from, to := v.Span(); text[from:to] != string(v.Raw()) {
			t.Errorf("%q stands at %d to %d, where %q is", v.Raw(), from, to, text[from:to])
		}
	}
	if from, to := (Value{}).Span(); from != 0 || to != 0 {
		t.Errorf("a missing value stands at %d to %d", from, to)
	}
}
