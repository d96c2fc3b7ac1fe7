package format

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"unsafe"
)

// stringBytes is s as bytes that must not be changed.
func stringBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// appendText appends a CSV field with the text s: the empty text as "", because an empty field
// without quotes is NULL, and quotes around anything a reader could take for something else.
func appendText(b, s []byte) []byte {
	if len(s) == 0 {
		return append(b, '"', '"')
	}
	if b, plain := appendPlain(b, s); plain {
		return b
	}
	b = append(b, '"')
	for {
		i := bytes.IndexByte(s, '"')
		if i < 0 {
			break
		}
		b = append(b, s[:i+1]...)
		b = append(b, '"')
		s = s[i+1:]
	}
	b = append(b, s...)
	return append(b, '"')
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// appendPlain appends s (not empty) if it needs no quotes. Besides what RFC 4180 wants quoted (quote, comma, line
// breaks) these need them: a backslash, which Snowflake reads as an escape outside of quotes and which makes \N
// its NULL; control characters; a space at either end, which some readers trim; and a leading #, which sniffing
// readers take for a comment. It looks and copies in one pass, which takes half the time of two.
func appendPlain(b, s []byte) (grown []byte, plain bool) {
	if first, last := s[0], s[len(s)-1]; first == ' ' || last == ' ' || first == '#' {
		return b, false
	}
	n := len(s)
	switch {
	case n < 4:
		if special(uint64(s[0]) | uint64(s[n/2])<<8 | uint64(s[n-1])<<16 | '0'*(ones&^0xffffff)) {
			return b, false
		}
		return append(b, s...), true
	case n < 8:
		if special(uint64(binary.LittleEndian.Uint32(s)) | uint64(binary.LittleEndian.Uint32(s[n-4:]))<<32) {
			return b, false
		}
		return append(b, s...), true
	}
	from := len(b)
	b = slices.Grow(b, n)[:from+n]
	to := b[from:]
	for i := 0; ; i += 8 {
		i = min(i, n-8) // the last word may hold bytes of the one before
		word := binary.LittleEndian.Uint64(s[i:])
		if special(word) {
			return b[:from], false
		}
		binary.LittleEndian.PutUint64(to[i:], word)
		if i == n-8 {
			return b, true
		}
	}
}

// special reports whether one of eight bytes is a control character, a quote, a comma or a
// backslash. Each term has the high bit of some byte set if such a byte is there. With bit 1 turned round, a quote is
// 0x20, next to the control characters.
func special(x uint64) bool {
	comma, backslash, del := x^(','*ones), x^('\\'*ones), x^(0x7f*ones)
	found := (x ^ 2*ones - 0x21*ones) & ^x
	found |= (comma - ones) & ^comma
	found |= (backslash - ones) & ^backslash
	found |= (del - ones) & ^del
	return found&highs != 0
}

func appendInt(b []byte, v int64) []byte { return strconv.AppendInt(b, v, 10) }

// appendDouble appends the shortest decimal that reads back as v, with an exponent only for very
// small and very large numbers, as JSON encoders write it.
func appendDouble(b []byte, v float64) []byte {
	if size := math.Abs(v); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.AppendFloat(b, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}
