package expression

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompileErrors(t *testing.T) {
	tests := []struct {
		source        string
		line, column  int
		message, hint string
	}{
		{"", 1, 1, "empty", "write one"},
		{" \n", 1, 1, "empty", "write one"},
		{strings.Repeat("a", MaxLength+1), 1, 1, "longer than 16,384", "split"},
		{"event.a = 1", 1, 9, "single = is no operator", "write =="},
		{"event.a and event.b", 1, 9, "'and'", "write &&"},
		{"event.a OR event.b", 1, 9, "'OR'", "write ||"},
		{"NOT event.a", 1, 5, "'event'", "write !"},
		{"event.a is null", 1, 9, "'is'", "== null"},
		{"event.a like 'x'", 1, 9, "'like'", "startsWith"},
		{"event.a <> 3", 1, 10, "'>'", "write !="},
		{"event.a in (1, 2)", 1, 14, "','", "in [1, 2]"},
		{"event.a == 'x", 1, 12, "no closing quote", "close it"},
		{"(event.a", 1, 9, "missing ')'", ""},
		{"event.a ==", 1, 11, "where a value should be", ""},
		{"9223372036854775808", 1, 1, "too large", `decimal("...")`},
		{"has(event)", 1, 5, "needs a field", "has(event.order_id)"},
		{"order_id == 'x'", 1, 1, "no variable order_id", "write event.order_id"},
		{"event.a\n  == foo(1)", 2, 9, "no function foo", ""},
		{"now() > 1", 1, 4, "there is no now", "no clock"},
		{"not(event.a)", 1, 4, "there is no not", "write !"},
		{"len(event.a)", 1, 4, "no function len", "size"},
		{"coalesce(event.a, 1)", 1, 9, "no function coalesce", "has(event.a) ?"},
		{"event.a.lower()", 1, 14, "no function lower", "lowerAscii"},
		{"event.a.upper()", 1, 14, "no function upper", "upperAscii"},
		{"1 + 'a'", 1, 3, "'+' is not for (int, string)", "string()"},
		{"'größe' + 1", 1, 9, "'+' is not for (string, int)", "string()"},
		{"event.a && 1", 1, 12, "expected type 'bool'", "condition"},
		{"event.a ? 1 : 'b'", 1, 9, "'? :' is not for", ""},
		{"event.a[0.5]", 1, 1, "whole number or a text", ""},
		{"event.a.matches('(')", 1, 1, "pattern of matches() is wrong: error parsing regexp: missing closing )", "RE2"},
		{"event.a.matches('(((a{100}){100}){10})')", 1, 1, "pattern of matches() is wrong", "RE2"},
		{strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300), 1, 1, "recursion", ""},
		{strings.Repeat("!", 5000) + "true", 1, 1, "", ""},
		{strings.Repeat("[", 300) + "1" + strings.Repeat("]", 300), 1, 1, "", ""},
	}
	for _, test := range tests {
		name := test.source[:min(40, len(test.source))]
		p, err := Compile(test.source)
		var compileError *CompileError
		if !errors.As(err, &compileError) {
			if strings.HasPrefix(name, "!") {
				continue // cel-go folds it
			}
			t.Errorf("%s: %v, %v", name, p, err)
			continue
		}
		first := compileError.Problems[0]
		if test.message != "" && (first.Line != test.line || first.Column != test.column) ||
			!strings.Contains(first.Message, test.message) || !strings.Contains(first.Hint, test.hint) || first.Hint != "" && test.hint == "" && test.message == "" {
			t.Errorf("%s: got %d:%d %q, %q", name, first.Line, first.Column, first.Message, first.Hint)
		}
		for _, inner := range []string{"container", "_==_", "@", "<EOF>", "Syntax error"} {
			if strings.Contains(err.Error(), inner) {
				t.Errorf("%s: %q says %s", name, err, inner)
			}
		}
		if len(compileError.Problems) > maxProblems {
			t.Errorf("%s: %d problems", name, len(compileError.Problems))
		}
	}
}

func TestTypes(t *testing.T) {
	for source, want := range map[string]string{
		"has(event.a)": "always", "event.a == 1": "always", "event.a > 1 && event.b": "always", "true": "always",
		"event.a": "perhaps", "event.a ? event.b : event.c": "perhaps",
		"1": "never", "'a'": "never", "event.a + 'x'": "never", "size(event.a)": "never", "[event.a]": "never", "null": "never",
	} {
		p := compile(t, source)
		got := "perhaps"
		if p.AlwaysBool() {
			got = "always"
		}
		if p.NeverBool() {
			got = "never"
		}
		if got != want || p.Source() != source {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}

func TestRequirements(t *testing.T) {
	has := func(path ...string) Requirement { return Requirement{Path: path} }
	is := func(text string, path ...string) Requirement {
		return Requirement{Path: path, Equals: text, HasEquals: true}
	}
	tests := []struct {
		source string
		want   []Requirement
	}{
		{`has(event.a)`, []Requirement{has("a")}},
		{`has(event.a.b)`, []Requirement{has("a", "b")}},
		{`event.type == "order" && has(event.a) && event.n > 5`, []Requirement{is("order", "type"), has("a"), has("n")}},
		{`"order" == event.type`, []Requirement{is("order", "type")}},
		{`event["type"] == "order"`, []Requirement{is("order", "type")}},
		{`event.a == event.b.c`, []Requirement{has("a"), has("b", "c")}},
		{`event.a != "x"`, []Requirement{has("a")}},
		{`event.a in ["x", "y"]`, []Requirement{has("a")}},
		{`event.a.startsWith("x")`, []Requirement{has("a")}},
		{`event.list[0].x == "y"`, []Requirement{has("list")}},
		{`event.flag`, []Requirement{has("flag")}},
		{`!event.flag`, []Requirement{has("flag")}},
		{`!has(event.flag)`, nil},
		{`has(event.a) || has(event.b)`, nil},
		{`event.a == "x" || has(event.b)`, nil},
		{`(has(event.a) || has(event.b)) && event.t == "x"`, []Requirement{is("x", "t")}},
		{`event.a ? event.b : event.c`, nil},
		{`event.items.exists(i, i.x == "y")`, nil},
		{`[dyn(1)].all(event, event.x == "y")`, nil},
		{`true`, nil},
		{`event == "x"`, nil},
	}
	for _, test := range tests {
		if diff := cmp.Diff(test.want, compile(t, test.source).Requires()); diff != "" {
			t.Errorf("%s: %s", test.source, diff)
		}
	}
}

func TestFields(t *testing.T) {
	for source, want := range map[string]string{
		`event.b.c + event.a`:               "a,b",
		`has(event.a.x) && event["b c"]`:    "a,b c",
		`event.items.all(i, i.price > 0)`:   "items",
		`event[event.name]`:                 "name *",
		`size(event)`:                       " *",
		`event`:                             " *",
		`"a" in event`:                      " *",
		`1 + 2`:                             "",
		`has(event.a) ? event.a : event.a1`: "a,a1",
	} {
		names, whole := compile(t, source).Fields()
		got := strings.Join(names, ",")
		if whole {
			got += " *"
		}
		if got != want || !slices.IsSorted(names) {
			t.Errorf("%s: %q, want %q", source, got, want)
		}
	}
}
