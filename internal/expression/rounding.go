package expression

import "math/big"

// rounding says where a number goes whose last digits are dropped.
type rounding uint8

const (
	halfUp   rounding = iota // to the nearest; halves away from zero, as SQL's round
	downward                 // towards minus infinity
	upward                   // towards plus infinity
	inward                   // towards zero
)

// round gives n at most digits digits after the point. Negative digits round before the point:
// -2 to hundreds. A number that has no more digits stays as it is.
func round(n number, digits int, mode rounding) (number, *EvalError) {
	if digits < -maxDigits || digits > maxDigits {
		return number{}, errTooManyDigits
	}
	drop := int(n.scale) - digits
	if drop <= 0 {
		return n, nil
	}
	if n.big == nil && drop < len(powers10) && digits >= 0 {
		return number{coef: dropInt64(n.coef, powers10[drop], mode), scale: int32(digits)}, nil
	}
	coef := dropDigits(n.coefficient(), drop, mode)
	if digits < 0 {
		return fromBig(coef.Mul(coef, power10(-digits)), 0)
	}
	return fromBig(coef, digits)
}

// dropInt64 divides by a power of ten and rounds.
func dropInt64(n, power int64, mode rounding) int64 {
	quotient, rest := n/power, n%power
	switch {
	case rest > 0 && (mode == upward || mode == halfUp && rest >= power-rest):
		quotient++
	case rest < 0 && (mode == downward || mode == halfUp && -rest >= power+rest):
		quotient--
	}
	return quotient
}

// dropDigits is dropInt64 for every size.
func dropDigits(n *big.Int, drop int, mode rounding) *big.Int {
	power := power10(drop)
	quotient, rest := new(big.Int).QuoRem(n, power, new(big.Int))
	sign := int64(rest.Sign())
	switch {
	case sign == 0:
	case mode == upward && sign > 0, mode == downward && sign < 0:
		quotient.Add(quotient, big.NewInt(sign))
	case mode == halfUp:
		if rest.Abs(rest); rest.Lsh(rest, 1).Cmp(power) >= 0 {
			quotient.Add(quotient, big.NewInt(sign))
		}
	}
	return quotient
}

func absolute(n number) (number, *EvalError) {
	if n.sign() < 0 {
		return negate(n)
	}
	return n, nil
}
