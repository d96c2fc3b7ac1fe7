package expression

import (
	"cmp"
	"math/big"
)

// quotientDigits is how many significant digits a quotient is rounded to, half away from zero: as
// many as SQL's widest decimal holds. An integer part that is longer is kept whole.
const quotientDigits = 38

var errDivisionByZero = &EvalError{Fault: OutOfRange, Message: "division by zero"}

// aligned gives both coefficients the larger scale of the two, if they then fit.
func aligned(a, b number) (x, y int64, scale int32, ok bool) {
	if a.big != nil || b.big != nil {
		return 0, 0, 0, false
	}
	if a.scale == b.scale {
		return a.coef, b.coef, a.scale, true
	}
	x, y, scale = a.coef, b.coef, max(a.scale, b.scale)
	up := scale - min(a.scale, b.scale)
	if up >= int32(len(powers10)) {
		return 0, 0, 0, false
	}
	if a.scale < scale {
		x, ok = mulInt64(x, powers10[up])
	} else {
		y, ok = mulInt64(y, powers10[up])
	}
	return x, y, scale, ok
}

// alignedBig is aligned for every size.
func alignedBig(a, b number) (x, y *big.Int, scale int) {
	x, y = a.coefficient(), b.coefficient()
	switch up := int(a.scale) - int(b.scale); {
	case up > 0:
		y = new(big.Int).Mul(y, power10(up))
	case up < 0:
		x = new(big.Int).Mul(x, power10(-up))
	}
	return x, y, int(max(a.scale, b.scale))
}

func add(a, b number) (number, *EvalError) {
	if x, y, scale, ok := aligned(a, b); ok {
		if sum := x + y; (sum > x) == (y > 0) {
			return number{coef: sum, scale: scale}, nil
		}
	}
	x, y, scale := alignedBig(a, b)
	return fromBig(new(big.Int).Add(x, y), scale)
}

func subtract(a, b number) (number, *EvalError) {
	if x, y, scale, ok := aligned(a, b); ok {
		if difference := x - y; (difference < x) == (y > 0) {
			return number{coef: difference, scale: scale}, nil
		}
	}
	x, y, scale := alignedBig(a, b)
	return fromBig(new(big.Int).Sub(x, y), scale)
}

func multiply(a, b number) (number, *EvalError) {
	if a.big == nil && b.big == nil {
		if product, ok := mulInt64(a.coef, b.coef); ok && a.scale+b.scale <= maxDigits {
			return number{coef: product, scale: a.scale + b.scale}, nil
		}
	}
	return fromBig(new(big.Int).Mul(a.coefficient(), b.coefficient()), int(a.scale+b.scale))
}

// divide gives a quotient without zeros at the end of its fraction.
func divide(a, b number) (number, *EvalError) {
	if b.sign() == 0 {
		return number{}, errDivisionByZero
	}
	if a.big == nil && b.big == nil && a.scale >= b.scale && b.coef != -1 && a.coef%b.coef == 0 {
		return number{coef: a.coef / b.coef, scale: a.scale - b.scale}.trimmed(0), nil
	}
	x, y := a.coefficient(), b.coefficient()
	// Scale the dividend up until the quotient has enough digits and no negative scale.
	up := max(0, quotientDigits+2+decimalLen(y)-decimalLen(x), int(b.scale)-int(a.scale))
	quotient := new(big.Int).Quo(new(big.Int).Mul(x, power10(up)), y)
	scale := int(a.scale) - int(b.scale) + up
	length := decimalLen(quotient)
	if drop := length - max(quotientDigits, length-scale); drop > 0 {
		quotient = dropDigits(quotient, drop, halfUp)
		scale -= drop
	}
	if quotient.IsInt64() {
		return number{coef: quotient.Int64(), scale: int32(min(scale, 1<<30))}.trimmed(0).checked()
	}
	return number{big: quotient, scale: int32(scale)}.trimmed(0).checked()
}

// checked holds a result to maxDigits.
func (n number) checked() (number, *EvalError) {
	if n.scale > maxDigits {
		return number{}, errTooManyDigits
	}
	return n, nil
}

// remainder has the dividend's sign, as in SQL and Go.
func remainder(a, b number) (number, *EvalError) {
	if b.sign() == 0 {
		return number{}, errDivisionByZero
	}
	if x, y, scale, ok := aligned(a, b); ok {
		if y == -1 { // the least int64 % -1 may trap
			return number{scale: scale}, nil
		}
		return number{coef: x % y, scale: scale}, nil
	}
	x, y, scale := alignedBig(a, b)
	return fromBig(new(big.Int).Rem(x, y), scale)
}

func negate(a number) (number, *EvalError) {
	if a.big == nil && -a.coef != a.coef || a.sign() == 0 {
		return number{coef: -a.coef, scale: a.scale}, nil
	}
	return fromBig(new(big.Int).Neg(a.coefficient()), int(a.scale))
}

// compare is -1, 0 or 1, by value: 1.50 and 1.5 are equal.
func compare(a, b number) int {
	if x, y, _, ok := aligned(a, b); ok {
		return cmp.Compare(x, y)
	}
	if a.sign() != b.sign() {
		return cmp.Compare(a.sign(), b.sign())
	}
	x, y, _ := alignedBig(a, b)
	return x.Cmp(y)
}

// decimalLen is the number of decimal digits of n; 1 for 0.
func decimalLen(n *big.Int) int {
	if n.IsInt64() {
		length, m := 1, magnitude(n.Int64())
		for m >= 10 {
			m /= 10
			length++
		}
		return length
	}
	return len(n.Append(make([]byte, 0, 64), 10)) - (1-n.Sign())/2
}
