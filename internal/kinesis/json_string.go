package kinesis

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// viewOf is b as a string that changes when b does.
func viewOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// str reads the string at the position. Without escapes the result is a view of the body.
func (r *jsonReader) str() string {
	start := r.pos + 1
	n := bytes.IndexByte(r.buf[start:], '"')
	if n < 0 {
		r.syntax("a string without an end")
		return ""
	}
	raw := r.buf[start : start+n]
	ascii := true
	for _, c := range raw {
		if c < ' ' || c == '\\' {
			return r.escaped(start)
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	if !ascii && !utf8.Valid(raw) {
		r.syntax("a string that is not UTF-8")
		return ""
	}
	r.pos = start + n + 1
	return viewOf(raw)
}

// escaped reads a string that is more than plain characters into memory of its own.
func (r *jsonReader) escaped(start int) string {
	r.pos = start
	var out []byte
	for r.pos < len(r.buf) {
		switch c := r.buf[r.pos]; {
		case c == '"':
			r.pos++
			if !utf8.Valid(out) {
				r.syntax("a string that is not UTF-8")
				return ""
			}
			return viewOf(out)
		case c < ' ':
			r.syntax("a control character in a string")
			return ""
		case c == '\\':
			r.pos++
			out = r.escape(out)
			if r.fault != nil {
				return ""
			}
		default:
			out = append(out, c)
			r.pos++
		}
	}
	r.syntax("a string without an end")
	return ""
}

// escape appends what the escape sequence at the position, after its backslash, stands for.
func (r *jsonReader) escape(out []byte) []byte {
	c := r.at()
	r.pos++
	switch c {
	case '"', '\\', '/':
		return append(out, c)
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'u':
		return r.unicodeEscape(out)
	}
	r.pos--
	r.syntax("an unknown escape sequence")
	return out
}

// unicodeEscape reads four hexadecimal digits, and the second half of a surrogate pair. Half a
// pair is no character and cannot be written in UTF-8, so it is refused.
func (r *jsonReader) unicodeEscape(out []byte) []byte {
	first := r.hex4()
	if !utf16.IsSurrogate(first) {
		return utf8.AppendRune(out, first)
	}
	if r.at() == '\\' && r.pos+1 < len(r.buf) && r.buf[r.pos+1] == 'u' {
		r.pos += 2
		if both := utf16.DecodeRune(first, r.hex4()); both != utf8.RuneError {
			return utf8.AppendRune(out, both)
		}
	}
	r.syntax("half of a surrogate pair")
	return out
}

func (r *jsonReader) hex4() rune {
	if r.pos+4 <= len(r.buf) {
		digits := viewOf(r.buf[r.pos : r.pos+4])
		if n, err := strconv.ParseUint(digits, 16, 16); err == nil {
			r.pos += 4
			return rune(n)
		}
	}
	r.syntax("an incomplete escape sequence")
	return 0
}
