package firehose

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// scanner reads JSON in one pass without building anything. AWS sends JSON that is valid, so it looks
// only as closely as finding its way takes; whatever the bytes are, it ends and stays inside them.
type scanner struct {
	buf []byte
	pos int
	bad bool // what was read cannot be JSON

	// guesses are the names of a record's members in their order, which is the same in every record:
	// comparing costs less than reading. at is the next member's place, maxGuesses outside of records.
	guesses []string
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

// name reads a member's name and the colon behind it.
func (s *scanner) name() string {
	if s.peek() != '"' {
		s.fail()
		return ""
	}
	if s.at < len(s.guesses) {
		guess := s.guesses[s.at]
		if end := s.pos + 1 + len(guess); end+1 < len(s.buf) && string(s.buf[s.pos+1:end]) == guess && s.buf[end] == '"' && s.buf[end+1] == ':' {
			s.at++
			s.pos = end + 2
			return guess
		}
	}
	t := s.string()
	if s.peek() != ':' {
		s.fail()
		return ""
	}
	s.pos++
	return s.learn(view(t.Bytes()))
}

// maxGuesses is more members than a record has.
const maxGuesses = 16

// learn makes a name the guess at its place.
func (s *scanner) learn(name string) string {
	if s.at < maxGuesses {
		name = strings.Clone(name)
		s.guesses = append(s.guesses[:s.at], name)
		s.at++
	}
	return name
}

// text reads a string; any other value is passed over and counts as not given.
func (s *scanner) text() Text {
	if s.peek() != '"' {
		s.skip()
		return Text{}
	}
	return s.string()
}

// string reads the string whose quote is at the position.
func (s *scanner) string() Text {
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
	return Text{raw: raw, escaped: len(raw) > shortText || holdsBackslash(raw)}
}

// shortText is longer than ids and sequence numbers. Longer texts are looked through when they are used: most are
// the base64 of data, which has its own way.
const shortText = 128

// holdsBackslash is bytes.IndexByte for the short texts that most are: a call costs more than they do.
func holdsBackslash(b []byte) bool {
	if len(b) > 64 {
		return bytes.IndexByte(b, '\\') >= 0
	}
	for ; len(b) >= 8; b = b[8:] {
		const ones, highs = 0x0101010101010101, 0x8080808080808080
		x := binary.LittleEndian.Uint64(b) ^ ones*'\\'
		if (x-ones)&^x&highs != 0 {
			return true
		}
	}
	for _, c := range b {
		if c == '\\' {
			return true
		}
	}
	return false
}

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
