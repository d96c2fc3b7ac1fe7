package contract

import (
	"fmt"
	"math"
	"math/big"
	"strconv"

	"github.com/penstock/penstock/internal/event"
)

// bounds compiles minimum, maximum, their exclusive forms and multipleOf.
func (b *columnBuilder) bounds(d *columnDefinition, c *column) bounds {
	var out bounds
	if d.typ.Kind == Boolean || d.typ.Kind == Varchar || d.typ.Kind == UUID || d.typ.Kind == JSON {
		return out // the words have been refused
	}
	if low, exclusive, given := b.oneBound(d.minimum, d.exclusiveMinimum, "minimum", "exclusiveMinimum"); given {
		out.any, out.lowStrict = true, exclusive
		text := "is below the minimum, "
		if exclusive {
			text = "is not above "
		}
		out.lowRefusal = &refusal{event.ReasonOutOfRange, text + printable(low.value)}
		b.low(low, exclusive, c, &out)
	}
	if high, exclusive, given := b.oneBound(d.maximum, d.exclusiveMaximum, "maximum", "exclusiveMaximum"); given {
		out.any, out.highStrict = true, exclusive
		text := "is above the maximum, "
		if exclusive {
			text = "is not below "
		}
		out.highRefusal = &refusal{event.ReasonOutOfRange, text + printable(high.value)}
		b.high(high, exclusive, c, &out)
	}
	if out.lowRefusal != nil && out.highRefusal != nil && out.empty(d.typ) {
		b.fault(max(d.maximum.line, d.exclusiveMaximum.line), "no value lies between minimum and maximum", "exchange them")
	}
	if d.multipleOf.given() {
		b.multiple(d, &out)
	}
	return out
}

// oneBound picks the bound that the file has.
func (b *columnBuilder) oneBound(inclusive, exclusive text, name, exclusiveName string) (bound text, isExclusive, given bool) {
	if inclusive.given() && exclusive.given() {
		b.fault(exclusive.line, name+" and "+exclusiveName+" exclude each other", "keep one of them")
	}
	if exclusive.given() {
		return exclusive, true, true
	}
	return inclusive, false, inclusive.given()
}

func (o *bounds) empty(t Type) bool {
	switch t.Kind {
	case Double:
		return o.lowFloat > o.highFloat
	case Decimal:
		return o.lowDigits != nil && o.highDigits != nil && compareDecimals(o.lowDigits, o.highDigits) > 0
	}
	return o.low > o.high
}

// low sets the least value that is accepted. A bound between two values moves up to the next.
func (b *columnBuilder) low(bound text, exclusive bool, c *column, out *bounds) {
	mode := ceiling
	if exclusive {
		mode = floor // and one more
	}
	switch c.typ.Kind {
	case Double:
		out.lowFloat = b.floatBound(bound)
	case Date, Timestamp:
		out.low = b.timeBound(bound, c)
		if exclusive {
			out.low++
		}
	default:
		if count, ok := b.countBound(bound, c.typ, mode); ok {
			if exclusive {
				count.Add(count, big.NewInt(1))
			}
			out.lowDigits, out.low = b.exactBound(bound, count, c.typ)
		}
	}
}

// high sets the greatest value that is accepted.
func (b *columnBuilder) high(bound text, exclusive bool, c *column, out *bounds) {
	mode := floor
	if exclusive {
		mode = ceiling // and one less
	}
	switch c.typ.Kind {
	case Double:
		out.highFloat = b.floatBound(bound)
	case Date, Timestamp:
		out.high = b.timeBound(bound, c)
		if exclusive {
			out.high--
		}
	default:
		if count, ok := b.countBound(bound, c.typ, mode); ok {
			if exclusive {
				count.Sub(count, big.NewInt(1))
			}
			out.highDigits, out.high = b.exactBound(bound, count, c.typ)
		}
	}
}

func (b *columnBuilder) floatBound(bound text) float64 {
	_, _, ok := parseNumber(nil, []byte(bound.value))
	f, err := strconv.ParseFloat(bound.value, 64)
	if !ok || err != nil {
		b.notABound(bound)
	}
	return f
}

func (b *columnBuilder) timeBound(bound text, c *column) int64 {
	v, _ := b.literal("the bound", bound, c)
	return v.Int
}

func (b *columnBuilder) notABound(bound text) {
	b.fault(bound.line, fmt.Sprintf("the bound %q is not a number", printable(bound.value)), "write a number such as 1 or 0.01")
}

// countBound is the bound as a count of the type's scale.
func (b *columnBuilder) countBound(bound text, t Type, mode rounding) (*big.Int, bool) {
	n, _, ok := parseNumber(nil, []byte(bound.value))
	if !ok {
		b.notABound(bound)
		return nil, false
	}
	var u unscaled
	if n.toScale(&u, MaxPrecision, t.Scale, mode) == beyond {
		b.beyondBound(bound, t)
		return nil, false
	}
	count, _ := new(big.Int).SetString("0"+string(u.text()), 10)
	if u.negative {
		count.Neg(count)
	}
	return count, true
}

// exactBound is the count in the forms that values have.
func (b *columnBuilder) exactBound(bound text, count *big.Int, t Type) (digits []byte, whole int64) {
	var u unscaled
	plain := new(big.Int).Abs(count).String()
	if plain == "0" {
		plain = ""
	}
	precision := t.Precision
	if t.Kind != Decimal {
		precision = 19
	}
	if len(plain) > precision {
		b.beyondBound(bound, t)
		return nil, 0
	}
	u.set([]byte(plain), 0)
	u.negative = count.Sign() < 0
	if t.Kind == Decimal {
		return appendDecimal(nil, &u, t.Scale), 0
	}
	least, most := int64(math.MinInt64), int64(math.MaxInt64)
	if t.Kind == Integer {
		least, most = math.MinInt32, math.MaxInt32
	}
	whole, ok := u.int64()
	if !ok || whole < least || whole > most {
		b.beyondBound(bound, t)
	}
	return nil, whole
}

func (b *columnBuilder) beyondBound(bound text, t Type) {
	b.fault(bound.line, fmt.Sprintf("the bound %s is beyond what %s holds", printable(bound.value), t), "leave it out, or choose a larger type")
}

func (b *columnBuilder) multiple(d *columnDefinition, out *bounds) {
	n, _, ok := parseNumber(nil, []byte(d.multipleOf.value))
	scale := max(-n.exp, 0)
	var u unscaled
	if !ok || n.negative || len(n.digits) == 0 || scale > MaxPrecision || n.toScale(&u, 18, scale, exact) != fits {
		b.fault(d.multipleOf.line, fmt.Sprintf("multipleOf: %q is no number above 0 with up to 18 digits", printable(d.multipleOf.value)),
			"write one such as 5 or 0.01")
		return
	}
	count, _ := u.int64()
	out.any = true
	out.multiple = &divisor{count: uint64(count), scale: scale}
	out.multipleRefusal = &refusal{event.ReasonNotExact, "is no multiple of " + d.multipleOf.value}
}
