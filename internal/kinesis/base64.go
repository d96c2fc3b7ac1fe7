package kinesis

import (
	"bytes"
	"encoding/base64"
	"fmt"
)

// decodeBase64 appends the bytes that src stands for to dst, which must have the room, and
// returns dst and the appended part. It takes RFC 4648 with padding and nothing else: no line
// breaks, and no stray bits in the last character.
func decodeBase64(dst, src []byte) (grown, data []byte, ok bool) {
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
	if pad > 0 && base64Value(src[n-1-pad])&spare != 0 {
		return dst, nil, false
	}
	from, to := len(dst), len(dst)+n/4*3
	room := dst[from:to:to]
	got, err := base64DecodeInto(room, src)
	if err != nil || got != n/4*3-pad { // fewer: line breaks were passed over
		return dst, nil, false
	}
	return dst[:from+got], room[:got:got], true
}

// base64Value is the six bits of a character, or 255, which has all bits set.
func base64Value(c byte) byte {
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

// base64Fault says what is wrong with a text that decodeBase64 refused, as AWS words it.
func base64Fault(src []byte) string {
	if len(src)%4 != 0 {
		return fmt.Sprintf("Base64 encoded length is expected a multiple of 4 bytes but found: %d", len(src))
	}
	body := bytes.TrimSuffix(bytes.TrimSuffix(src, []byte("=")), []byte("="))
	for _, c := range body {
		if base64Value(c) == 255 {
			return fmt.Sprintf("Invalid Base64 character: %q", rune(c))
		}
	}
	return "Invalid last non-pad Base64 character dectected" // spelled as AWS spells it
}

// appendBase64 appends src in base64.
func appendBase64(dst, src []byte) []byte {
	n := base64.StdEncoding.EncodedLen(len(src))
	from := len(dst)
	dst = append(dst, make([]byte, n)...)
	if n > 0 {
		base64EncodeInto(dst[from:from+n:from+n], src)
	}
	return dst
}
