package document

import (
	"encoding/binary"
	"unicode/utf8"
)

// Parser reads documents one after another and keeps its memory for the next one. The zero Parser
// is ready. It belongs to one goroutine at a time; Values may be read by several.
type Parser struct {
	data []byte
	// nodes is the tape; nodes[0] is the document.
	nodes []node
	// text holds the strings that were written with escapes, unescaped.
	text []byte

	// shapes are those of documents before this one; shape is this one's, if it is an object that has one.
	shapes shapes
	shape  *shape
	// places are the tape indexes of the values of the document's own fields, names that repeat included.
	places []uint32

	// problems gathers what strings hold while the innermost open array or object is read.
	problems Problem
	// tooDeep: something below MaxDepth was checked but not kept.
	tooDeep bool
	// open is the stack of what is open below MaxDepth: a bit each, 1 for an object.
	open []uint64

	// fault says what is wrong at byte faultAt, once a read function has returned -1.
	fault   string
	faultAt int
}

// Memory kept from one document to the next; what a rare huge document needed beyond is let go.
const (
	keepNodes = 1 << 16 // 1 MiB
	keepText  = 1 << 20
	keepOpen  = 1 << 10
)

// Parse reads data, which must hold exactly one JSON document and must not change while its Values
// are in use. The Value, and everything got from it, is valid until the next Parse.
//
// The error is a *SyntaxError, ErrTooDeep or ErrTooLarge.
func (p *Parser) Parse(data []byte) (Value, error) {
	p.reset(data)
	if len(data) > MaxBytes {
		return Value{}, ErrTooLarge
	}
	if rest := afterASCII(data); len(rest) > 0 && !utf8.Valid(rest) {
		return Value{}, &SyntaxError{Offset: firstInvalid(data), Message: "these bytes are not UTF-8"}
	}
	end := p.value(p.space(0), 0)
	if end >= 0 {
		if end = p.space(end); end != len(data) {
			p.fail(end, "there is more after the end of the document")
			end = -1
		}
	}
	if end < 0 {
		return Value{}, &SyntaxError{Offset: p.faultAt, Message: p.fault}
	}
	if p.tooDeep {
		return Value{}, ErrTooDeep
	}
	return Value{p: p}, nil
}

func (p *Parser) reset(data []byte) {
	if cap(p.nodes) > keepNodes {
		p.nodes = nil
	}
	if cap(p.text) > keepText {
		p.text = nil
	}
	if cap(p.open) > keepOpen {
		p.open = nil
	}
	if cap(p.places) > keepNodes {
		p.places = nil
	}
	p.data, p.nodes, p.text = data, p.nodes[:0], p.text[:0]
	p.shape, p.places = nil, p.places[:0]
	p.problems, p.tooDeep = 0, false
}

// fail notes what is wrong where, and is -1, which every read function returns on failure.
func (p *Parser) fail(at int, message string) int {
	p.fault, p.faultAt = message, at
	return -1
}

// value reads the value that begins at i, inside depth arrays and objects, and returns the offset
// after it.
func (p *Parser) value(i, depth int) int {
	if i >= len(p.data) {
		return p.fail(i, "a value is missing; the document ends here")
	}
	switch p.data[i] {
	case '"':
		return p.str(i)
	case '{':
		if depth == MaxDepth {
			return p.checkDeep(i)
		}
		if depth == 0 {
			return p.root(i)
		}
		return p.object(i, depth+1)
	case '[':
		if depth == MaxDepth {
			return p.checkDeep(i)
		}
		return p.array(i, depth+1)
	}
	return p.scalar(i)
}

// object reads from the brace at i.
func (p *Parser) object(i, depth int) int {
	self := len(p.nodes)
	outer := p.problems
	p.problems = 0
	p.nodes = append(p.nodes, node{start: uint32(i), info: info(Object)})
	data := p.data
	i = p.space(i + 1)
	if i < len(data) && data[i] == '}' {
		return p.shut(self, i+1, outer)
	}
	for {
		name := len(p.nodes)
		if i = p.name(i); i < 0 {
			return i
		}
		if i = p.colon(i); i < 0 {
			return i
		}
		if i = p.value(i, depth); i < 0 {
			return i
		}
		p.nodes[name].next = uint32(len(p.nodes))
		if i >= len(data) || data[i] != ',' && data[i] != '}' {
			i = p.space(i)
		}
		switch {
		case i < len(data) && data[i] == ',':
			i = p.space(i + 1)
		case i < len(data) && data[i] == '}':
			return p.shut(self, i+1, outer)
		default:
			return p.fail(i, "a comma or } is missing after a field")
		}
	}
}

