package produce

import (
	"bytes"
	"encoding/json"
)

// appendJSONString appends text, which must be UTF-8, as a JSON string.
func appendJSONString[T string | []byte](dst []byte, text T) []byte {
	dst = append(dst, '"')
	done := 0
	for i := range len(text) {
		c := text[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[done:i]...)
		done = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
		}
	}
	dst = append(dst, text[done:]...)
	return append(dst, '"')
}

// members calls fn with each member of a valid JSON object, until fn returns false.
func members(object []byte, fn func(key, value []byte) bool) {
	rest := object[1:]
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n,")
		if rest[0] != '"' {
			return
		}
		n := stringLength(rest)
		key := rest[:n]
		rest = bytes.TrimLeft(rest[n:], " \t\r\n:")
		n = valueLength(rest)
		if !fn(key, rest[:n]) {
			return
		}
		rest = rest[n:]
	}
}

// memberText returns the first member of that name as text, if it is a string, a number or a
// boolean; otherwise "".
func memberText(object []byte, name string) (text string) {
	members(object, func(key, value []byte) bool {
		if !named(key, name) {
			return true
		}
		switch value[0] {
		case '"':
			_ = json.Unmarshal(value, &text) // it is a valid string
		case '{', '[', 'n':
		default:
			text = string(value)
		}
		return false
	})
	return text
}

// ownOrigin says which of the members that tell an event's origin it has already, given its own
// members without braces.
func ownOrigin(text []byte) map[string]bool {
	if !bytes.Contains(text, []byte("_source_")) && !bytes.Contains(text, []byte(`\u005f`)) {
		return nil
	}
	own := map[string]bool{}
	members(append(append([]byte{'{'}, text...), '}'), func(key, _ []byte) bool {
		for _, name := range []string{"_source_id", "_source_file", "_source_line"} {
			own[name] = own[name] || named(key, name)
		}
		return true
	})
	return own
}

// blank says that text holds nothing but white space.
func blank(text []byte) bool { return len(bytes.TrimSpace(text)) == 0 }

// named says whether the JSON string key means name.
func named(key []byte, name string) bool {
	if bytes.IndexByte(key, '\\') < 0 {
		return string(key[1:len(key)-1]) == name
	}
	var text string
	return json.Unmarshal(key, &text) == nil && text == name
}

// valueLength returns the length of the JSON value text starts with: up to its closing quote or
// bracket, or for a number or literal up to what cannot belong to it. It looks at quotes and
// brackets only. A value that does not end is longer than text.
func valueLength(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += stringLength(text[i:]) - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		default:
			if depth > 0 {
				continue
			}
			if end := bytes.IndexAny(text, " \t\r\n,]}"); end > 0 {
				return end
			}
			return len(text)
		}
		if depth <= 0 {
			return i + 1
		}
	}
	return len(text) + 1
}

// stringLength returns the length of the JSON string text starts with, quotes included. One that
// does not end is longer than text.
func stringLength(text []byte) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text) + 1
}
