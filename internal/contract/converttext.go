package contract

import (
	"strconv"

	"github.com/penstock/penstock/internal/document"
)

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
