package contract

// appendDecimal appends the count u of 10^-scale as plain digits with exactly scale of them after
// the point, such as -12.30 or 0.05.
func appendDecimal(dst []byte, u *unscaled, scale int) []byte {
	if u.negative {
		dst = append(dst, '-')
	}
	digits := u.text()
	if whole := len(digits) - scale; whole > 0 {
		dst = append(dst, digits[:whole]...)
		digits = digits[whole:]
	} else {
		dst = append(dst, '0')
	}
	if scale == 0 {
		return dst
	}
	dst = append(dst, '.')
	for range scale - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// plainDecimal is the short way for numbers as people write them, such as 19.9: no exponent, no
// superfluous zeros in front, no more digits than the type holds. What it does not take (ok is false)
// goes the long way, which also decides what is refused. The result is text itself where that
// has the right form already, or else is appended to dst, which is returned grown.
func plainDecimal(dst, text []byte, precision, scale int) (out, grown []byte, ok bool) {
	start := 0
	if len(text) > 0 && text[0] == '-' {
		start = 1
	}
	i, nonzero := start, false
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		nonzero = nonzero || text[i] != '0'
		i++
	}
	whole := i - start
	if whole == 0 || text[start] == '0' && whole > 1 || whole > precision-scale && nonzero {
		return nil, dst, false
	}
	point, last := i, i // last is the end of the digits that count
	if i < len(text) && text[i] == '.' {
		for i++; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
			if text[i] != '0' {
				nonzero = true
				last = i + 1
			}
		}
		if i == point+1 {
			return nil, dst, false
		}
	}
	fraction := max(last-point-1, 0)
	if i < len(text) || fraction > scale || start == 1 && !nonzero {
		return nil, dst, false
	}
	if written := i - point; scale > 0 && written == scale+1 || scale == 0 && written == 0 {
		return text, dst, true
	}
	from := len(dst)
	dst = append(dst, text[:max(last, point)]...)
	if scale > 0 && fraction == 0 {
		dst = append(dst, '.')
	}
	for range scale - fraction {
		dst = append(dst, '0')
	}
	return dst[from:], dst, true
}

// compareDecimals orders two decimals of one scale as appendDecimal writes them.
func compareDecimals(a, b []byte) int {
	an, bn := a[0] == '-', b[0] == '-'
	switch {
	case an && bn:
		return -comparePlain(a[1:], b[1:])
	case an:
		return -1
	case bn:
		return 1
	}
	return comparePlain(a, b)
}

func comparePlain(a, b []byte) int {
	if len(a) != len(b) {
		if len(a) < len(b) {
			return -1
		}
		return 1
	}
	for i := range a {
		if a[i] != b[i] {
			return int(a[i]) - int(b[i])
		}
	}
	return 0
}
