package contract

import (
	"encoding/binary"
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
	return in.refusal()
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
	if len(text) != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return false, false
	}
	four := func(at int) uint64 { return uint64(binary.LittleEndian.Uint32(text[at:])) }
	canonical = true
	for _, eight := range [...]uint64{
		binary.LittleEndian.Uint64(text), four(9) | four(14)<<32, four(19) | four(24)<<32, binary.LittleEndian.Uint64(text[28:]),
	} {
		lower, hex := hexDigits(eight)
		if !hex {
			return false, false
		}
		canonical = canonical && lower
	}
	return canonical, true
}

// hexDigits tells whether eight bytes are hexadecimal digits, and whether no letter among them is a capital. Added to
// a byte below 0x80, 0x80-c sets the high bit if the byte is at least c, and nothing is carried over.
func hexDigits(x uint64) (lower, hex bool) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	if x&highs != 0 {
		return false, false
	}
	small := (x+(0x80-'0')*ones)&^(x+(0x80-'9'-1)*ones) | (x+(0x80-'a')*ones)&^(x+(0x80-'f'-1)*ones)
	capital := (x + (0x80-'A')*ones) &^ (x + (0x80-'F'-1)*ones)
	return small&highs == highs, (small|capital)&highs == highs
}

// json keeps a part of the event as it was sent.
func (v *converter) json(in *input, out *Value) *refusal {
	if p := in.refusal(); p != nil {
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
