package contract

// parseDate reads "2026-11-22" at the start of text.
func parseDate(text []byte, c *civil) (rest []byte, ok bool) {
	if len(text) < 10 || text[4] != '-' || text[7] != '-' {
		return text, false
	}
	var y, m, d bool
	c.year, y = fixedDigits(text[0:4])
	c.month, m = fixedDigits(text[5:7])
	c.day, d = fixedDigits(text[8:10])
	return text[10:], y && m && d
}

// parseRFC3339 reads "2026-11-22T05:00:00.123Z", with T, t or a space between date and time and Z, z or
// an offset at the end.
func parseRFC3339(text []byte, c *civil) bool {
	rest, ok := parseDate(text, c)
	if !ok || len(rest) < 10 || rest[3] != ':' || rest[6] != ':' {
		return false
	}
	if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' {
		return false
	}
	var h, m, s bool
	c.hour, h = fixedDigits(rest[1:3])
	c.minute, m = fixedDigits(rest[4:6])
	c.second, s = fixedDigits(rest[7:9])
	if !h || !m || !s {
		return false
	}
	rest = rest[9:]
	if rest[0] == '.' {
		rest, ok = parseFraction(rest[1:], c)
		if !ok {
			return false
		}
	}
	rest, ok = parseOffset(rest, c, true)
	return ok && len(rest) == 0
}

// parseFraction reads the digits after a second's point; at least one.
func parseFraction(text []byte, c *civil) (rest []byte, ok bool) {
	i, unit := 0, 100_000_000
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9'; i++ {
		c.nanos += int(text[i]-'0') * unit
		if unit == 0 && text[i] != '0' {
			c.finer = true
		}
		unit /= 10
	}
	return text[i:], i > 0
}

// parseOffset reads Z or +hh:mm; unless strict also +hhmm and +hh.
func parseOffset(text []byte, c *civil, strict bool) (rest []byte, ok bool) {
	if len(text) == 0 {
		return text, false
	}
	c.hasOffset = true
	if text[0] == 'Z' || text[0] == 'z' {
		return text[1:], true
	}
	if text[0] != '+' && text[0] != '-' || len(text) < 3 {
		return text, false
	}
	hours, ok := fixedDigits(text[1:3])
	minutes, negative := 0, text[0] == '-'
	text = text[3:]
	colon := len(text) > 0 && text[0] == ':'
	if strict && !colon {
		return text, false
	}
	if colon {
		text = text[1:]
	}
	if len(text) >= 2 {
		var two bool
		minutes, two = fixedDigits(text[:2])
		ok = ok && two
		text = text[2:]
	} else if colon {
		return text, false
	}
	c.offset = hours*3600 + minutes*60
	if negative {
		c.offset = -c.offset
	}
	return text, ok && hours <= 23 && minutes <= 59
}

// fixedDigits reads text, which must be digits only.
func fixedDigits(text []byte) (v int, ok bool) {
	for _, ch := range text {
		if ch < '0' || ch > '9' {
			return 0, false
		}
		v = v*10 + int(ch-'0')
	}
	return v, true
}
