package contract

// number is an exact decimal: digits × 10^exp, negative or not. Its digits neither begin nor end
// with a zero; zero itself has none. Any number a text can hold is one, at the size of the text.
type number struct {
	negative bool
	digits   []byte // '0' to '9'
	exp      int    // within ±maxExponent
}

// maxExponent bounds exponents; whatever lies beyond it lies far beyond every type.
const maxExponent = 1 << 30

// parseNumber reads a number as JSON writes it, and, because they are as exact, also with a leading
// plus, with leading zeros, and without digits on one side of the point. The digits are
// appended to scratch, which is returned grown.
func parseNumber(scratch, text []byte) (n number, grown []byte, ok bool) {
	i := 0
	if i < len(text) && (text[i] == '-' || text[i] == '+') {
		n.negative = text[i] == '-'
		i++
	}
	start, seen, point := len(scratch), 0, -1
	for ; i < len(text); i++ {
		c := text[i]
		if c == '.' && point < 0 {
			point = seen
			continue
		}
		if c < '0' || c > '9' {
			break
		}
		seen++
		if c != '0' || len(scratch) > start {
			scratch = append(scratch, c)
		}
	}
	if seen == 0 {
		return number{}, scratch, false
	}
	if point >= 0 {
		n.exp = point - seen
	}
	exponent, ok := parseExponent(text[i:])
	if !ok {
		return number{}, scratch, false
	}
	end := len(scratch)
	for end > start && scratch[end-1] == '0' {
		end--
		n.exp++
	}
	n.digits = scratch[start:end]
	n.exp = clampExponent(n.exp + exponent)
	if len(n.digits) == 0 {
		n = number{}
	}
	return n, scratch, true
}

// parseExponent reads "", or e and a whole number, which it bounds.
func parseExponent(text []byte) (exponent int, ok bool) {
	if len(text) == 0 {
		return 0, true
	}
	if text[0] != 'e' && text[0] != 'E' {
		return 0, false
	}
	text = text[1:]
	negative := false
	if len(text) > 0 && (text[0] == '-' || text[0] == '+') {
		negative = text[0] == '-'
		text = text[1:]
	}
	if len(text) == 0 {
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		exponent = clampExponent(exponent*10 + int(c-'0'))
	}
	if negative {
		exponent = -exponent
	}
	return exponent, true
}

func clampExponent(e int) int { return max(-maxExponent, min(maxExponent, e)) }

// fit says how a number sits in a type.
type fit uint8

const (
	fits fit = iota
	// inexact: there are digits that the scale has no room for, and rounding them was not declared.
	inexact
	// beyond: the number has more digits before the point than the type.
	beyond
)

// unscaled is the number as a whole count of 10^-scale, in at most precision digits (up to
// MaxPrecision). It is what every exact type is made from.
type unscaled struct {
	negative bool
	digits   [MaxPrecision + 2]byte
	from     int // digits[from:] are the ones that count; none is zero
}

func (u *unscaled) text() []byte { return u.digits[u.from:] }

// toScale makes n a count of 10^-scale. Its cost does not depend on the exponent.
func (n number) toScale(u *unscaled, precision, scale int, mode rounding) fit {
	u.negative, u.from = n.negative, len(u.digits)
	if len(n.digits) == 0 {
		u.negative = false
		return fits
	}
	// The number has this many digits left of the last one kept; below 0 it is less than a tenth of it.
	kept := len(n.digits) + n.exp + scale
	if kept > precision {
		return beyond
	}
	if n.exp+scale >= 0 {
		u.set(n.digits, n.exp+scale)
		return fits
	}
	if mode == exact || mode == undeclaredRounding {
		return inexact
	}
	head, tail := n.digits[:max(kept, 0)], n.digits[max(kept, 0):]
	u.set(head, 0)
	if roundsAway(head, tail, kept, n.negative, mode) {
		u.increment()
	}
	if len(u.text()) > precision {
		return beyond
	}
	if len(u.text()) == 0 {
		u.negative = false
	}
	return fits
}

// set makes u the digits followed by zeros.
func (u *unscaled) set(digits []byte, zeros int) {
	u.from = len(u.digits) - len(digits) - zeros
	copy(u.digits[u.from:], digits)
	for i := u.from + len(digits); i < len(u.digits); i++ {
		u.digits[i] = '0'
	}
}

// increment adds one to the count.
func (u *unscaled) increment() {
	for i := len(u.digits) - 1; i >= u.from; i-- {
		if u.digits[i] < '9' {
			u.digits[i]++
			return
		}
		u.digits[i] = '0'
	}
	u.from--
	u.digits[u.from] = '1'
}

// roundsAway decides whether the digits cut off move the count away from zero. tail is not empty
// and not all zeros; kept below 0 means that zeros stand before it.
func roundsAway(head, tail []byte, kept int, negative bool, mode rounding) bool {
	switch mode {
	case floor:
		return negative
	case ceiling:
		return !negative
	case truncate:
		return false
	}
	if kept < 0 || tail[0] < '5' {
		return false
	}
	if tail[0] > '5' || len(tail) > 1 || mode == halfUp {
		return true
	}
	return len(head) > 0 && (head[len(head)-1]-'0')%2 == 1
}

// int64 is the count as an integer; ok is false when it does not fit.
func (u *unscaled) int64() (v int64, ok bool) {
	const least = -1 << 63
	for _, c := range u.text() {
		// Counting down holds the smallest integer, too.
		d := int64(c - '0')
		if v < (least+d)/10 {
			return 0, false
		}
		v = v*10 - d
	}
	if u.negative {
		return v, true
	}
	if v == least {
		return 0, false
	}
	return -v, true
}
