package contract

import "math/bits"

// divisor is a multipleOf: count × 10^-scale, above zero.
type divisor struct {
	count uint64
	scale int
}

// divides reports whether a value, given in plain digits (sign and point are stepped over) of which
// valueScale follow the point, is a multiple.
func (d divisor) divides(plain []byte, valueScale int) bool {
	// The remainder is carried from digit to digit, as on paper. Where the divisor is finer than the
	// value, zeros follow; where the value is finer, its last digits have to be zeros.
	var rest uint64
	digit := func(v uint64) {
		hi, lo := bits.Mul64(rest, 10)
		lo, carry := bits.Add64(lo, v, 0)
		_, rest = bits.Div64(hi+carry, lo, d.count)
	}
	finer := valueScale - d.scale
	for i, c := range plain {
		if c < '0' || c > '9' {
			continue
		}
		if finer > 0 && i >= len(plain)-finer {
			if c != '0' {
				return false // finer than any multiple
			}
			continue
		}
		digit(uint64(c - '0'))
	}
	for range -finer {
		digit(0)
	}
	return rest == 0
}

// dividesInt is divides for a whole number.
func (d divisor) dividesInt(v uint64) bool {
	rest := v % d.count
	for range d.scale {
		hi, lo := bits.Mul64(rest, 10)
		_, rest = bits.Div64(hi, lo, d.count)
	}
	return rest == 0
}
