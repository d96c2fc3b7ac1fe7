package document

import (
	"iter"
	"math"
)

// Value is one part of a parsed document: a small handle to copy freely. All methods may be called
// on any Value; what does not apply to its Kind answers Missing, 0, false or nil.
type Value struct {
	p  *Parser
	at uint32 // index in p.nodes
}

func (v Value) node() *node { return &v.p.nodes[v.at] }

// Kind says what the value is; Missing for the zero Value.
func (v Value) Kind() Kind {
	if v.p == nil {
		return Missing
	}
	return v.node().info.kind()
}

// Exists reports whether there is a value at all, null included.
func (v Value) Exists() bool { return v.p != nil }

// Name is a field name prepared for Field.
type Name struct {
	text string
	tag  uint16
}

// NewName prepares a field name.
func NewName(text string) Name { return Name{text: text, tag: tagOf([]byte(text))} }

// String is the name itself.
func (n Name) String() string { return n.text }

// Get is the object's field of that name, the last one if the name repeats; else Missing.
func (v Value) Get(name string) Value { return v.Field(NewName(name)) }

// Field is Get with a prepared name, which is faster.
func (v Value) Field(name Name) Value {
	if v.Kind() != Object {
		return Value{}
	}
	if v.at == 0 && v.p.shape != nil {
		place := v.p.shape.place(name)
		if place < 0 {
			return Value{}
		}
		return Value{p: v.p, at: v.p.places[place]}
	}
	nodes := v.p.nodes
	found := uint32(0)
	for i, end := v.at+1, nodes[v.at].next; i < end; {
		key := &nodes[i]
		if key.info.tag() == name.tag && string(v.p.textAt(i)) == name.text {
			found = v.p.valueAt(i)
		}
		i = key.next
	}
	if found == 0 {
		return Value{}
	}
	return Value{p: v.p, at: found}
}

// Index is the array's i-th element, from 0; Missing outside. It steps over those before it.
func (v Value) Index(i int) Value {
	if v.Kind() != Array || i < 0 {
		return Value{}
	}
	nodes := v.p.nodes
	end := nodes[v.at].next
	for at := v.at + 1; at < end; at = nodes[at].next {
		if i == 0 {
			return Value{p: v.p, at: at}
		}
		i--
	}
	return Value{}
}

// Len is the number of elements of an array, or of fields of an object, repeated names included.
func (v Value) Len() int {
	if kind := v.Kind(); kind != Array && kind != Object {
		return 0
	}
	nodes := v.p.nodes
	n := 0
	for at, end := v.at+1, nodes[v.at].next; at < end; at = nodes[at].next {
		n++
	}
	return n
}

// Items walks an array's elements.
func (v Value) Items() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind() != Array {
			return
		}
		nodes := v.p.nodes
		for at, end := v.at+1, nodes[v.at].next; at < end; at = nodes[at].next {
			if !yield(Value{p: v.p, at: at}) {
				return
			}
		}
	}
}

// Fields walks an object's fields in the order sent, repeated names included. The first value of
// the pair is the name: a String.
func (v Value) Fields() iter.Seq2[Value, Value] {
	return func(yield func(name, value Value) bool) {
		if v.Kind() != Object {
			return
		}
		nodes := v.p.nodes
		for at, end := v.at+1, nodes[v.at].next; at < end; {
			if !yield(Value{p: v.p, at: at}, Value{p: v.p, at: v.p.valueAt(at)}) {
				return
			}
			at = nodes[at].next
		}
	}
}

// Text is a string's characters, unescaped, valid UTF-8; a lone surrogate became U+FFFD. It does
// not allocate. It must not be changed and is valid until the next Parse.
func (v Value) Text() []byte {
	if v.Kind() != String {
		return nil
	}
	return v.p.textAt(v.at)
}

func (p *Parser) textAt(at uint32) []byte {
	n := &p.nodes[at]
	if n.info&flagEscaped == 0 {
		return p.data[n.start+1 : n.end-1 : n.end-1]
	}
	place := p.nodes[at+1]
	return p.text[place.start:place.end:place.end]
}

// TextProblem says whether a string, or any string or field name inside an array or object, holds
// what a warehouse cannot. 0 is none.
func (v Value) TextProblem() Problem {
	if v.p == nil {
		return 0
	}
	return v.node().info.problem()
}

// Content is what is at a value, at one look: its kind, a string's characters (as Text) or the JSON text
// of anything else (as Raw), and TextProblem.
func (v Value) Content() (kind Kind, content []byte, problem Problem) {
	if v.p == nil {
		return Missing, nil, 0
	}
	n := v.node()
	kind, problem = n.info.kind(), n.info.problem()
	switch {
	case kind != String:
		content = v.p.data[n.start:n.end:n.end]
	case n.info&flagEscaped == 0:
		content = v.p.data[n.start+1 : n.end-1 : n.end-1]
	default:
		content = v.p.textAt(v.at)
	}
	return kind, content, problem
}

// Number is a number's text exactly as sent, such as "-1.50e3".
func (v Value) Number() []byte {
	if v.Kind() != Number {
		return nil
	}
	return v.Raw()
}

// Int64 is a number written as a plain integer (no fraction, no exponent) that fits; -0 is 0.
func (v Value) Int64() (n int64, ok bool) {
	if v.Kind() != Number || v.node().info&flagInteger == 0 {
		return 0, false
	}
	text := v.Raw()
	negative := text[0] == '-'
	if negative {
		text = text[1:]
	}
	if len(text) > 19 {
		return 0, false
	}
	var u uint64 // 19 digits cannot overflow it
	for _, c := range text {
		u = u*10 + uint64(c-'0')
	}
	switch {
	case negative && u <= math.MaxInt64+1:
		return -int64(u), true
	case !negative && u <= math.MaxInt64:
		return int64(u), true
	}
	return 0, false
}

// Bool is a boolean's value.
func (v Value) Bool() bool {
	return v.Kind() == Bool && v.p.data[v.node().start] == 't'
}

// Raw is the value's JSON text exactly as sent, without the space around it.
func (v Value) Raw() []byte {
	if v.p == nil {
		return nil
	}
	n := v.node()
	return v.p.data[n.start:n.end:n.end]
}

// Span is the value's place in the document as it was sent, in bytes, without the space around it;
// a string's includes its quotes. Both are 0 for Missing.
func (v Value) Span() (from, to int) {
	if v.p == nil {
		return 0, 0
	}
	n := v.node()
	return int(n.start), int(n.end)
}
