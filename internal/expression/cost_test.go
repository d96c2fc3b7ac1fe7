package expression

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestCostIsBounded runs expressions that might take minutes, or all memory, on an event of some MiB.
func TestCostIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	numbers := "[" + strings.Repeat("1,", 1<<18) + "1]"
	long := strings.Repeat("a", 1<<19)
	var fields strings.Builder
	for i := range 50_000 {
		fields.WriteString(`"f`)
		for n := i; n > 0; n /= 26 {
			fields.WriteByte(byte('a' + n%26))
		}
		fields.WriteString(`":1,`)
	}
	ev := event(t, `{"l":`+numbers+`,"m":`+numbers+`,"s":"`+long+`","e":"`+strings.Repeat(`\n`, 1<<17)+`","o":{`+fields.String()+`"z":1},`+
		`"deep":`+strings.Repeat("[", 200)+numbers+strings.Repeat("]", 200)+`,"digits":`+digits400+`}`)
	doubling := "event.s"
	for range 10 {
		doubling = "cel.bind(x, " + doubling + ", x + x)"
	}
	for name, source := range map[string]string{
		"nested loops":              `event.l.all(x, event.l.all(y, event.l.all(z, x + y + z > 0)))`,
		"indexing a list":           `event.l.all(x, event.l.all(y, event.l[200000] == 1))`,
		"comparing lists":           `event.l.all(x, event.l == event.m)`,
		"comparing deep lists":      `event.l.all(x, [event.deep] == [event.deep])`,
		"membership":                `event.l.all(x, !(2 in event.l))`,
		"long text":                 `event.l.all(x, event.s != "b")`,
		"unescaped text":            `event.l.all(x, event.e != "b")`,
		"size of a text":            `event.l.all(x, event.s.size() > 0)`,
		"looking up":                `event.l.all(x, event.l.all(y, event.o.z == 1))`,
		"loops without the event":   `cel.bind(l, event.s.split(""), l.filter(x, l.filter(y, false).size() == 1).size() == 0)`,
		"objects":                   `event.l.map(x, {"a": event.o, "b": [x, x, x]})`,
		"walking an object":         `event.l.all(x, event.o.all(k, event.o[k] > 0))`,
		"doubling text":             `size(` + doubling + `) > 0`,
		"doubling lists":            `event.l.map(x, event.l)`,
		"replacing":                 `event.s.replace("", event.s)`,
		"joining":                   `event.l.join(event.s)`,
		"joining made lists":        `event.l.map(x, event.s).join()`,
		"splitting":                 `event.l.all(x, event.s.split("").size() > 0)`,
		"a pattern from the event":  `event.l.all(x, event.s.matches(event.s))`,
		"a costly pattern":          `event.s.matches("(a?){500}(a?){500}b")`,
		"patterns in a loop":        `event.l.all(x, "a".matches("a{1000}" + string(x)) == false)`,
		"long numbers":              `event.l.all(x, event.digits * event.digits > 0)`,
		"dividing long numbers":     `event.l.all(x, event.digits / 7 > 0)`,
		"formatting":                `event.l.all(x, "%s".format([event.s]) != "")`,
		"substrings":                `event.l.all(x, event.s.substring(1) != "")`,
		"upper case":                `event.l.all(x, event.s.upperAscii() != "")`,
		"filters":                   `event.l.filter(x, event.l.filter(y, y == x).size() == 0).size() == 0`,
		"errors do not stop a loop": `event.l.exists(x, event.l.exists(y, event.missing == 1))`,
		"a fast way":                strings.Repeat(`event.s + `, 100) + `event.s`,
	} {
		t.Run(name, func(t *testing.T) {
			p := compile(t, source)
			began := time.Now()
			r, err := p.Value(ev, new(Scratch))
			took := time.Since(began)
			t.Logf("%s: %v", name, took)
			var e *EvalError
			if !errors.As(err, &e) || e.Fault != TooCostly {
				t.Errorf("%s: %.60v, %v", name, show(r, err), err)
			}
			if took > 30*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}
