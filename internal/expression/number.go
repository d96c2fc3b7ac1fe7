package expression

import (
	"bytes"
	"math"
	"math/big"
	"math/bits"
	"strconv"
)

// maxDigits is how many digits a number may have before the point, and after it, when written
// without an exponent. It keeps a few bytes such as 1e999999999 from becoming gigabytes.
const maxDigits = 1000

// maxBits is the length of 10^maxDigits in bits.
const maxBits = 3322

// number is an exact decimal: its coefficient divided by 10 to the power of scale. It is
// immutable. Like SQL's decimal it keeps trailing zeros: 19.90 has scale 2.
type number struct {
	coef int64
	// big is the coefficient, where it does not fit coef; else nil.
	big *big.Int
	// scale is the number of digits after the point, 0 to maxDigits.
	scale int32
}

func integer(n int64) number { return number{coef: n} }

var (
	errTooManyDigits = &EvalError{Fault: OutOfRange, Message: "the number has more than 1,000 digits before or after the point"}
	errNotANumber    = &EvalError{Fault: OutOfRange, Message: "a text is no decimal number"}
)

// powers10 are the powers of ten that fit an int64.
var powers10 = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// parseJSON reads a number that is known to follow JSON's grammar.
func parseJSON(text []byte) (number, *EvalError) {
	var coef int64
	scale, point := 0, false
	for i, c := range text {
		switch {
		case c-'0' <= 9:
			coef = coef*10 + int64(c-'0')
			if point {
				scale++
			}
		case c == '.':
			point = true
		case c == '-' && i == 0:
		default: // an exponent
			return parseLong(text)
		}
	}
	if len(text) > 18 { // coef may have overflowed
		return parseLong(text)
	}
	if text[0] == '-' {
		coef = -coef
	}
	return number{coef: coef, scale: int32(scale)}, nil
}

// parseLong is parseJSON for every length and exponent.
func parseLong(text []byte) (number, *EvalError) {
	negative := text[0] == '-'
	if negative {
		text = text[1:]
	}
	mantissa, exponent := text, 0
	if at := bytes.IndexAny(text, "eE"); at >= 0 {
		mantissa = text[:at]
		exponent = clampedInt(text[at+1:])
	}
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	digits := bytes.TrimLeft(append(append(make([]byte, 0, len(mantissa)), whole...), fraction...), "0")
	scale := len(fraction) - exponent
	if len(digits) == 0 {
		return number{scale: int32(min(max(scale, 0), maxDigits))}, nil
	}
	if scale > maxDigits || len(digits)-scale > maxDigits || len(digits) > 2*maxDigits {
		return number{}, errTooManyDigits
	}
	if scale < 0 {
		digits = append(digits, bytes.Repeat([]byte("0"), -scale)...)
		scale = 0
	}
	coef, _ := new(big.Int).SetString(string(digits), 10)
	if negative {
		coef.Neg(coef)
	}
	return fromBig(coef, scale)
}

// clampedInt reads an exponent, which may be absurd.
func clampedInt(text []byte) int {
	const most = 1_000_000_000
	n, err := strconv.ParseInt(string(text), 10, 64)
	switch {
	case err != nil && text[0] == '-', n < -most:
		return -most
	case err != nil, n > most:
		return most
	}
	return int(n)
}

// parseText reads a number from a text: JSON's grammar, with a + or leading zeros allowed.
func parseText(text []byte) (number, *EvalError) {
	rest := text
	if len(rest) > 0 && (rest[0] == '-' || rest[0] == '+') {
		rest = rest[1:]
	}
	whole := leadingDigits(rest)
	rest = rest[whole:]
	fraction := 0
	if len(rest) > 0 && rest[0] == '.' {
		if fraction = leadingDigits(rest[1:]); fraction == 0 {
			return number{}, errNotANumber
		}
		rest = rest[1+fraction:]
	}
	if len(rest) > 0 && (rest[0] == 'e' || rest[0] == 'E') {
		rest = rest[1:]
		if len(rest) > 0 && (rest[0] == '-' || rest[0] == '+') {
			rest = rest[1:]
		}
		exponent := leadingDigits(rest)
		if exponent == 0 {
			return number{}, errNotANumber
		}
		rest = rest[exponent:]
	}
	if len(rest) > 0 || whole == 0 && fraction == 0 {
		return number{}, errNotANumber
	}
	if text[0] == '+' {
		text = text[1:]
	}
	return parseJSON(text)
}