// root is object for the document's own, whose shape it follows.
func (p *Parser) root(i int) int {
	p.nodes = append(p.nodes, node{start: uint32(i), info: info(Object)})
	data, at := p.data, p.shapes.begin()
	i = p.space(i + 1)
	if i < len(data) && data[i] == '}' {
		return p.shut(0, i+1, 0)
	}
	for {
		name := len(p.nodes)
		if next := p.shapes.guess(at, data, i); next != 0 {
			known := &p.shapes.states[next]
			end := i + len(known.text)
			p.nodes = append(p.nodes, node{start: uint32(i), end: uint32(end - 1), info: known.info})
			i, at = p.space(end), next
		} else {
			if i = p.name(i); i < 0 {
				return i
			}
			at = p.shapes.follow(at, p.textAt(uint32(name)), p.nodes[name].info)
			if i = p.colon(i); i < 0 {
				return i
			}
		}
		p.places = append(p.places, uint32(len(p.nodes)))
		if i = p.value(i, 1); i < 0 {
			return i
		}
		p.nodes[name].next = uint32(len(p.nodes))
		if i >= len(data) || data[i] != ',' && data[i] != '}' {
			i = p.space(i)
		}
		switch {
		case i < len(data) && data[i] == ',':
			i = p.space(i + 1)
		case i < len(data) && data[i] == '}':
			p.shape = p.shapes.end(at)
			return p.shut(0, i+1, 0)
		default:
			return p.fail(i, "a comma or } is missing after a field")
		}
	}
}

// array reads from the bracket at i.
func (p *Parser) array(i, depth int) int {
	self := len(p.nodes)
	outer := p.problems
	p.problems = 0
	p.nodes = append(p.nodes, node{start: uint32(i), info: info(Array)})
	data := p.data
	i = p.space(i + 1)
	if i < len(data) && data[i] == ']' {
		return p.shut(self, i+1, outer)
	}
	for {
		if i = p.value(i, depth); i < 0 {
			return i
		}
		i = p.space(i)
		switch {
		case i < len(data) && data[i] == ',':
			i = p.space(i + 1)
		case i < len(data) && data[i] == ']':
			return p.shut(self, i+1, outer)
		default:
			return p.fail(i, "a comma or ] is missing after an element")
		}
	}
}

// shut ends the array or object whose node is self, and passes on what its strings hold.
func (p *Parser) shut(self, end int, outer Problem) int {
	n := &p.nodes[self]
	n.end, n.next = uint32(end), uint32(len(p.nodes))
	n.info |= info(p.problems) << problemShift
	p.problems |= outer
	return end
}

// name reads a field's name at i, and hashes it.
func (p *Parser) name(i int) int {
	data := p.data
	if i >= len(data) || data[i] != '"' {
		return p.fail(i, "a field name in double quotes is missing")
	}
	end := plain(data, i+1)
	if end < len(data) && data[end] == '"' {
		p.push(node{start: uint32(i), end: uint32(end + 1), info: named(tagOf(data[i+1 : end]))})
		return end + 1
	}
	self := len(p.nodes)
	if end = p.escaped(i, end); end >= 0 {
		place := p.nodes[self+1]
		p.nodes[self].info |= named(tagOf(p.text[place.start:place.end]))
	}
	return end
}

// colon reads the colon after a field's name, and returns where the value begins.
func (p *Parser) colon(i int) int {
	if i >= len(p.data) || p.data[i] != ':' {
		if i = p.space(i); i >= len(p.data) || p.data[i] != ':' {
			return p.fail(i, "a colon is missing after a field name")
		}
	}
	return p.space(i + 1)
}

// space returns the offset of the first byte from i on that is no white space.
func (p *Parser) space(i int) int {
	const spaces = 1<<' ' | 1<<'\t' | 1<<'\n' | 1<<'\r'
	for i < len(p.data) && p.data[i] <= ' ' && spaces>>p.data[i]&1 != 0 {
		i++
	}
	return i
}

// afterASCII is what follows a beginning of nothing but ASCII, in blocks of 32 bytes: in four words at a time
// it takes a third of the time of utf8.Valid, and most events hold nothing else.
func afterASCII(data []byte) []byte {
	const highs = 0x8080808080808080
	for len(data) >= 32 {
		some := binary.LittleEndian.Uint64(data) | binary.LittleEndian.Uint64(data[8:]) |
			binary.LittleEndian.Uint64(data[16:]) | binary.LittleEndian.Uint64(data[24:])
		if some&highs != 0 {
			break
		}
		data = data[32:]
	}
	return data
}

// firstInvalid is the offset of the first byte that is not UTF-8.
func firstInvalid(data []byte) int {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(data)
}
