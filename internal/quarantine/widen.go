package quarantine

import (
	"math/big"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/document"
)

// suggestRange widens a minimum or maximum to what was seen, or the type where it is too small.
func suggestRange(c *groupCase) *Suggestion {
	if c.column.private {
		return nil
	}
	var least, most *big.Rat
	var leastText, mostText string
	var f fit
	c.values(func(v document.Value) {
		n, text, ok := asNumber(v)
		if !ok {
			return
		}
		parts := plainNumber.FindStringSubmatch(text)
		f.seen, f.whole, f.scale = f.seen+1, max(f.whole, len(parts[1])), max(f.scale, len(parts[3]))
		if least == nil || n.Cmp(least) < 0 {
			least, leastText = n, text
		}
		if most == nil || n.Cmp(most) > 0 {
			most, mostText = n, text
		}
	})
	if least == nil {
		return nil
	}
	line, changed := c.column.edit(), false
	for _, bound := range []struct {
		word, instead, seen string
		value               *big.Rat
		beyond              int
	}{
		{"minimum", "minimum", leastText, least, -1}, {"exclusiveMinimum", "minimum", leastText, least, -1},
		{"maximum", "maximum", mostText, most, 1}, {"exclusiveMaximum", "maximum", mostText, most, 1},
	} {
		limit, ok := new(big.Rat).SetString(c.column.word(bound.word))
		if !ok {
			continue
		}
		if cmp := bound.value.Cmp(limit); cmp == bound.beyond || cmp == 0 && bound.word != bound.instead {
			if bound.word != bound.instead {
				line.remove(bound.word)
			}
			line.set(bound.instead, bound.seen)
			changed = true
		}
	}
	if changed {
		return c.suggestion(line, "The values looked at go from %s to %s: widen the limit if they are right.", leastText, mostText)
	}
	return c.widerType(f, least, most)
}

// widerType is the column with a type that is widened in place.
func (c *groupCase) widerType(f fit, least, most *big.Rat) *Suggestion {
	wider := c.typ
	switch c.typ.Kind {
	case contract.Integer:
		wider = contract.Type{Kind: contract.Bigint}
		if !fitsBigint(least) || !fitsBigint(most) {
			return c.otherType(contract.Type{Kind: contract.Decimal, Precision: contract.MaxPrecision})
		}
	case contract.Bigint:
		return c.otherType(contract.Type{Kind: contract.Decimal, Precision: contract.MaxPrecision})
	case contract.Decimal:
		wider.Precision = f.whole + c.typ.Scale
		if wider.Precision > contract.MaxPrecision || wider.Precision <= c.typ.Precision {
			return nil
		}
	default:
		return nil
	}
	return c.suggestion(c.column.edit().set("type", wider.String()), "The values looked at need the type %s; the table is widened in place at the next start.", wider)
}

func fitsBigint(n *big.Rat) bool { return n.IsInt() && n.Num().IsInt64() }

// otherType is the column with a type the table cannot take in place.
func (c *groupCase) otherType(t contract.Type) *Suggestion {
	return c.suggestion(c.column.edit().set("type", t.String()).remove("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "format"),
		"The type %s takes all values looked at. A table's column cannot be changed from %s in place: give the contract a new table with this column, or mend the producer.", t, c.typ)
}

// suggestRounding is for values finer than their column: what is to become of the digits must be said.
func suggestRounding(c *groupCase) *Suggestion {
	switch c.typ.Kind {
	case contract.Integer, contract.Bigint, contract.Decimal, contract.Timestamp:
		return c.suggestion(c.column.edit().set("rounding", "half_up"),
			"The values have more digits than %s holds. If they may be rounded, say how: half_up, half_even or truncate.", c.typ)
	}
	return nil
}

// suggestType finds the type that takes all values.
func suggestType(c *groupCase) *Suggestion {
	if c.column.word("format") != "" {
		return c.suggestion(c.column.edit().remove("format"), "Not every text has the format %s. To take them as they are, leave the format out.", c.column.word("format"))
	}
	var f fit
	c.values(f.add)
	typ, ok := f.typ()
	if !ok || typ == c.typ {
		return nil
	}
	if !isNumeric(typ) || !isNumeric(c.typ) {
		// The column's own values are to fit, too.
		typ = contract.Type{Kind: contract.Varchar}
		if f.composites > 0 || c.typ.Kind == contract.JSON {
			typ = contract.Type{Kind: contract.JSON}
		}
	}
	if typ.Kind == contract.Bigint && c.typ.Kind == contract.Integer {
		return c.suggestion(c.column.edit().set("type", typ.String()), "The values looked at need the type %s; the table is widened in place at the next start.", typ)
	}
	return c.otherType(typ)
}

func isNumeric(t contract.Type) bool {
	switch t.Kind {
	case contract.Integer, contract.Bigint, contract.Decimal, contract.Double:
		return true
	}
	return false
}