func leadingDigits(text []byte) int {
	n := 0
	for n < len(text) && text[n]-'0' <= 9 {
		n++
	}
	return n
}

// fromBig makes a number of a coefficient the caller gives away.
func fromBig(coef *big.Int, scale int) (number, *EvalError) {
	if coef.IsInt64() && scale <= maxDigits {
		return number{coef: coef.Int64(), scale: int32(scale)}, nil
	}
	if scale > maxDigits || coef.BitLen() > maxBits+scale*maxBits/maxDigits {
		return number{}, errTooManyDigits
	}
	return number{big: coef, scale: int32(scale)}, nil
}

// coefficient is the coefficient as a big.Int, which must not be changed.
func (n number) coefficient() *big.Int {
	if n.big != nil {
		return n.big
	}
	return big.NewInt(n.coef)
}

func (n number) sign() int {
	switch {
	case n.big != nil:
		return n.big.Sign()
	case n.coef > 0:
		return 1
	case n.coef < 0:
		return -1
	}
	return 0
}

// int64 is the number as an integer, if it is one and fits; 2.00 is 2.
func (n number) int64() (i int64, ok bool) {
	if n.scale > 0 {
		n = n.trimmed(0)
	}
	return n.coef, n.big == nil && n.scale == 0
}

// trimmed takes zeros off the end of the fraction, down to a scale of least.
func (n number) trimmed(least int32) number {
	if n.big != nil {
		coef, ten, rest := new(big.Int).Set(n.big), big.NewInt(10), new(big.Int)
		quotient := new(big.Int)
		for n.scale > least {
			if quotient.QuoRem(coef, ten, rest); rest.Sign() != 0 {
				break
			}
			coef, quotient = quotient, coef
			n.scale--
		}
		if !coef.IsInt64() {
			n.big = coef
			return n
		}
		n.coef, n.big = coef.Int64(), nil
	}
	for n.scale > least && n.coef%10 == 0 {
		n.coef /= 10
		n.scale--
	}
	return n
}

// append writes the number in plain digits, such as -0.50.
func (n number) append(dst []byte) []byte {
	if n.big == nil && n.scale < 19 {
		return n.appendShort(dst)
	}
	if n.sign() < 0 {
		dst = append(dst, '-')
	}
	start := len(dst)
	if n.big != nil {
		dst = new(big.Int).Abs(n.big).Append(dst, 10)
	} else {
		dst = strconv.AppendUint(dst, magnitude(n.coef), 10)
	}
	scale := int(n.scale)
	if scale == 0 {
		return dst
	}
	for missing := scale + 1 - (len(dst) - start); missing > 0; missing-- {
		dst = append(dst, '0')
		copy(dst[start+1:], dst[start:])
		dst[start] = '0'
	}
	point := len(dst) - scale
	dst = append(dst, 0)
	copy(dst[point+1:], dst[point:])
	dst[point] = '.'
	return dst
}

// appendShort is append for a coefficient of an int64 and a scale below 19, which most numbers have: digits are
// written once, from the last to the first, where they then stand.
func (n number) appendShort(dst []byte) []byte {
	var buffer [21]byte // a sign, 19 digits, a point
	at, rest := len(buffer), magnitude(n.coef)
	for written := int32(0); rest > 0 || written <= n.scale; written++ {
		if written == n.scale && written > 0 {
			at--
			buffer[at] = '.'
		}
		at--
		buffer[at] = byte('0' + rest%10)
		rest /= 10
	}
	if n.coef < 0 {
		at--
		buffer[at] = '-'
	}
	return append(dst, buffer[at:]...)
}

func (n number) String() string { return string(n.append(nil)) }

// magnitude is the absolute value; that of the least int64 fits too.
func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

// mulInt64 multiplies, and tells whether the product fits.
func mulInt64(a, b int64) (product int64, ok bool) {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi != 0 || lo > math.MaxInt64 {
		return 0, false
	}
	if (a < 0) != (b < 0) {
		return -int64(lo), true
	}
	return int64(lo), true
}

// power10 is 10 to the power of n, for n from 0 to a few thousand.
func power10(n int) *big.Int {
	if n < len(powers10) {
		return big.NewInt(powers10[n])
	}
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}
