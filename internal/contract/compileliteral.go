package contract

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/document"
)

func (b *columnBuilder) enum(d *columnDefinition, c *column) *enum {
	word, values, refused := "enum", d.enum, "is not one of the enum's values"
	if d.constant.given() {
		if len(values) > 0 {
			b.fault(d.constant.line, "const and enum exclude each other", "keep one of them")
		}
		word, values, refused = "const", []text{d.constant}, "is not "+printable(d.constant.value)
	}
	if len(values) == 0 {
		return nil
	}
	e := newEnum(refused)
	for _, literal := range values {
		if v, ok := b.literal(word, literal, c); ok {
			e.add(c.typ.Kind, &v)
		}
	}
	return e
}

// fallback compiles default, which has to be as good as a value of an event.
func (b *columnBuilder) fallback(d *columnDefinition, c *column) {
	if !d.fallback.given() {
		return
	}
	v, ok := b.literal("default", d.fallback, c)
	if !ok {
		return
	}
	if r := c.check(&v); r != nil {
		b.fault(d.fallback.line, fmt.Sprintf("default %q %s", printable(d.fallback.value), r.text), "write a value that the column accepts")
		return
	}
	b.converter.protect(c, &v)
	v.Bytes = slices.Clone(v.Bytes)
	c.fallback = &v
}

// literal makes a text of the file a value of the column's type.
func (b *columnBuilder) literal(word string, t text, c *column) (Value, bool) {
	in := &input{kind: textual, bytes: []byte(t.value)}
	if c.typ.Kind == JSON {
		var parser document.Parser
		part, err := parser.Parse([]byte(t.value))
		if err != nil {
			b.fault(t.line, fmt.Sprintf("%s: %s", word, err), `write JSON in single quotes, such as '{"a": 1}' or '"text"'`)
			return Value{}, false
		}
		in.setPart(part)
	}
	var v Value
	r := b.converter.convert(c, in, &v)
	if r == nil && strings.ContainsRune(t.value, 0) {
		r = holdsNUL
	}
	if r != nil {
		b.fault(t.line, fmt.Sprintf("%s: %q %s", word, printable(t.value), r.text), fmt.Sprintf("write a value of the type %s", c.typ))
		return Value{}, false
	}
	v.Bytes = slices.Clone(v.Bytes)
	return v, true
}
