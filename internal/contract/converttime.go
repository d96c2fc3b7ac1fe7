package contract

func (v *converter) date(c *column, in *input, out *Value) *refusal {
	if in.kind != textual {
		return notADateType
	}
	var at civil
	rest, ok := parseDate(in.bytes, &at)
	ok = ok && len(rest) == 0 && at.real()
	for i := 0; !ok && i < len(c.layouts); i++ {
		ok = c.layouts[i].parse(in.bytes, &at) && at.real()
	}
	if !ok {
		return notADate
	}
	if !at.inRange() {
		return beyondYears
	}
	out.Int = at.days()
	return nil
}

func (v *converter) timestamp(c *column, in *input, out *Value) *refusal {
	switch in.kind {
	case numeric:
		return v.epoch(c, in, out)
	case textual:
	default:
		return notATimeType
	}
	var at civil
	ok := parseRFC3339(in.bytes, &at) && at.real()
	for i := 0; !ok && i < len(c.layouts); i++ {
		ok = c.layouts[i].parse(in.bytes, &at) && at.real()
	}
	if !ok {
		if c.unit == undeclaredUnits {
			return notATime
		}
		return v.epoch(c, in, out)
	}
	micros, f := at.micros(c.zone, timeRounding(c.rounding))
	if f == inexact {
		return tooFineTime
	}
	if !at.inRange() || !withinYears(micros) {
		return beyondYears
	}
	out.Int = micros
	return nil
}

// timeRounding: digits finer than a microsecond are cut off unless declared otherwise. Clocks that
// write nanoseconds are common, and nobody means the last three digits.
func timeRounding(declared rounding) rounding {
	if declared == undeclaredRounding {
		return truncate
	}
	return declared
}

// epoch reads a count of time units since 1970.
func (v *converter) epoch(c *column, in *input, out *Value) *refusal {
	var n number
	var ok bool
	n, v.digits, ok = parseNumber(v.digits[:0], in.bytes)
	if !ok {
		return notATime
	}
	unit := c.unit
	if unit == undeclaredUnits {
		if unit, ok = unitBySize(n); !ok {
			return undeclaredUnit
		}
	}
	n.exp = clampExponent(n.exp + unit)
	switch n.toScale(&v.count, 19, 6, timeRounding(c.rounding)) {
	case inexact:
		return tooFineTime
	case beyond:
		return beyondYears
	}
	micros, ok := v.count.int64()
	if !ok || !withinYears(micros) {
		return beyondYears
	}
	out.Int = micros
	return nil
}

// unitBySize tells seconds, milliseconds, microseconds and nanoseconds of the years 1973 to 5138
// apart by their number of digits. Smaller numbers, dates such as 20261122 among them, say too little.
func unitBySize(n number) (exponent int, ok bool) {
	switch digits := len(n.digits) + n.exp; {
	case len(n.digits) == 0 || digits < 9 || digits > 20:
		return 0, false
	case digits <= 11:
		return 0, true
	case digits <= 14:
		return -3, true
	case digits <= 17:
		return -6, true
	}
	return -9, true
}
