package kinesis

import (
	"bytes"
	"strings"
)

// maxSkipDepth limits the nesting of members we do not know and therefore pass over. What we do
// know nests three deep.
const maxSkipDepth = 512

// jsonReader reads JSON by RFC 8259 in one pass, without building anything: memory does not grow
// with what a client sends, however many elements or levels it has.
type jsonReader struct {
	buf   []byte
	pos   int
	fresh bool   // a structure or list was opened and nothing of it was read
	arena []byte // decoded blobs
	fault *failure
}

// syntax notes that the body is not JSON.
func (r *jsonReader) syntax(what string) {
	if r.fault == nil {
		r.fault = serialization("The body is not JSON: %s at byte %d", what, r.pos)
		r.pos = len(r.buf)
	}
}

// mismatch notes that a value has the wrong type.
func (r *jsonReader) mismatch(text string) {
	if r.fault == nil {
		r.fault = serialization("%s", text)
		r.pos = len(r.buf)
	}
}

// peek passes over white space and returns the next byte, 0 at the end.
func (r *jsonReader) peek() byte {
	for r.pos < len(r.buf) {
		switch c := r.buf[r.pos]; c {
		case ' ', '\n', '\t', '\r':
			r.pos++
		default:
			return c
		}
	}
	return 0
}

func (r *jsonReader) end() *failure {
	if r.fault == nil && r.peek() != 0 || r.pos < len(r.buf) {
		r.syntax("something follows the document")
	}
	return r.fault
}

func (r *jsonReader) object() bool { return r.open('{', "Expected null") }

func (r *jsonReader) mapping() bool { return r.open('{', "Expected map or null") }

func (r *jsonReader) list() bool { return r.open('[', "Expected list or null") }

func (r *jsonReader) open(bracket byte, expected string) bool {
	switch c := r.peek(); c {
	case bracket:
		r.pos++
		r.fresh = true
		return true
	case 'n':
		r.literal("null")
	default:
		r.wrong(c, "", expected)
	}
	return false
}

func (r *jsonReader) field() (string, bool) {
	if !r.next('}') {
		return "", false
	}
	if r.peek() != '"' {
		r.syntax("a member name is missing")
		return "", false
	}
	name := r.str()
	if r.peek() != ':' {
		r.syntax("a colon is missing")
		return "", false
	}
	r.pos++
	return name, r.fault == nil
}

func (r *jsonReader) element() bool {
	if !r.next(']') {
		return false
	}
	if r.peek() == ']' {
		r.syntax("an element is missing")
		return false
	}
	return true
}

// next passes over the comma before the next member or element, or over the closing bracket.
func (r *jsonReader) next(closing byte) bool {
	first := r.fresh
	r.fresh = false
	switch c := r.peek(); {
	case c == closing:
		r.pos++
		return false
	case first:
	case c == ',':
		r.pos++
	default:
		r.syntax("a comma or bracket is missing")
	}
	return r.fault == nil
}

// skip reads a value of any kind without calling itself, so depth costs no stack.
func (r *jsonReader) skip() {
	var inObject [maxSkipDepth]bool
	depth := 0
	for {
		switch c := r.peek(); c {
		case '{', '[':
			if depth == maxSkipDepth {
				r.syntax("more than 512 levels")
				return
			}
			inObject[depth] = c == '{'
			depth++
			r.pos++
			r.fresh = true
		default:
			r.skipScalar(c)
		}
		for depth > 0 && r.fault == nil {
			var more bool
			if inObject[depth-1] {
				_, more = r.field()
			} else {
				more = r.element()
			}
			if more {
				break
			}
			depth--
		}
		if depth == 0 || r.fault != nil {
			return
		}
	}
}

func (r *jsonReader) skipScalar(c byte) {
	switch c {
	case '"':
		r.str()
	case 't':
		r.literal("true")
	case 'f':
		r.literal("false")
	case 'n':
		r.literal("null")
	default:
		r.number()
	}
}

func (r *jsonReader) literal(word string) {
	if !bytes.HasPrefix(r.buf[r.pos:], []byte(word)) {
		r.syntax("an unknown word")
		return
	}
	r.pos += len(word)
}

// wrong notes that the value that starts with c is none that was expected: target is what it
// cannot become ("an Integer"), structure the text if AWS has one of its own for scalars.
func (r *jsonReader) wrong(c byte, target, structure string) {
	start := r.pos
	switch c {
	case '{':
		r.mismatch("Start of structure or map found where not expected.")
		return
	case '[':
		r.mismatch("Start of list found where not expected")
		return
	}
	if r.skipScalar(c); r.fault != nil {
		return
	}
	if structure != "" {
		r.mismatch(structure)
		return
	}
	kind := "class com.amazon.coral.value.json.numbers.TruncatingBigNumber"
	switch c {
	case '"':
		kind = "class java.lang.String"
		if strings.HasSuffix(target, "Boolean") {
			kind = "'" + strings.ToUpper(clip(r.buf[start+1:r.pos-1])) + "'"
		}
	case 't', 'f':
		kind = "class java.lang.Boolean"
	}
	r.mismatch(kind + " can not be converted to " + target)
}

// clip shortens what a client sent for use in an error text.
func clip(text []byte) string { return clipTo(string(text), 64) }

// clipTo shortens a text to about most bytes.
func clipTo(text string, most int) string {
	if len(text) <= most {
		return strings.ToValidUTF8(text, "?")
	}
	return strings.ToValidUTF8(text[:most], "?") + "..."
}
