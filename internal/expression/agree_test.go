package expression

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/document"
)

// generator makes random expressions and events from a few fields, so that they often meet.
type generator struct{ *rand.Rand }

func (g generator) pick(texts ...string) string { return texts[g.IntN(len(texts))] }

// expression is a random expression, which often does not suit the types it meets.
func (g generator) expression(depth int) string {
	if depth == 0 {
		return g.pick(`event.a`, `event.b`, `event.c`, `event.o.a`, `event.o`, `event.l`, `event.l[0]`, `event["b"]`, `event.o["c"]`, `event.missing`,
			`1`, `0`, `2.50`, `-0.5`, `1e2`, `3u`, `"x"`, `"7"`, `""`, `"größe"`, `true`, `false`, `null`, `9223372036854775807`)
	}
	a, b, c := g.expression(g.IntN(depth)), g.expression(g.IntN(depth)), g.expression(g.IntN(depth))
	switch g.IntN(14) {
	case 0, 1:
		return fmt.Sprintf("(%s %s %s)", a, g.pick("+", "-", "*", "/", "%"), b)
	case 2, 3:
		return fmt.Sprintf("(%s %s %s)", a, g.pick("==", "!=", "<", "<=", ">", ">="), b)
	case 4, 5:
		return fmt.Sprintf("(%s %s %s)", a, g.pick("&&", "||"), b)
	case 6:
		return fmt.Sprintf("(%s ? %s : %s)", a, b, c)
	case 7:
		return fmt.Sprintf("(%s in %s)", a, g.pick("["+b+", "+c+"]", "event.l", "event.o", b))
	case 8:
		return g.pick(`has(event.a)`, `has(event.missing)`, `has(event.o.a)`, `has(event.a.b)`, `has(event.l.x)`, `has(event.missing.x)`)
	case 9:
		return fmt.Sprintf("%s(%s)", g.pick("!", "-", "abs", "floor", "ceil", "round", "int", "decimal", "double", "string", "size"), a)
	case 10:
		return fmt.Sprintf("%s(%s, %s)", g.pick("min", "max", "round"), a, b)
	case 11:
		return fmt.Sprintf("string(%s).%s(%s)", a, g.pick("startsWith", "endsWith", "contains"), b)
	case 12:
		return fmt.Sprintf("%s.%s()", a, g.pick("lowerAscii", "upperAscii", "trim", "size"))
	}
	return fmt.Sprintf("string(%s).matches(%s)", a, g.pick(`"^[0-9.]+$"`, `"x*"`, b))
}

func (g generator) scalar() string {
	return g.pick(`1`, `2.50`, `-0.5`, `0`, `1e2`, `100`, `9223372036854775807`, `1e400`, `1E+999999999`, `"x"`, `"7"`, `""`, `" GrÖße "`, `"a\ud800"`, `"\u0000"`, `true`, `false`, `null`)
}

func (g generator) document() string {
	var fields []string
	for _, name := range []string{"a", "b", "c", "a"} {
		if g.IntN(4) > 0 {
			fields = append(fields, fmt.Sprintf("%q:%s", name, g.scalar()))
		}
	}
	if g.IntN(5) > 0 {
		fields = append(fields, fmt.Sprintf(`"o":{"a":%s,"c":%s}`, g.scalar(), g.scalar()))
	}
	fields = append(fields, fmt.Sprintf(`"l":%s`, g.pick("["+g.scalar()+","+g.scalar()+"]", "[]", `[[1],{"a":1}]`, g.scalar())))
	return "{" + strings.Join(fields, ",") + "}"
}

// TestBothWaysAgree runs random expressions on random events by our own functions and by cel-go.
func TestBothWaysAgree(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(3, 4))}
	compiled, fast, answers := 0, 0, 0
	for range 4000 {
		source := g.expression(4)
		p, err := Compile(source)
		if err != nil {
			continue // types that can never fit
		}
		compiled++
		if p.value != nil {
			fast++
		}
		for range 4 {
			ev := event(t, g.document())
			agree(t, p, ev)
			requires(t, p, ev)
			if _, err := p.Value(ev, new(Scratch)); err == nil {
				answers++
			}
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d compiled, %d the fast way, %d answers", compiled, fast, answers)
	if fast < 500 || answers < 1000 {
		t.Errorf("too few for a test: %d compiled, %d the fast way, %d answers", compiled, fast, answers)
	}
}

// requires checks that an event on which p is true fails none of its requirements.
func requires(t *testing.T, p *Program, ev document.Value) {
	t.Helper()
	if is, err := p.Bool(ev, new(Scratch)); err != nil || !is {
		return
	}
	for _, r := range p.Requires() {
		v := ev
		for _, name := range r.Path {
			v = v.Get(name)
		}
		if !v.Exists() || r.HasEquals && string(v.Text()) != r.Equals {
			t.Errorf("%s is true on %s, which fails %+v", p.source, ev.Raw(), r)
		}
	}
}

// FuzzBothWaysAgree lets the fuzzer write expression and event.
func FuzzBothWaysAgree(f *testing.F) {
	for _, test := range results {
		f.Add(test.source, sample)
	}
	f.Fuzz(func(t *testing.T, source, text string) {
		if len(source) > 300 || len(text) > 5000 {
			return
		}
		ev, err := new(document.Parser).Parse([]byte(text))
		if err != nil {
			return
		}
		p, err := Compile(source)
		if err != nil {
			return
		}
		agree(t, p, ev)
		requires(t, p, ev)
	})
}
