package document

import "bytes"

// scalar reads the number, true, false or null at i, which is inside the data.
func (p *Parser) scalar(i int) int {
	switch c := p.data[i]; {
	case c == '-' || c >= '0' && c <= '9':
		return p.number(i)
	case c == 't':
		return p.word(i, "true", Bool)
	case c == 'f':
		return p.word(i, "false", Bool)
	case c == 'n':
		return p.word(i, "null", Null)
	case i == 0 && bytes.HasPrefix(p.data, []byte("\ufeff")):
		return p.fail(i, "the document begins with a byte order mark, which JSON does not allow")
	case c == '\'':
		return p.fail(i, "a string must stand in double quotes")
	case c == ']' || c == '}' || c == ',' || c == ':':
		return p.fail(i, "a value is missing before this")
	}
	return p.fail(i, "no value begins like this")
}

func (p *Parser) word(i int, word string, kind Kind) int {
	end := i + len(word)
	if end > len(p.data) || string(p.data[i:end]) != word {
		return p.fail(i, "only the words true, false and null are values")
	}
	p.push(node{start: uint32(i), end: uint32(end), info: info(kind)})
	return end
}

// number reads a number by the grammar: no leading zeros, digits on both sides of the point and
// after the e.
func (p *Parser) number(i int) int {
	data, start := p.data, i
	flags := flagInteger
	if data[i] == '-' {
		i++
	}
	first := i
	if i = digits(data, i); i == first {
		return p.fail(i, "a digit is missing in a number")
	}
	if data[first] == '0' && i > first+1 {
		return p.fail(first, "a number must not begin with a zero")
	}
	if i < len(data) && data[i] == '.' {
		flags = 0
		first = i + 1
		if i = digits(data, first); i == first {
			return p.fail(i, "a digit is missing after the point of a number")
		}
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		flags = 0
		if i++; i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		first = i
		if i = digits(data, first); i == first {
			return p.fail(i, "a digit is missing in the exponent of a number")
		}
	}
	p.push(node{start: uint32(start), end: uint32(i), info: info(Number) | flags})
	return i
}

func digits(data []byte, i int) int {
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	return i
}

// push appends a value that has nothing inside.
func (p *Parser) push(n node) {
	n.next = uint32(len(p.nodes) + 1)
	p.nodes = append(p.nodes, n)
}
