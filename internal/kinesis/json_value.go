package kinesis

import (
	"bytes"
	"math"
	"strconv"
	"strings"

	"github.com/penstock/penstock/internal/base64"
)

// maxNumber is the longest number we look into: the time that takes grows with the square of it.
const maxNumber = 1000

func (r *jsonReader) text() (string, bool) {
	s, ok := r.view()
	return strings.Clone(s), ok
}

func (r *jsonReader) view() (string, bool) {
	switch c := r.peek(); c {
	case '"':
		s := r.str()
		return s, r.fault == nil
	case 'n':
		r.literal("null")
	default:
		r.wrong(c, "an String", "")
	}
	return "", false
}

func (r *jsonReader) flag() (value, ok bool) {
	switch c := r.peek(); c {
	case 't':
		r.literal("true")
		return true, r.fault == nil
	case 'f':
		r.literal("false")
		return false, r.fault == nil
	case 'n':
		r.literal("null")
	default:
		r.wrong(c, "an Boolean", "")
	}
	return false, false
}

func (r *jsonReader) integer() (int64, bool) {
	f, ok := r.float("an Integer")
	return int64(math.Floor(min(max(f, math.MinInt32), math.MaxInt32))), ok
}

func (r *jsonReader) instant() (int64, bool) {
	f, ok := r.float("milliseconds since epoch")
	const farthest = 1 << 52 // where a float64 still holds every millisecond
	return int64(math.Round(min(max(f*1000, -farthest), farthest))), ok
}

func (r *jsonReader) float(target string) (float64, bool) {
	switch c := r.peek(); {
	case c == 'n':
		r.literal("null")
	case c == '-' || c >= '0' && c <= '9':
		digits := r.number()
		if len(digits) > maxNumber {
			r.syntax("a number of more than 1000 characters")
			return 0, false
		}
		f, _ := strconv.ParseFloat(digits, 64) // out of range: infinite, which callers clamp
		return f, r.fault == nil
	default:
		r.wrong(c, target, "")
	}
	return 0, false
}

// number passes over a number and returns its text.
func (r *jsonReader) number() string {
	start := r.pos
	if r.at() == '-' {
		r.pos++
	}
	switch c := r.at(); {
	case c == '0':
		r.pos++
	case r.digits() == 0:
		r.syntax("no value")
		return ""
	}
	if r.at() == '.' {
		r.pos++
		if r.digits() == 0 {
			r.syntax("a number without digits after its point")
			return ""
		}
	}
	if c := r.at(); c == 'e' || c == 'E' {
		r.pos++
		if c := r.at(); c == '+' || c == '-' {
			r.pos++
		}
		if r.digits() == 0 {
			r.syntax("a number without an exponent")
			return ""
		}
	}
	return viewOf(r.buf[start:r.pos])
}

// at is the byte at the position, 0 at the end.
func (r *jsonReader) at() byte {
	if r.pos < len(r.buf) {
		return r.buf[r.pos]
	}
	return 0
}

func (r *jsonReader) digits() (n int) {
	for c := r.at(); c >= '0' && c <= '9'; c = r.at() {
		r.pos++
		n++
	}
	return n
}

func (r *jsonReader) blob() ([]byte, bool) {
	switch c := r.peek(); c {
	case '"':
		return r.base64()
	case 'n':
		r.literal("null")
	default:
		r.wrong(c, "a Blob", "")
	}
	return nil, false
}

// base64 decodes the string at the position into the arena. Base64 holds neither quotes nor
// backslashes, so the next quote ends it; only if that is no base64 is the string read as JSON
// strings may be written, with escapes.
func (r *jsonReader) base64() ([]byte, bool) {
	start := r.pos + 1
	if n := bytes.IndexByte(r.buf[start:], '"'); n >= 0 {
		if grown, data, ok := base64.Decode(r.arena, r.buf[start:start+n]); ok {
			r.arena, r.pos = grown, start+n+1
			return data, true
		}
	}
	text := []byte(r.str())
	if r.fault != nil {
		return nil, false
	}
	grown, data, ok := base64.Decode(r.arena, text)
	if !ok {
		r.mismatch("'" + clip(text) + "' can not be converted to a Blob: " + base64Fault(text))
		return nil, false
	}
	r.arena = grown
	return data, true
}
