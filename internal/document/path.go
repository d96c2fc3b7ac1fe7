package document

import (
	"fmt"
	"strconv"
	"strings"
)

// Path names a place in a document: "a.b[0].c", "$.a['odd key']", "$". It is immutable.
type Path struct {
	steps []step
}

// step is a field of an object, or an element of an array.
type step struct {
	name  Name
	index int // -1 for a field
}

// ParsePath reads a path. Names are separated by dots; a name with other characters than letters,
// digits, _ - @ : / stands in brackets and quotes; [n] is an array's element, from 0. A leading $
// may be written. Wildcards, slices, filters and negative indexes are refused, with a message that
// says so.
func ParsePath(text string) (Path, error) {
	r := pathReader{text: text}
	if text == "" {
		return Path{}, r.fail("it is empty; write a field's name, or $ for the whole event")
	}
	if text == "$" || strings.HasPrefix(text, "$.") || strings.HasPrefix(text, "$[") {
		r.at = 1
	}
	var steps []step
	for r.at < len(text) {
		s, err := r.step(r.at == 0)
		if err != nil {
			return Path{}, err
		}
		steps = append(steps, s)
	}
	return Path{steps: steps}, nil
}

// Find is the value at the path; Missing where a step finds none.
func (p Path) Find(v Value) Value {
	for i := range p.steps {
		if s := &p.steps[i]; s.index >= 0 {
			v = v.Index(s.index)
		} else {
			v = v.Field(s.name)
		}
	}
	return v
}

// Field is the top-level field the path begins with; empty when it begins with an index or is "$".
func (p Path) Field() string {
	if len(p.steps) == 0 {
		return ""
	}
	return p.steps[0].name.text
}

// Rest is the path below its first step, so that p.Find(v) is p.Rest().Find(v.Get(p.Field())).
func (p Path) Rest() Path {
	if len(p.steps) == 0 {
		return Path{}
	}
	return Path{steps: p.steps[1:]}
}

// Len is the number of steps; "$" has none.
func (p Path) Len() int { return len(p.steps) }

// String is the path in its shortest form.
func (p Path) String() string {
	if len(p.steps) == 0 {
		return "$"
	}
	var b strings.Builder
	for i, s := range p.steps {
		switch {
		case s.index >= 0:
			if i == 0 {
				b.WriteByte('$')
			}
			fmt.Fprintf(&b, "[%d]", s.index)
		case s.name.text != "$" && isBareName(s.name.text):
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.name.text)
		default:
			if i == 0 {
				b.WriteByte('$')
			}
			b.WriteString("['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s.name.text) + "']")
		}
	}
	return b.String()
}

// pathReader steps through a path's text.
type pathReader struct {
	text string
	at   int
}

func (r *pathReader) fail(format string, args ...any) error {
	return fmt.Errorf("path %q: %s", r.text, fmt.Sprintf(format, args...))
}

// step reads ".name", "[0]" or "['name']"; the very first may be a name without its dot.
func (r *pathReader) step(first bool) (step, error) {
	switch {
	case r.text[r.at] == '[':
		r.at++
		return r.bracket()
	case r.text[r.at] == '.':
		r.at++
		if strings.HasPrefix(r.text[r.at:], ".") {
			return step{}, r.fail("..name (a search at every depth) is not supported; write the whole path")
		}
	case !first:
		return step{}, r.fail("a dot is missing before %q", r.text[r.at:])
	}
	from := r.at
	for r.at < len(r.text) && isBare(r.text[r.at]) {
		r.at++
	}
	if r.at > from {
		return field(r.text[from:r.at]), nil
	}
	if r.at == len(r.text) {
		return step{}, r.fail("a name is missing after the last dot")
	}
	if r.text[r.at] == '*' {
		return step{}, r.fail("* is not supported; name one field")
	}
	return step{}, r.fail("a name with %q in it must be written in brackets and quotes, as ['odd name']", r.text[r.at:r.at+1])
}

// bracket reads on after "[".
func (r *pathReader) bracket() (step, error) {
	rest := r.text[r.at:]
	if rest != "" && (rest[0] == '\'' || rest[0] == '"') {
		return r.quoted(rest[0])
	}
	inside, _, found := strings.Cut(rest, "]")
	if !found {
		return step{}, r.fail("a ] is missing")
	}
	if inside == "" || strings.Trim(inside, "0123456789") != "" {
		return step{}, r.fail("[%s] is not supported; write an element's number from 0, or a name in quotes", inside)
	}
	index, err := strconv.ParseInt(inside, 10, 32)
	if err != nil {
		return step{}, r.fail("[%s] is beyond any array", inside)
	}
	r.at += len(inside) + 1
	return step{index: int(index)}, nil
}

// quoted reads a name in the given quotes and the ] after it. A backslash stands before a quote or
// a backslash that belongs to the name.
func (r *pathReader) quoted(quote byte) (step, error) {
	var name []byte
	for i := r.at + 1; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '\\' && i+1 < len(r.text):
			i++
			name = append(name, r.text[i])
		case c == quote:
			if !strings.HasPrefix(r.text[i+1:], "]") {
				return step{}, r.fail("a ] is missing after the closing quote")
			}
			r.at = i + 2
			return field(string(name)), nil
		default:
			name = append(name, c)
		}
	}
	return step{}, r.fail("a closing %c is missing", quote)
}

func field(name string) step { return step{name: NewName(name), index: -1} }

func isBareName(name string) bool {
	for i := range len(name) {
		if !isBare(name[i]) {
			return false
		}
	}
	return name != ""
}

// isBare tells whether a byte may stand in a name without quotes.
func isBare(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c >= 0x80:
		return true
	}
	return strings.IndexByte("_-@:/$", c) >= 0
}
