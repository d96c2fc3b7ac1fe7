// Package base64 is RFC 4648 with padding, strictly, as AWS's services take and send it, and fast: with
// vector instructions where a library has them for the machine, else by the standard library.
package base64

import (
	"encoding/base64"
	"slices"
)

// Decode appends the bytes that src stands for to dst, which must have the room, and
// returns dst and the appended part. It takes RFC 4648 with padding and nothing else: no line
// breaks, and no stray bits in the last character.
func Decode(dst, src []byte) (grown, data []byte, ok bool) {
	n := len(src)
	if n == 0 {
		return dst, dst[len(dst):len(dst):len(dst)], true
	}
	if n%4 != 0 {
		return dst, nil, false
	}
	pad, spare := 0, byte(0)
	switch {
	case src[n-2] == '=' && src[n-1] == '=':
		pad, spare = 2, 0x0f
	case src[n-1] == '=':
		pad, spare = 1, 0x03
	}
	if pad > 0 && Value(src[n-1-pad])&spare != 0 {
		return dst, nil, false
	}
	from, to := len(dst), len(dst)+n/4*3
	room := dst[from:to:to]
	got, err := decodeInto(room, src)
	if err != nil || got != n/4*3-pad { // fewer: line breaks were passed over
		return dst, nil, false
	}
	return dst[:from+got], room[:got:got], true
}

// Value is the six bits of a character, or 255, which has all bits set.
func Value(c byte) byte {
	switch {
	case c >= 'A' && c <= 'Z':
		return c - 'A'
	case c >= 'a' && c <= 'z':
		return c - 'a' + 26
	case c >= '0' && c <= '9':
		return c - '0' + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return 255
}

// Room is how many bytes Decode may need for a text of n bytes.
func Room(n int) int { return n/4*3 + 3 }

// Append appends src in base64.
func Append(dst, src []byte) []byte {
	n := base64.StdEncoding.EncodedLen(len(src))
	from := len(dst)
	dst = slices.Grow(dst, n)[:from+n]
	if n > 0 {
		encodeInto(dst[from:from+n:from+n], src)
	}
	return dst
}
