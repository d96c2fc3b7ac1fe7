package kinesis

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/base64"
)

// jsonWriter appends JSON without reflection. The last byte written tells whether a comma is due.
type jsonWriter struct {
	buf     []byte
	closers []byte // brackets that end what is open
}

func (w *jsonWriter) bytes() []byte { return w.buf }

func (w *jsonWriter) grow(n int) { w.buf = slices.Grow(w.buf, n) }

// comma separates a value from the one before it in a list.
func (w *jsonWriter) comma() {
	if n := len(w.buf); n > 0 {
		switch w.buf[n-1] {
		case '[', ':', '{':
		default:
			w.buf = append(w.buf, ',')
		}
	}
}

func (w *jsonWriter) object() {
	w.comma()
	w.buf = append(w.buf, '{')
	w.closers = append(w.closers, '}')
}

func (w *jsonWriter) list() {
	w.comma()
	w.buf = append(w.buf, '[')
	w.closers = append(w.closers, ']')
}

func (w *jsonWriter) end() {
	last := len(w.closers) - 1
	w.buf = append(w.buf, w.closers[last])
	w.closers = w.closers[:last]
}

func (w *jsonWriter) field(name string) {
	w.comma()
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, name...)
	w.buf = append(w.buf, '"', ':')
}

func (w *jsonWriter) digits(text []byte) {
	w.comma()
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, text...)
	w.buf = append(w.buf, '"')
}

func (w *jsonWriter) integer(n int64) {
	w.comma()
	w.buf = strconv.AppendInt(w.buf, n, 10)
}

func (w *jsonWriter) flag(b bool) {
	w.comma()
	w.buf = strconv.AppendBool(w.buf, b)
}

func (w *jsonWriter) instant(millis int64) {
	w.comma()
	if millis < 0 {
		w.buf = append(w.buf, '-')
		millis = -millis
	}
	w.buf = strconv.AppendInt(w.buf, millis/1000, 10)
	if rest := millis % 1000; rest != 0 {
		w.buf = append(w.buf, '.', byte('0'+rest/100), byte('0'+rest/10%10), byte('0'+rest%10))
	}
}

func (w *jsonWriter) blob(data []byte) {
	w.comma()
	w.buf = append(w.buf, '"')
	w.buf = base64.Append(w.buf, data)
	w.buf = append(w.buf, '"')
}

func (w *jsonWriter) text(s string) {
	w.comma()
	w.buf = append(w.buf, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
		}
		w.buf = append(w.buf, s[from:i]...)
		w.escape(c)
		i += size
		from = i
	}
	w.buf = append(w.buf, s[from:]...)
	w.buf = append(w.buf, '"')
}

// escape writes one byte that may not stand in a JSON string as it is.
func (w *jsonWriter) escape(c byte) {
	const hex = "0123456789abcdef"
	switch {
	case c == '"' || c == '\\':
		w.buf = append(w.buf, '\\', c)
	case c >= utf8.RuneSelf: // not UTF-8
		w.buf = utf8.AppendRune(w.buf, utf8.RuneError)
	default:
		w.buf = append(w.buf, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
	}
}
