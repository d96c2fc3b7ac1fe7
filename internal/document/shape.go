package document

import "encoding/binary"

// shape is a sequence of names that the fields of documents have had. Documents of one type mostly have
// the same, so what follows from it is found out once.
type shape struct {
	// number tells a parser's shapes apart, from 0 to maxShapes-1, until it forgets them.
	number int
	names  []string
	// last answers for names in the opposite order: of names that repeat the last counts.
	last *Fields
}

// place is where the field of that name comes in the shape, counted from 0; -1 where there is none.
func (s *shape) place(name Name) int {
	slot := s.last.named(name)
	if slot < 0 {
		return -1
	}
	return len(s.names) - 1 - slot
}

// The most that a parser remembers, which is some 100 KiB for usual documents and at most 2 MiB.
const (
	maxShapes = 64
	maxStates = 1024
	// maxShapeFields is the most fields of a shape, maxShapeName its longest name in bytes.
	maxShapeFields, maxShapeName = 64, 64
	// maxSiblings is how many names that have followed the same beginning are looked at.
	maxSiblings = 32
	// maxStrangers is how many documents without a shape make a parser forget what it knows.
	maxStrangers = 4096
)

// shapes are the beginnings of all shapes met: a tree, in which a state is the names on the way to it.
// states[0] is of documents that are not followed, states[1] is the beginning of all others. Knowing which
// name comes next, a parser compares where it would read and hash.
type shapes struct {
	states    []state
	complete  int // shapes
	strangers int // documents without one
}

type state struct {
	// text is the last name as documents write it, with quotes and colon; info is its node's.
	text string
	info info
	// head and tail are the first and the last eight bytes of text, if it has as many.
	head, tail uint64
	// next is the state after the name that followed this one most recently, other one that follows the
	// same state as this one does; 0 is none.
	next, other int
	before      int // the state before
	fields      int // names on the way here
	shape       *shape
}

const (
	unfollowed = 0
	beginning  = 1
)

// begin is the state of a document before its first name.
func (s *shapes) begin() int {
	if len(s.states) == 0 || s.strangers >= maxStrangers {
		clear(s.states)
		s.states = append(s.states[:0], state{}, state{})
		s.complete, s.strangers = 0, 0
	}
	return beginning
}

// guess is the state after the name and colon at data[i:] if that is the name which followed last; else 0.
func (s *shapes) guess(at int, data []byte, i int) int {
	next := s.states[at].next
	if known := &s.states[next]; next != 0 && known.begins(data[i:]) {
		return next
	}
	return 0
}

// begins says whether data begins with the state's text. Most are of 8 to 16 bytes, which two words compare.
func (s *state) begins(data []byte) bool {
	n := len(s.text)
	if len(data) < n {
		return false
	}
	if n < 8 {
		return string(data[:n]) == s.text
	}
	return binary.LittleEndian.Uint64(data) == s.head && binary.LittleEndian.Uint64(data[n-8:]) == s.tail &&
		(n <= 16 || string(data[8:n-8]) == s.text[8:n-8])
}

// follow is the state after a name that guess did not find; unfollowed where no more can be remembered.
func (s *shapes) follow(at int, name []byte, is info) int {
	if at == unfollowed || is&flagEscaped != 0 || len(name) > maxShapeName || s.states[at].fields == maxShapeFields {
		return unfollowed
	}
	before, siblings := 0, 0
	for next := s.states[at].next; next != 0; next = s.states[next].other {
		child := &s.states[next]
		if child.info == is && child.text[1:len(child.text)-2] == string(name) {
			if before != 0 { // it comes first from now on
				s.states[before].other = child.other
				child.other = s.states[at].next
				s.states[at].next = next
			}
			return next
		}
		if siblings++; siblings == maxSiblings {
			return unfollowed
		}
		before = next
	}
	if len(s.states) == maxStates {
		return unfollowed
	}
	made := state{text: `"` + string(name) + `":`, info: is, other: s.states[at].next, before: at, fields: s.states[at].fields + 1}
	if text := []byte(made.text); len(text) >= 8 {
		made.head, made.tail = binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[len(text)-8:])
	}
	s.states = append(s.states, made)
	s.states[at].next = len(s.states) - 1
	return len(s.states) - 1
}

// end is the shape of a document that ends in a state; nil if it is not to be remembered.
func (s *shapes) end(at int) *shape {
	if found := s.states[at].shape; found != nil {
		return found
	}
	if at == unfollowed || s.complete == maxShapes {
		s.strangers++
		return nil
	}
	n := s.states[at].fields
	made := &shape{number: s.complete, names: make([]string, n)}
	backward := make([]string, 0, n)
	for i := at; i != beginning; i = s.states[i].before {
		name := s.states[i].text[1 : len(s.states[i].text)-2]
		backward = append(backward, name)
		made.names[n-len(backward)] = name
	}
	made.last = NewFields(backward)
	s.complete++
	s.states[at].shape = made
	return made
}
