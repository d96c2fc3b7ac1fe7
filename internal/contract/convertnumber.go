package contract

import (
	"strconv"
	"unsafe"
)

func (v *converter) integer(c *column, in *input, out *Value, least, most int64, beyondType *refusal) *refusal {
	if in.kind != numeric && in.kind != textual {
		return notANumber
	}
	i, ok := shortInt(in.bytes)
	if !ok {
		f, isNumber := v.number(in, 19, 0, c.rounding)
		switch {
		case !isNumber:
			return notANumber
		case f == inexact:
			return notWhole
		case f == beyond:
			return beyondType
		}
		if i, ok = v.count.int64(); !ok {
			return beyondType
		}
	}
	if i < least || i > most {
		return beyondType
	}
	out.Int = i
	return nil
}

// shortInt is the short way for whole numbers of up to 18 digits.
func shortInt(text []byte) (v int64, ok bool) {
	negative := len(text) > 0 && text[0] == '-'
	if negative {
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 18 {
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	if negative {
		v = -v
	}
	return v, true
}

// number reads an exact number into v.count, in units of 10^-scale.
func (v *converter) number(in *input, precision, scale int, mode rounding) (f fit, isNumber bool) {
	var n number
	n, v.digits, isNumber = parseNumber(v.digits[:0], in.bytes)
	if !isNumber {
		return fits, false
	}
	return n.toScale(&v.count, precision, scale, mode), true
}

func (v *converter) decimal(c *column, in *input, out *Value) *refusal {
	if in.kind != numeric && in.kind != textual {
		return notANumber
	}
	var ok bool
	if out.Bytes, v.arena, ok = plainDecimal(v.arena, in.bytes, c.typ.Precision, c.typ.Scale); ok {
		return nil
	}
	f, isNumber := v.number(in, c.typ.Precision, c.typ.Scale, c.rounding)
	switch {
	case !isNumber:
		return notANumber
	case f == inexact:
		return tooFine
	case f == beyond:
		return beyondDecimal
	}
	from := len(v.arena)
	v.arena = appendDecimal(v.arena, &v.count, c.typ.Scale)
	out.Bytes = v.arena[from:]
	return nil
}

func (v *converter) double(in *input, out *Value) *refusal {
	if in.kind != numeric && in.kind != textual {
		return notANumber
	}
	if in.kind == textual {
		// The standard library also reads hexadecimal, inf and nan.
		var ok bool
		if _, v.digits, ok = parseNumber(v.digits[:0], in.bytes); !ok {
			return notANumber
		}
	}
	f, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(in.bytes), len(in.bytes)), 64)
	if err != nil {
		return beyondDouble
	}
	out.Float = f
	if f == 0 {
		out.Float = 0 // minus zero, too
	}
	return nil
}
