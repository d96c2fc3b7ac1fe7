package contract

import (
	"math"
)

// converter makes inputs values of a column's type. It owns the memory that values are written to.
type converter struct {
	// arena holds the bytes of converted values until the next event; digits is for one number.
	arena, digits []byte
	count         unscaled
	hash          hasher
}

// reset takes back everything written. Memory that one huge event needed is given up.
func (v *converter) reset() {
	const keep = 1 << 20
	if cap(v.arena) > keep {
		v.arena = nil
	}
	if cap(v.digits) > keep {
		v.digits = nil
	}
	v.arena = v.arena[:0]
}

// convert writes the value of a present input to out, or says why it cannot be.
func (v *converter) convert(c *column, in *input, out *Value) *refusal {
	switch c.typ.Kind {
	case Boolean:
		return v.boolean(in, out)
	case Integer:
		return v.integer(c, in, out, math.MinInt32, math.MaxInt32, beyondInteger)
	case Bigint:
		return v.integer(c, in, out, math.MinInt64, math.MaxInt64, beyondBigint)
	case Double:
		return v.double(in, out)
	case Decimal:
		return v.decimal(c, in, out)
	case Varchar:
		return v.varchar(in, out)
	case UUID:
		return v.uuid(in, out)
	case Date:
		return v.date(c, in, out)
	case Timestamp:
		return v.timestamp(c, in, out)
	}
	return v.json(in, out)
}

func (v *converter) boolean(in *input, out *Value) *refusal {
	truth := in.truth
	switch {
	case in.kind == boolean:
	case in.kind == textual && isWord(in.bytes, "true"):
		truth = true
	case in.kind == textual && isWord(in.bytes, "false"):
		truth = false
	default:
		return notABoolean
	}
	out.Int = 0
	if truth {
		out.Int = 1
	}
	return nil
}

// isWord compares without regard to case; word is in lower case.
func isWord(text []byte, word string) bool {
	if len(text) != len(word) {
		return false
	}
	for i, c := range text {
		if c|0x20 != word[i] {
			return false
		}
	}
	return true
}
