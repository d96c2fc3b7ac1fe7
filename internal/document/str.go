package document

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads the string whose quote is at i. The data is known to be UTF-8.
func (p *Parser) str(i int) int {
	end := plain(p.data, i+1)
	if end < len(p.data) && p.data[end] == '"' {
		p.push(node{start: uint32(i), end: uint32(end + 1), info: info(String)})
		return end + 1
	}
	return p.escaped(i, end)
}

// plain returns the offset of the first quote, backslash or control character from i on, or the
// length of data. It looks at eight bytes at a time: a byte's high bit is set where subtracting
// makes it wrap, and only the lowest such bit is used, which borrows from below cannot fake. With bit 1
// turned round, a quote is 0x20, next to the control characters.
func plain(data []byte, i int) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(data); i += 8 {
		x := binary.LittleEndian.Uint64(data[i:])
		slash := x ^ ones*'\\'
		hit := ((x^ones*2-ones*0x21)&^x | (slash-ones)&^slash) & highs
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for ; i < len(data); i++ {
		if c := data[i]; c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return i
}

// escaped reads on from the special byte at i of the string whose quote is at start, and writes
// the unescaped text to p.text.
func (p *Parser) escaped(start, i int) int {
	data := p.data
	from := len(p.text)
	var problems Problem
	p.text = append(p.text, data[start+1:i]...)
	for {
		if i >= len(data) {
			return p.fail(start, "the string that begins here has no closing quote")
		}
		switch c := data[i]; {
		case c == '"':
			p.problems |= problems
			self := uint32(len(p.nodes))
			p.nodes = append(p.nodes,
				node{start: uint32(start), end: uint32(i + 1), next: self + 2, info: info(String) | flagEscaped | info(problems)<<problemShift},
				node{start: uint32(from), end: uint32(len(p.text))})
			return i + 1
		case c == '\\':
			var problem Problem
			if i, problem = p.escape(i); i < 0 {
				return i
			}
			problems |= problem
		default:
			return p.fail(i, "a control character in a string must be written as an escape such as \\n")
		}
		next := plain(data, i)
		p.text = append(p.text, data[i:next]...)
		i = next
	}
}

// shortEscapes is the character for each letter that may follow a backslash, apart from u.
var shortEscapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// escape reads the escape whose backslash is at i, and appends the character to p.text.
func (p *Parser) escape(i int) (end int, problem Problem) {
	data := p.data
	if i+1 >= len(data) {
		return p.fail(i, "the document ends inside an escape"), 0
	}
	if c := shortEscapes[data[i+1]]; c != 0 {
		p.text = append(p.text, c)
		return i + 2, 0
	}
	if data[i+1] != 'u' {
		return p.fail(i, "there is no such escape in JSON"), 0
	}
	unit, ok := hex4(data, i+2)
	if !ok {
		return p.fail(i, "four hexadecimal digits are missing after \\u"), 0
	}
	i += 6
	r := rune(unit)
	switch {
	case r == 0:
		problem = HoldsNUL
	case utf16.IsSurrogate(r):
		r, problem = utf8.RuneError, HoldsLoneSurrogate
		if i+1 < len(data) && data[i] == '\\' && data[i+1] == 'u' {
			low, ok := hex4(data, i+2)
			if pair := utf16.DecodeRune(rune(unit), rune(low)); ok && pair != utf8.RuneError {
				r, problem = pair, 0
				i += 6
			}
		}
	}
	p.text = utf8.AppendRune(p.text, r)
	return i, problem
}

// hex4 reads four hexadecimal digits at i.
func hex4(data []byte, i int) (unit uint16, ok bool) {
	if i+4 > len(data) {
		return 0, false
	}
	for _, c := range data[i : i+4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		unit = unit<<4 | uint16(c)
	}
	return unit, true
}
