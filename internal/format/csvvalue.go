package format

import (
	"bytes"
	"encoding/binary"
	"math"
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
	if !needsQuotes(s) {
		return append(b, s...)
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

// needsQuotes reports whether s (not empty) must be quoted. Besides what RFC 4180 asks for (quote,
// comma, line breaks) these are: a backslash, which Snowflake reads as an escape outside of quotes
// and which makes \N its NULL; control characters; a space at either end, which some readers trim;
// and a leading #, which sniffing readers take for a comment.
func needsQuotes(s []byte) bool {
	first, last := s[0], s[len(s)-1]
	if first == ' ' || last == ' ' || first == '#' {
		return true
	}
	if len(s) < 8 {
		for _, c := range s {
			if c < ' ' || c == '"' || c == ',' || c == '\\' || c == 0x7f {
				return true
			}
		}
		return false
	}
	for ; len(s) > 8; s = s[8:] {
		if special(binary.LittleEndian.Uint64(s)) {
			return true
		}
		if len(s) < 16 {
			// The rest, with a few bytes seen twice.
			return special(binary.LittleEndian.Uint64(s[len(s)-8:]))
		}
	}
	return special(binary.LittleEndian.Uint64(s))
}

// special reports whether one of eight bytes is a control character, a quote, a comma or a
// backslash. Each term has the high bit of some byte set if such a byte is there.
func special(x uint64) bool {
	quote, comma, backslash, del := x^('"'*ones), x^(','*ones), x^('\\'*ones), x^(0x7f*ones)
	found := (x - ' '*ones) & ^x
	found |= (quote - ones) & ^quote
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
