package document

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// shapeFields are asked for in the tests of shapes.
func shapeFields() *Fields {
	return NewFields([]string{"a", "b", "a\nb", "product_name", "product_price"})
}

// sameFields compares what a parser and a Finder that know shapes answer with what an object's fields are
// one after another.
func sameFields(t *testing.T, v Value, finder *Finder) {
	t.Helper()
	fields := shapeFields()
	want := make([]Value, fields.Len())
	unknown, wantUnknown := finder.Find(v), fields.Fill(v, want)
	if unknown != wantUnknown {
		t.Fatalf("%q: the unknown field is %q, not %q", v.Raw(), unknown.Raw(), wantUnknown.Raw())
	}
	for i, name := range []string{"a", "b", "a\nb", "product_name", "product_price"} {
		var last Value
		for key, value := range v.Fields() {
			if string(key.Text()) == name {
				last = value
			}
		}
		if got := v.Get(name); finder.At(i) != last || want[i] != last || got != last {
			t.Fatalf("%q: %q is %q of a Finder, %q of Fields, %q of Get, and should be %q",
				v.Raw(), name, finder.At(i).Raw(), want[i].Raw(), got.Raw(), last.Raw())
		}
	}
}

// FuzzShapes reads lines as documents, one after another and twice, so that what the parser learnt from one
// is used on others.
func FuzzShapes(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":2}` + "\n" + `{"a":1,"b":2,"a":3}` + "\n" + `{"a":1}` + "\n" + `{}` + "\n" + `{"b":{"a":1},"a":2,"c":3}`))
	f.Add([]byte(`{"a":1,"\u0061":2}` + "\n" + `{ "a" : 1 , "b":2}` + "\n" + `{"a\nb":1}` + "\n" + `{"a":1,"b"`))
	f.Add([]byte(order + "\n" + order + "\n" + strings.Replace(order, "product_name", "product_mane", 1) + "\n[1]\n7"))
	f.Fuzz(func(t *testing.T, lines []byte) {
		var known Parser
		finder := NewFinder(shapeFields())
		for range 2 {
			for line := range bytes.SplitSeq(lines, []byte("\n")) {
				var fresh Parser
				want, wantErr := fresh.Parse(line)
				v, err := known.Parse(line)
				if fmt.Sprint(err) != fmt.Sprint(wantErr) {
					t.Fatalf("%q: %v, of a new parser %v", line, err, wantErr)
				}
				if err != nil {
					continue
				}
				if len(fresh.nodes) != len(known.nodes) {
					t.Fatalf("%q has %d nodes, of a new parser %d", line, len(known.nodes), len(fresh.nodes))
				}
				for i := range fresh.nodes {
					if fresh.nodes[i] != known.nodes[i] {
						t.Fatalf("%q: node %d is %+v, of a new parser %+v", line, i, known.nodes[i], fresh.nodes[i])
					}
				}
				sameFields(t, v, &finder)
				sameFields(t, want, &finder)
			}
		}
	})
}

func TestShapesHaveBounds(t *testing.T) {
	object := func(prefix string, fields int) []byte {
		var b strings.Builder
		for i := range fields {
			fmt.Fprintf(&b, `,"%s%d":%d`, prefix, i, i)
		}
		return []byte("{" + b.String()[1:] + "}")
	}
	long := func(n int) []byte { return []byte(`{"` + strings.Repeat("a", n) + `":1}`) }
	for _, tc := range []struct {
		name    string
		data    []byte
		remains bool
	}{
		{"64 fields", object("f", maxShapeFields), true},
		{"65 fields", object("f", maxShapeFields+1), false},
		{"a name of 64 bytes", long(maxShapeName), true},
		{"a name of 65 bytes", long(maxShapeName + 1), false},
		{"an escaped name", []byte(`{"\n":1}`), false},
		{"an array", []byte(`[{"a":1}]`), false},
	} {
		var p Parser
		if _, err := p.Parse(tc.data); err != nil || (p.shape != nil) != tc.remains {
			t.Errorf("%s: %v, shape %v", tc.name, err, p.shape)
		}
	}

	var p Parser
	finder := NewFinder(shapeFields())
	check := func(data []byte) {
		t.Helper()
		v, err := p.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		sameFields(t, v, &finder)
		if len(p.shapes.states) > maxStates || p.shapes.complete > maxShapes || len(finder.known) > maxShapes {
			t.Fatalf("%d states, %d shapes, a finder knows %d", len(p.shapes.states), p.shapes.complete, len(finder.known))
		}
	}
	// Names that never repeat fill all there is, and are forgotten in the end.
	for i := range 100 + maxStrangers {
		check(object(fmt.Sprint("junk", i, "_"), 1+i%20))
	}
	for i := 0; p.shape == nil; i++ {
		if i > maxStrangers {
			t.Fatal("the parser learns nothing any more")
		}
		check([]byte(`{"a":1,"b":2}`))
	}
}
