package firehose

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// scanner reads JSON in one pass without building anything. AWS sends JSON that is valid, so it looks
// only as closely as finding its way takes; whatever the bytes are, it ends and stays inside them.
type scanner struct {
	buf []byte
	pos int
	bad bool // what was read cannot be JSON

	// guesses are the members of a record in their order, which is the same in every record: comparing
	// costs less than reading. at is the next member's place, maxGuesses outside of records.
	guesses []guess
	at      int
}

// peek passes over white space and returns the next byte, 0 at the end.
func (s *scanner) peek() byte {
	for s.pos < len(s.buf) {
		switch c := s.buf[s.pos]; c {
		case ' ', '\n', '\t', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// enter passes over the opening bracket if it is the next byte; if not, over the whole value.
func (s *scanner) enter(bracket byte) bool {
	if s.peek() != bracket {
		s.skip()
		return false
	}
	s.pos++
	return true
}

// more passes over the comma before the next member or element, or over the closing bracket.
func (s *scanner) more(closing byte, first bool) bool {
	switch c := s.peek(); {
	case s.bad:
		return false
	case c == closing:
		s.pos++
		return false
	case first:
		return true
	case c == ',':
		s.pos++
		return true
	}
	s.fail()
	return false
}

func (s *scanner) fail() {
	s.bad = true
	s.pos = len(s.buf)
}

// guess is a member that is expected: its name as it stands in the event, with quotes and colon.
type guess struct {
	text   string
	member member
}

// maxGuesses is more members than a record has.
const maxGuesses = 16

// member reads a member's name and the colon behind it.
func (s *scanner) member() member {
	if s.at < len(s.guesses) {
		g := &s.guesses[s.at]
		if end := s.pos + len(g.text); end <= len(s.buf) && string(s.buf[s.pos:end]) == g.text {
			s.at++
			s.pos = end
			return g.member
		}
	}
	if s.peek() != '"' {
		s.fail()
		return memberOther
	}
	from := s.pos
	t := s.string()
	if s.peek() != ':' {
		s.fail()
		return memberOther
	}
	s.pos++
	found := memberOf(view(t.Bytes()))
	if s.at < maxGuesses {
		s.guesses = append(s.guesses[:s.at], guess{string(s.buf[from:s.pos]), found})
		s.at++
	}
	return found
}

// text reads a string; any other value is passed over and counts as not given.
func (s *scanner) text() Text {
	if s.pos < len(s.buf) && s.buf[s.pos] == '"' || s.peek() == '"' {
		return s.string()
	}
	s.skip()
	return Text{}
}

// data is text for a string that is long and has its own way to be read.
func (s *scanner) data() Text {
	if s.peek() != '"' {
		s.skip()
		return Text{}
	}
	return s.long()
}

// string reads the string whose quote is at the position. Most are ids of some 60 bytes without a
// backslash: looking for both ends eight bytes at a time takes half the time of long.
func (s *scanner) string() Text {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	start := s.pos + 1
	for i := start; i+8 <= len(s.buf) && i < start+shortText; i += 8 {
		x := binary.LittleEndian.Uint64(s.buf[i:])
		quote, slash := x^ones*'"', x^ones*'\\'
		hit := ((quote-ones)&^quote | (slash-ones)&^slash) & highs
		if hit == 0 {
			continue
		}
		if end := i + bits.TrailingZeros64(hit)>>3; s.buf[end] == '"' {
			s.pos = end + 1
			return Text{raw: s.buf[start:end:end]}
		}
		break
	}
	return s.long()
}

// long is string for every string.
func (s *scanner) long() Text {
	start := s.pos + 1
	end := start
	for {
		n := bytes.IndexByte(s.buf[end:], '"')
		if n < 0 {
			s.fail()
			return Text{}
		}
		end += n
		slashes := 0
		for end-1-slashes >= start && s.buf[end-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			break
		}
		end++ // this quote is part of the text
	}
	s.pos = end + 1
	raw := s.buf[start:end:end]
	return Text{raw: raw, escaped: len(raw) > shortText || bytes.IndexByte(raw, '\\') >= 0}
}

// shortText is longer than ids and sequence numbers. Longer texts are looked through when they are used: most are
// the base64 of data, which has its own way.
const shortText = 128

// integer reads a whole number of at most 18 digits; anything else is passed over and not ok. What
// follows a decimal point is left out.
func (s *scanner) integer() (n int64, ok bool) {
	c := s.peek()
	start := s.pos
	digits := start
	if c == '-' {
		digits++
	}
	i := digits
	if i+8 <= len(s.buf) {
		if eight, ok := eightDigits(binary.LittleEndian.Uint64(s.buf[i:])); ok { // as a time in milliseconds has them
			n, i = eight, i+8
		}
	}
	for ; i < len(s.buf) && s.buf[i] >= '0' && s.buf[i] <= '9' && i-digits < 18; i++ {
		n = n*10 + int64(s.buf[i]-'0')
	}
	if i > digits && i < len(s.buf) && (s.buf[i] == ',' || s.buf[i] == '}') {
		s.pos = i
	} else {
		s.skip()
	}
	if i == digits || i < len(s.buf) && (s.buf[i]|0x20 == 'e' || s.buf[i] >= '0' && s.buf[i] <= '9') {
		return 0, false
	}
	if c == '-' {
		n = -n
	}
	return n, true
}

// eightDigits reads a word of eight digits; ok is false if it holds anything else.
func eightDigits(text uint64) (n int64, ok bool) {
	const zeros, most, highs = 0x3030303030303030, 0x7676767676767676, 0x8080808080808080
	digits := text ^ zeros
	if (digits|(digits+most))&highs != 0 {
		return 0, false
	}
	// Neighbours become numbers of two digits, those of four, those of eight; the first is in the lowest byte.
	twos := (digits*10 + digits>>8) & 0x00ff00ff00ff00ff
	fours := (twos*100 + twos>>16) & 0x0000ffff0000ffff
	return int64((fours*10_000 + fours>>32) & 0xffffffff), true
}

// skip passes over a value of any kind, however deep, without calling itself.
func (s *scanner) skip() {
	depth := 0
	for {
		switch s.peek() {
		case 0:
			s.fail()
			return
		case '"':
			s.string()
		case '{', '[':
			depth++
			s.pos++
		case '}', ']':
			depth--
			s.pos++
		case ',', ':':
			s.pos++
			if depth == 0 {
				s.fail()
			}
		default:
			s.word()
		}
		if depth <= 0 || s.bad {
			if depth < 0 {
				s.fail()
			}
			return
		}
	}
}

// word passes over a number or a literal.
func (s *scanner) word() {
	for s.pos < len(s.buf) {
		switch s.buf[s.pos] {
		case ',', ':', '}', ']', '{', '[', '"', ' ', '\n', '\t', '\r':
			return
		}
		s.pos++
	}
}
