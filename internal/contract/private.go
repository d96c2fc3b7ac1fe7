package contract

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"unicode/utf8"
)

// maskVisible says how much of a masked text stays readable: at most this many characters, and at
// most a quarter of the text.
const maskVisible = 4

// protect makes a value of personal data harmless. It comes last, so that constraints saw the
// value itself.
func (v *converter) protect(c *column, out *Value) {
	switch c.privacy {
	case dropPrivate:
		*out = Value{Null: true}
	case maskPrivate:
		from := len(v.arena)
		v.arena = appendMasked(v.arena, out.Bytes)
		out.Bytes = v.arena[from:]
	case hashPrivate:
		from := len(v.arena)
		v.arena = v.hash.append(v.arena, c.salt, out.Bytes)
		out.Bytes = v.arena[from:]
	}
}

// appendMasked replaces all characters but the last few by asterisks.
func appendMasked(dst, text []byte) []byte {
	characters := utf8.RuneCount(text)
	hidden := characters - min(maskVisible, characters/4)
	if characters == len(text) {
		dst = append(dst, text...)
		masked := dst[len(dst)-characters:][:hidden]
		for i := range masked {
			masked[i] = '*'
		}
		return dst
	}
	for i, c := range text {
		if !utf8.RuneStart(c) {
			continue
		}
		if hidden == 0 {
			return append(dst, text[i:]...)
		}
		dst = append(dst, '*')
		hidden--
	}
	return dst
}

// hasher keeps what a hash with a salt needs between events.
type hasher struct {
	salt string
	mac  hash.Hash
	sum  [sha256.Size]byte
}

// append appends the text's SHA-256 in 64 hexadecimal digits, or, with a salt, its HMAC-SHA256.
func (h *hasher) append(dst, salt, text []byte) []byte {
	if len(salt) == 0 {
		h.sum = sha256.Sum256(text)
		return hex.AppendEncode(dst, h.sum[:])
	}
	if h.mac == nil || h.salt != string(salt) {
		h.salt, h.mac = string(salt), hmac.New(sha256.New, salt)
	}
	h.mac.Reset()
	h.mac.Write(text)
	return hex.AppendEncode(dst, h.mac.Sum(h.sum[:0]))
}
