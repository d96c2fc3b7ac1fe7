package infer

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// letters are those of European languages that are more than a plain letter with a mark, or whose mark is
// spelled out.
var letters = strings.NewReplacer(
	"ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "ß", "ss", "ẞ", "SS",
	"æ", "ae", "Æ", "Ae", "œ", "oe", "Œ", "Oe", "ø", "o", "Ø", "O", "ł", "l", "Ł", "L", "đ", "d", "Đ", "D",
	"ð", "d", "Ð", "D", "þ", "th", "Þ", "Th", "ı", "i",
)

// Plain spells a text for people in the letters of ASCII, as far as it can: Größe becomes Groesse, and what
// has no such spelling is left out.
func Plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return -1
		}
		return r
	}, norm.NFKD.String(letters.Replace(norm.NFC.String(text))))
}
