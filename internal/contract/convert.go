package contract

import (
	"math"
	"strconv"
	"unsafe"

	"github.com/penstock/penstock/internal/document"
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

// varchar keeps numbers as they were written.
func (v *converter) varchar(in *input, out *Value) *refusal {
	switch in.kind {
	case boolean:
		from := len(v.arena)
		v.arena = strconv.AppendBool(v.arena, in.truth)
		out.Bytes = v.arena[from:]
		return nil
	case composite:
		return notAText
	}
	if len(in.bytes) > MaxValueBytes {
		return tooLarge
	}
	out.Bytes = in.bytes
	return in.problem()
}

func (v *converter) uuid(in *input, out *Value) *refusal {
	if in.kind != textual {
		return notAUUIDType
	}
	canonical, ok := checkUUID(in.bytes)
	if !ok {
		return notAUUID
	}
	if canonical {
		out.Bytes = in.bytes
		return nil
	}
	from := len(v.arena)
	for _, c := range in.bytes {
		if c >= 'A' && c <= 'F' {
			c |= 0x20
		}
		v.arena = append(v.arena, c)
	}
	out.Bytes = v.arena[from:]
	return nil
}

// checkUUID wants eight, four, four, four and twelve hexadecimal digits with dashes between.
func checkUUID(text []byte) (canonical, ok bool) {
	if len(text) != 36 {
		return false, false
	}
	canonical = true
	for i, c := range text {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false, false
			}
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'f':
		case c >= 'A' && c <= 'F':
			canonical = false
		default:
			return false, false
		}
	}
	return canonical, true
}

// json keeps a part of the event as it was sent.
func (v *converter) json(in *input, out *Value) *refusal {
	if p := in.problem(); p != nil {
		return p
	}
	from := len(v.arena)
	switch {
	case in.part.Kind() != document.Missing:
		out.Bytes = in.part.Raw()
	case in.kind == boolean:
		v.arena = strconv.AppendBool(v.arena, in.truth)
		out.Bytes = v.arena[from:]
	case in.kind == textual:
		v.arena = appendJSONText(v.arena, in.bytes)
		out.Bytes = v.arena[from:]
	default:
		out.Bytes = in.bytes
	}
	if len(out.Bytes) > MaxValueBytes {
		return tooLarge
	}
	return nil
}

// appendJSONText appends text, which is valid UTF-8, as a JSON string.
func appendJSONText(dst, text []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
