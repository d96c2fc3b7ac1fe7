package expression

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/penstock/penstock/internal/document"
)

const sample = `{"id":1234567,"order_id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","customer":{"id":4711,"tags":["a","b"],"mail":" X@Example.COM "},` +
	`"price":19.90,"quantity":2,"tenth":0.1,"whole":7.0,"zero":0,"negative":-2.5,"exp":1e3,"big":12345678901234567890,"digits":` + digits400 + `,` +
	`"absurd":1E+999999999,"tiny":1e-400,"minus":-0,"text":"17850.0","int_text":"42","empty":"","ok":true,"no":false,"nothing":null,` +
	`"list":[1,2.5,"x",null,[1],{"a":1}],"items":[{"p":1.10,"q":3},{"p":2,"q":0.5}],"half":"a\ud800b","nul":"a\u0000b","accent":"Größe😀",` +
	`"when":"2026-11-22T05:00:00Z","odd key":"odd","twice":1,"twice":2,"nested":{"x":1,"x":1,"y":{"z":null}},"same":{"y":{"z":null},"x":1.0}}`

const digits400 = "7777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777" +
	"7777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777" +
	"7777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777" +
	"7777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777777"

func event(t testing.TB, text string) document.Value {
	t.Helper()
	v, err := new(document.Parser).Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func compile(t testing.TB, source string) *Program {
	t.Helper()
	p, err := Compile(source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return p
}

// show is a result as a test writes it: texts in quotes, errors as their fault.
func show(r Result, err error) string {
	var e *EvalError
	switch {
	case errors.As(err, &e):
		return [...]string{"", "missing", "type", "range", "text", "cost"}[e.Fault]
	case err != nil:
		return "not an EvalError: " + err.Error()
	case r.Kind == Null:
		return "null"
	case r.Kind == Bool && r.Bool:
		return "true"
	case r.Kind == Bool:
		return "false"
	case r.Kind == Text:
		return `"` + string(r.Bytes) + `"`
	}
	return string(r.Bytes)
}

// results is what each expression gives for the order above.
var results = []struct{ source, want string }{
	// Numbers are exact.
	{`event.price * event.quantity`, "39.80"},
	{`1.1 * 3`, "3.3"},
	{`0.1 + 0.2 == 0.3`, "true"},
	{`event.tenth * 3 == 0.3`, "true"},
	{`0.1`, "0.1"},
	{`0.12345678901234567890123`, "0.12345678901234567890123"},
	{`-0.5e1`, "-5"},
	{`1 -  0.50`, "0.50"},
	{`-  0.25 + 1`, "0.75"},
	{`7 / 2`, "3.5"},
	{`event.quantity / 3`, "0.66666666666666666666666666666666666667"},
	{`event.quantity / event.zero`, "range"},
	{`event.quantity % event.zero`, "range"},
	{`7 % 4 + 7.5 % 2`, "4.5"},
	{`-7 % 4`, "-3"},
	{`event.whole == 7`, "true"},
	{`event.whole`, "7.0"},
	{`event.whole + 0`, "7.0"},
	{`event.exp`, "1e3"},
	{`event.exp + 0`, "1000"},
	{`event.minus`, "-0"},
	{`event.minus + 0`, "0"},
	{`-event.price`, "-19.90"},
	{`9223372036854775807 + 1`, "9223372036854775808"},
	{`event.big + 1`, "12345678901234567891"},
	{`event.big == 12345678901234567890.0`, "true"},
	{`event.digits - event.digits`, "0"},
	{`event.digits > event.big`, "true"},
	{`event.digits * event.digits * event.digits`, "range"},
	{`event.absurd`, "1E+999999999"},
	{`event.absurd + 0`, "range"},
	{`event.absurd == 1`, "range"},
	{`has(event.absurd)`, "true"},
	{`event.tiny * 0 == 0`, "true"},
	{`event.tiny > 0`, "true"},
	{`3u + event.quantity`, "5"},
	{`event.quantity < 2.5 && 2.5 > event.quantity && event.quantity <= 2 && event.quantity >= 2.0`, "true"},
	{`event.price > 20`, "false"},
	{`event.negative < 0`, "true"},
	{`round(event.negative)`, "-3"},
	{`round(1.005, 2)`, "1.01"},
	{`round(event.price, 5)`, "19.90"},
	{`round(1250, -2)`, "1300"},
	{`round(event.price, 0.5)`, "range"},
	{`round(event.price, 2000)`, "range"},
	{`floor(event.negative)`, "-3"},
	{`ceil(event.negative)`, "-2"},
	{`abs(event.negative)`, "2.5"},
	{`min(event.price, 3, 2.5)`, "2.5"},
	{`max(event.price, 3)`, "19.90"},
	{`max([1, 2.5, event.zero])`, "2.5"},
	{`min([])`, "range"},
	{`min(event.list)`, "type"},
	{`int(event.price)`, "19"},
	{`int(event.negative)`, "-2"},
	{`int(event.int_text)`, "42"},
	{`int(event.text)`, "range"},
	{`int(event.order_id)`, "range"},
	{`int(event.ok)`, "type"},
	{`uint("5")`, "5"},
	{`uint(event.negative)`, "range"},
	{`decimal(event.text)`, "17850.0"},
	{`decimal("0.10") * 3`, "0.30"},
	{`decimal("abc")`, "range"},
	{`decimal(event.ok)`, "type"},
	{`double(event.price)`, "19.90"},
	{`double("1.10")`, "1.10"},
	{`string(event.price)`, `"19.90"`},
	{`string(event.id)`, `"1234567"`},
	{`string(event.exp)`, `"1000"`},
	{`string(event.ok) + string(event.order_id).substring(0, 3)`, `"true3fa"`},
	{`string(event.nothing)`, `"null"`},
	{`string(event.list)`, "type"},
	{`event.price + "x"`, "type"},
	{`"x" + event.price`, "type"},
	{`event.ok + 1`, "type"},
	{`event.text * 2`, "type"},
	{`-event.text`, "type"},
	{`event.text < 5`, "type"},
	{`abs(event.text)`, "type"},
	{`round(event.text)`, "type"},

	// Fields.
	{`event.customer.id`, "4711"},
	{`event["odd key"]`, `"odd"`},
	{`event.customer["tags"][1]`, `"b"`},
	{`event.customer.tags`, `["a","b"]`},
	{`event.twice`, "2"},
	{`event.missing`, "missing"},
	{`event.missing.x`, "missing"},
	{`event.ok.x`, "missing"},
	{`event.nothing.x`, "missing"},
	{`event.list.x`, "type"},
	{`event.list[9]`, "range"},
	{`event.list[-1]`, "range"},
	{`event.list[event.zero]`, "1"},
	{`event.list[4 / 2]`, `"x"`},
	{`event.list[event.price]`, "type"},
	{`event.nested[0]`, "missing"},
	{`event[event.text]`, "missing"},
	{`event["customer"]["id"] == 4711`, "true"},
	{`has(event.order_id)`, "true"},
	{`has(event.nothing)`, "true"},
	{`has(event.missing)`, "false"},
	{`has(event.customer.mail) && !has(event.customer.name)`, "true"},
	{`has(event.missing.x)`, "missing"},
	{`has(event.ok.x)`, "false"},
	{`has(event.list.x)`, "type"},
	{`has(event.half)`, "true"},
	{`has({"a": 1}.a)`, "true"},
	{`event.nothing == null`, "true"},
	{`event.ok == null`, "false"},
	{`null == null`, "true"},
	{`null`, "null"},
	{`event.nothing`, "null"},

	// Logic.
	{`event.ok && event.no`, "false"},
	{`event.ok || event.missing`, "true"},
	{`event.missing || event.ok`, "true"},
	{`event.missing && event.no`, "false"},
	{`event.missing && event.ok`, "missing"},
	{`event.price && event.ok`, "type"},
	{`!event.ok`, "false"},
	{`!event.price`, "type"},
	{`event.ok ? event.price : event.missing`, "19.90"},
	{`event.no ? event.price : "none"`, `"none"`},
	{`event.price ? 1 : 2`, "type"},
	{`event.ok ? 0.9 : 1`, "0.9"},
	{`(event.ok ? event.price : 1) * 2`, "39.80"},
	{`(event.ok ? event.price : 1) > 2`, "true"},
	{`(event.ok ? event.text : "a").size()`, "7"},
	{`event.ok ? event.ok : false`, "true"},
	{`true`, "true"},

	// Equality.
	{`event.ok == true`, "true"},
	{`event.ok != event.no`, "true"},
	{`event.price == "19.90"`, "false"},
	{`event.text != 17850`, "true"},
	{`event.nested == event.same`, "true"},
	{`event.nested != event.same`, "false"},
	{`event.list == [1.0, 2.50, "x", null, [1], {"a": 1}]`, "true"},
	{`event.list == event.items`, "false"},
	{`{"a": 1.0} == {"a": 1}`, "true"},
	{`event.customer.tags == ["a", "b"]`, "true"},

	// Membership.
	{`event.quantity in [1, 2.0]`, "true"},
	{`event.price in [1, 2.0]`, "false"},
	{`event.text in ["a", event.text]`, "true"},
	{`event.text in ["a", event.missing]`, "missing"},
	{`"a" in event.customer.tags`, "true"},
	{`2.50 in event.list`, "true"},
	{`"absent" in event.list`, "false"},
	{`[1] in event.list`, "true"},
	{`"id" in event.customer`, "true"},
	{`"name" in event.customer`, "false"},
	{`1 in event.customer`, "false"},
	{`1 in event.price`, "type"},
	{`event.nested in [event.same]`, "true"},

	// Texts.
	{`event.customer.mail.trim().lowerAscii()`, `"x@example.com"`},
	{`event.accent.upperAscii()`, `"GRößE😀"`},
	{`size(event.accent)`, "6"},
	{`event.accent.size() + size(event.list) + size(event.nested)`, "14"},
	{`size(event.price)`, "type"},
	{`event.order_id.startsWith("3fa")`, "true"},
	{`event.order_id.endsWith("x")`, "false"},
	{`event.order_id.contains(event.int_text)`, "false"},
	{`event.price.startsWith("1")`, "type"},
	{`event.order_id.matches("^[0-9a-f-]{36}$")`, "true"},
	{`event.order_id.matches("^" + "3")`, "true"},
	{`event.text.matches(event.half)`, "text"},
	{`event.text + "-" + event.int_text`, `"17850.0-42"`},
	{`event.text < "2"`, "true"},
	{`event.no < event.ok`, "true"},
	{`event.ok <= event.no`, "false"},
	{`event.text.replace(".0", "").split("8")`, `["17","50"]`},
	{`event.half`, "text"},
	{`event.half == "a"`, "text"},
	{`event.half + "x"`, "text"},
	{`event.nul`, "text"},
	{`event.nul == "a\u0000b"`, "true"},
	{`event.nul.size()`, "3"},
	{`event.nul + "x"`, "text"},
	{`"%s %d %.2f %.1f%% %f".format([event.text, event.whole, event.price / 3, event.quantity, 1.5])`, `"17850.0 7 6.63 2.0% 1.500000"`},
	{`"%d".format([event.price])`, "type"},
	{`"%s".format([event.list])`, "type"},
	{`"%x".format([255])`, "range"},
	{`"%s %s".format(["a"])`, "range"},
	{`"%.2f".format([1.005])`, `"1.01"`},
	{`"%.101f".format([1.005])`, "range"},
	{`event.customer.tags.join("+")`, `"a+b"`},
	{`"abc".charAt(event.quantity)`, `"c"`},
	{`"a,b".split(",")[event.zero]`, `"a"`},
	{`base64.encode(bytes("hi"))`, `"aGk="`},
	{`bytes("hi")`, "type"},

	// Lists and objects.
	{`event.items.all(i, i.p * i.q > 1)`, "false"},
	{`event.items.exists(i, i.p * i.q == 3.3)`, "true"},
	{`event.items.map(i, i.p * i.q)`, "[3.30,1.0]"},
	{`event.items.filter(i, i.q > 1)`, `[{"p":1.10,"q":3}]`},
	{`event.customer.map(k, k)`, `["id","tags","mail"]`},
	{`{"z": event.price, "a": [event.ok, null, "q\"\n\u0001"], "m": event.items}`, `{"z":19.90,"a":[true,null,"q\"\n\u0001"],"m":[{"p":1.10,"q":3},{"p":2,"q":0.5}]}`},
	{`{"b": 1, "a": 2}.map(k, k)`, `["b","a"]`},
	{`{1: "x"}`, `{"1":"x"}`},
	{`{0.5: "x"}`, "type"},
	{`[event.half]`, "text"},
	{`[1] + event.customer.tags`, `[1,"a","b"]`},
	{`event.customer.tags + event.customer.tags`, `["a","b","a","b"]`},
	{`event.ok ? event.items : []`, `[{"p":1.10,"q":3},{"p":2,"q":0.5}]`},
	{`cel.bind(x, event.price, x * x)`, "396.0100"},
	{`event.list.filter(x, type(x) == string)`, `["x"]`},

	// Time, without a clock.
	{`timestamp(event.when)`, `"2026-11-22T05:00:00Z"`},
	{`timestamp(event.when) + duration("90m")`, `"2026-11-22T06:30:00Z"`},
	{`timestamp(event.when).getHours("Europe/Berlin")`, "6"},
	{`timestamp(event.when).getHours()`, "5"},
	{`timestamp(event.when) - timestamp("2026-11-22T04:00:00Z") > duration("30m")`, "true"},
	{`timestamp(event.text)`, "type"},
	{`int(timestamp(event.when))`, "1795323600"},
	{`timestamp(1795323600)`, `"2026-11-22T05:00:00Z"`},
	{`timestamp(event.when) < timestamp(event.id)`, "false"},
	{`duration("1h30m")`, `"1h30m0s"`},
}

func TestResults(t *testing.T) {
	ev := event(t, sample)
	for _, test := range results {
		p := compile(t, test.source)
		if got := show(p.Value(ev, new(Scratch))); got != test.want {
			t.Errorf("%s: got %s, want %s", test.source, got, test.want)
		}
		is, err := p.Bool(ev, new(Scratch))
		switch {
		case test.want == "true" || test.want == "false":
			if err != nil || is != (test.want == "true") {
				t.Errorf("%s: Bool is %v, %v", test.source, is, err)
			}
		case err == nil:
			t.Errorf("%s: Bool is %v, want an error", test.source, is)
		}
	}
}

func TestBothWaysAgreeOnTheTable(t *testing.T) {
	ev := event(t, sample)
	fast := 0
	for _, test := range results {
		p := compile(t, test.source)
		if p.value != nil && p.path == nil {
			fast++
		}
		agree(t, p, ev)
	}
	if fast < len(results)/2 {
		t.Errorf("only %d of %d expressions go the fast way", fast, len(results))
	}
}

// agree holds the fast way to cel-go's. Where an expression has several faults, each may name its own.
func agree(t *testing.T, p *Program, ev document.Value) {
	t.Helper()
	full := *p
	full.path, full.truth, full.value, full.number = nil, nil, nil, nil
	result, wantErr := full.Value(ev, new(Scratch))
	want := show(result, wantErr)
	if p.value != nil && p.path == nil {
		result, err := p.Value(ev, new(Scratch))
		if got := show(result, err); got != want && (err == nil || wantErr == nil) {
			t.Errorf("%s on %s: the fast way gives %s, cel-go %s", p.source, ev.Raw(), got, want)
		}
	}
	if p.truth != nil {
		is, err := p.Bool(ev, new(Scratch))
		wantIs, wantErr := full.Bool(ev, new(Scratch))
		if is != wantIs || (err == nil) != (wantErr == nil) {
			t.Errorf("%s on %s: the fast truth is %v, %v, cel-go's %v, %v", p.source, ev.Raw(), is, err, wantIs, wantErr)
		}
	}
}

func TestMissingFieldIsNamed(t *testing.T) {
	ev := event(t, `{"customer":{}}`)
	for source, want := range map[string]string{
		`event.customer.id`:                      "customer.id",
		`event.a.b.c`:                            "a",
		`event.customer.tags[0] + 1`:             "customer.tags",
		`event["odd key"] * 2`:                   "odd key",
		`event.customer.list.all(x, x.y)`:        "list",
		`[1].all(x, event.customer.name == "x")`: "name",
	} {
		_, err := compile(t, source).Value(ev, new(Scratch))
		var e *EvalError
		if !errors.As(err, &e) || e.Fault != MissingField || e.Field != want || !strings.Contains(e.Message, want) {
			t.Errorf("%s: %+v", source, e)
		}
	}
}

func TestFaultsNameTheField(t *testing.T) {
	ev := event(t, sample)
	for source, want := range map[string]string{
		`event.text * 2`:              "text: a number is needed",
		`event.absurd + 1`:            "absurd: the number has more than 1,000 digits before or after the point",
		`event.absurd == 1`:           "absurd: the number has more than 1,000 digits before or after the point",
		`event.half`:                  "half: the text holds a lone UTF-16 surrogate, half a character",
		`event.half + "x"`:            "half: the text holds a lone UTF-16 surrogate, half a character",
		`event.nul`:                   "nul: the text holds the character NUL (\\u0000)",
		`event.price.startsWith("1")`: "price: a text is needed",
		`event.customer.id && true`:   "customer.id: true or false is needed",
	} {
		_, err := compile(t, source).Value(ev, new(Scratch))
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", source, err)
		}
		var e *EvalError
		if errors.As(err, &e) && !strings.HasPrefix(want, e.Field+":") {
			t.Errorf("%s: the field is %q", source, e.Field)
		}
	}
}

// TestProgramsAreShared runs the same programs from several goroutines; the race detector looks on.
func TestProgramsAreShared(t *testing.T) {
	var programs []*Program
	for _, test := range results {
		programs = append(programs, compile(t, test.source))
	}
	ev := event(t, sample)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			s := new(Scratch)
			for i, p := range programs {
				s.Reset()
				if got := show(p.Value(ev, s)); got != results[i].want {
					t.Errorf("%s: got %s", p.Source(), got)
				}
			}
		})
	}
	group.Wait()
}

func TestErrorsGiveNothingAway(t *testing.T) {
	ev := event(t, `{"secret":"hunter2","n":1}`)
	for _, source := range []string{`event[event.secret]`, `int(event.secret)`, `timestamp(event.secret)`, `duration(event.secret)`,
		`event.secret.foo`, `[1][event.secret]`, `event.n.matches(event.secret)`, `"%d".format([event.secret])`, `base64.decode(event.secret + "!")`, `event.secret.substring(99)`} {
		_, err := compile(t, source).Value(ev, new(Scratch))
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", source, err)
		}
	}
}

func TestEventsThatAreNoObjects(t *testing.T) {
	for _, text := range []string{`[1,2]`, `"x"`, `7`, `null`} {
		ev := event(t, text)
		for _, source := range []string{`has(event.a)`, `event.a == 1`, `event.list.all(x, x)`} {
			p := compile(t, source)
			if is, _ := p.Bool(ev, new(Scratch)); is {
				t.Errorf("%s holds on %s", source, text)
			}
			agree(t, p, ev)
		}
	}
	if got := show(compile(t, `event[0] + event[1]`).Value(event(t, `[1,2]`), new(Scratch))); got != "3" {
		t.Error(got)
	}
}
