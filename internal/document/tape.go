package document

import (
	"encoding/binary"
	"math/bits"
)

// node is one entry of the tape, the flat list of a document's parts in the order sent. An array
// is its node and then its elements; an object is its node and then, for each field, the name (a
// String) and the value.
type node struct {
	// start and end are the value's place in the source; a string's includes its quotes.
	start, end uint32
	// next is the tape index after this value and everything inside it; a field name's is after the
	// field's value, so that a search steps from name to name.
	next uint32
	info info
}

// info is a node's Kind in its lowest byte, then the flags, and in the upper half the tag: the hash of
// an unescaped string, for field names only. It is one number because the compiler keeps structs of at
// most four members in registers: with six each node was written twice, and a row of the transformer took 4 % longer.
type info uint32

// The flags' lowest bits are a Problem.
const (
	problemShift = 8
	problemMask  = info(HoldsNUL|HoldsLoneSurrogate) << problemShift
	// flagEscaped: the string was written with escapes. The node after it is not a value of its
	// own: its start and end are the place of the unescaped text in Parser.text.
	flagEscaped = info(1 << 14)
	// flagInteger: the number has neither fraction nor exponent.
	flagInteger = info(1 << 15)
)

const tagShift = 16

func (i info) kind() Kind       { return Kind(i & 0xff) }
func (i info) tag() uint16      { return uint16(i >> tagShift) }
func (i info) problem() Problem { return Problem(i & problemMask >> problemShift) }

// named is the info of a field's name.
func named(tag uint16) info { return info(String) | info(tag)<<tagShift }

// valueAt is the index of the value that belongs to the field name at index name.
func (p *Parser) valueAt(name uint32) uint32 {
	if p.nodes[name].info&flagEscaped != 0 {
		return name + 2
	}
	return name + 1
}

// tagOf hashes a field name. It looks at the length and at both ends, which is where the names of one
// object differ; equal tags are always confirmed by comparing the names.
func tagOf(name []byte) uint16 {
	var head, tail uint64
	n := len(name)
	switch {
	case n >= 8:
		head, tail = binary.LittleEndian.Uint64(name), binary.LittleEndian.Uint64(name[n-8:])
	case n >= 4:
		head, tail = uint64(binary.LittleEndian.Uint32(name)), uint64(binary.LittleEndian.Uint32(name[n-4:]))
	case n > 0:
		head, tail = uint64(name[0]), uint64(name[n/2])<<8|uint64(name[n-1])
	}
	const odd1, odd2 = 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93
	return uint16((head*odd1 ^ bits.RotateLeft64(tail, 29) ^ uint64(n)) * odd2 >> 48)
}
