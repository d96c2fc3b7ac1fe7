package trace

import (
	"strings"
	"unicode/utf8"
)

// clean replaces what is no text.
func clean(text string) string { return strings.ToValidUTF8(text, string(utf8.RuneError)) }

// cutAt is how many characters of a value a sentence shows.
const cutAt = 80

func cut(text string) string {
	text = clean(text)
	if utf8.RuneCountInString(text) <= cutAt {
		return text
	}
	return string([]rune(text)[:cutAt-1]) + "…"
}
