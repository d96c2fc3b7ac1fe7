package contract

import (
	"unicode/utf8"

	"github.com/penstock/penstock/internal/event"
)

// check says whether a converted value satisfies what the column declares beyond its type.
func (c *column) check(v *Value) *refusal {
	if c.bounds.any {
		if r := c.bounds.check(c.typ, v); r != nil {
			return r
		}
	}
	if c.checks.any {
		if r := c.checks.check(v.Bytes); r != nil {
			return r
		}
	}
	if c.enum != nil && !c.enum.holds(c.typ.Kind, v) {
		return c.enum.refusal
	}
	return nil
}

func (b *bounds) check(t Type, v *Value) *refusal {
	low, high := false, false
	switch t.Kind {
	case Decimal:
		low = b.lowRefusal != nil && compareDecimals(v.Bytes, b.lowDigits) < 0
		high = b.highRefusal != nil && compareDecimals(v.Bytes, b.highDigits) > 0
	case Double:
		low = b.lowRefusal != nil && (v.Float < b.lowFloat || b.lowStrict && v.Float == b.lowFloat)
		high = b.highRefusal != nil && (v.Float > b.highFloat || b.highStrict && v.Float == b.highFloat)
	default:
		low = b.lowRefusal != nil && v.Int < b.low
		high = b.highRefusal != nil && v.Int > b.high
	}
	switch {
	case low:
		return b.lowRefusal
	case high:
		return b.highRefusal
	case b.multiple != nil && !b.isMultiple(t, v):
		return b.multipleRefusal
	}
	return nil
}

func (b *bounds) isMultiple(t Type, v *Value) bool {
	if t.Kind == Decimal {
		return b.multiple.divides(v.Bytes, t.Scale)
	}
	magnitude := uint64(v.Int)
	if v.Int < 0 {
		magnitude = -magnitude
	}
	return b.multiple.dividesInt(magnitude)
}

func (t *textChecks) check(text []byte) *refusal {
	if t.lengthRefusal != nil {
		n := len(text)
		// Only a text that may have too few or too many characters is counted.
		if n < t.minLength*utf8.UTFMax || t.maxLength >= 0 && n > t.maxLength {
			n = utf8.RuneCount(text)
		}
		if n < t.minLength || t.maxLength >= 0 && n > t.maxLength {
			return t.lengthRefusal
		}
	}
	if t.pattern != nil && !t.pattern.Match(text) {
		return t.patternRefusal
	}
	if t.format != nil && !t.format(text) {
		return t.formatRefusal
	}
	return nil
}

// holds reports whether v is one of the values.
func (e *enum) holds(kind Kind, v *Value) bool {
	switch kind {
	case Decimal, Varchar, UUID:
		return e.texts[string(v.Bytes)]
	case Double:
		return e.floats[v.Float]
	}
	return e.ints[v.Int]
}

// add makes v one of the values.
func (e *enum) add(kind Kind, v *Value) {
	switch kind {
	case Decimal, Varchar, UUID:
		e.texts[string(v.Bytes)] = true
	case Double:
		e.floats[v.Float] = true
	default:
		e.ints[v.Int] = true
	}
}

func newEnum(text string) *enum {
	return &enum{
		texts: map[string]bool{}, ints: map[int64]bool{}, floats: map[float64]bool{},
		refusal: &refusal{event.ReasonNotInEnum, text},
	}
}
