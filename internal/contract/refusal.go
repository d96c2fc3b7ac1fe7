package contract

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/event"
)

// refusal is why a value cannot go into a column.
type refusal struct {
	reason event.Reason
	// text goes on after the value, such as "is not a whole number".
	text string
}

// The refusals that need nothing from a contract. They are never changed.
var (
	notABoolean    = &refusal{event.ReasonWrongType, "is not true or false"}
	notANumber     = &refusal{event.ReasonWrongType, "is not a number"}
	notAText       = &refusal{event.ReasonWrongType, "is not a text; a json column holds arrays and objects"}
	notAUUIDType   = &refusal{event.ReasonWrongType, "is not a text with a UUID"}
	notADateType   = &refusal{event.ReasonWrongType, "is not a text with a date"}
	notATimeType   = &refusal{event.ReasonWrongType, "is not a text or number with a time"}
	notWhole       = &refusal{event.ReasonNotExact, "is not a whole number; rounding is not declared"}
	tooFine        = &refusal{event.ReasonNotExact, "has more digits after the point than the column; rounding is not declared"}
	tooFineTime    = &refusal{event.ReasonNotExact, "is finer than a microsecond, and rounding is exact"}
	beyondInteger  = &refusal{event.ReasonOutOfRange, "is beyond what an integer holds, -2147483648 to 2147483647; use bigint"}
	beyondBigint   = &refusal{event.ReasonOutOfRange, "is beyond what a bigint holds; use decimal(38,0) or varchar"}
	beyondDouble   = &refusal{event.ReasonOutOfRange, "is beyond what a double holds"}
	beyondDecimal  = &refusal{event.ReasonOutOfRange, "has more digits before the point than the column"}
	beyondYears    = &refusal{event.ReasonOutOfRange, "is not in the years 1 to 9999"}
	notAUUID       = &refusal{event.ReasonFormat, "is not a UUID such as 123e4567-e89b-12d3-a456-426614174000"}
	notADate       = &refusal{event.ReasonFormat, "is not a date such as 2026-11-22, nor of a declared layout"}
	notATime       = &refusal{event.ReasonFormat, "is not a time such as 2026-11-22T05:00:00Z, nor of a declared layout"}
	undeclaredUnit = &refusal{event.ReasonFormat, "could be seconds or something else; declare unit: s, ms or us"}
	holdsNUL       = &refusal{event.ReasonInvalidText, "holds the character NUL, which no warehouse stores"}
	holdsSurrogate = &refusal{event.ReasonInvalidText, "holds a lone UTF-16 surrogate, half a character, which no warehouse stores"}
	tooLarge       = &refusal{event.ReasonTooLarge, "is longer than 16 MiB, the most a column holds"}
)

const (
	// maxDetail bounds Outcome.Detail, in bytes: enough for a sentence, little beside the event.
	maxDetail = 200
	// maxExcerpt bounds how much of a value a detail shows, in bytes.
	maxExcerpt = 60
)

// detail is what people read about a refused value. Nothing of a column of personal data is shown.
func (r *refusal) detail(c *column, in *input) string {
	source := ""
	if c.source != c.name {
		source = c.source + ": "
	}
	return bounded(source + in.shown(c) + " " + r.text)
}

// shown is the value for people, cut and quoted.
func (in *input) shown(c *column) string {
	switch {
	case c.private():
		return "the value, which is personal and not shown,"
	case in.kind == textual:
		return quoted(in.bytes)
	case in.kind == boolean:
		return strconv.FormatBool(in.truth)
	case in.kind == composite:
		return "an array or object"
	}
	return excerpt(in.bytes)
}

func quoted(text []byte) string { return `"` + escape(excerpt(text)) + `"` }

// escape makes control characters and other unprintable ones visible; it leaves letters of all
// languages alone.
func escape(text string) string {
	q := strconv.Quote(text)
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}

func excerpt(text []byte) string {
	if len(text) <= maxExcerpt {
		return string(text)
	}
	return cut(string(text[:maxExcerpt])) + "..."
}

// bounded keeps a detail within maxDetail, in whole characters.
func bounded(detail string) string {
	detail = strings.ToValidUTF8(strings.ReplaceAll(detail, "\x00", `\x00`), "\uFFFD")
	if len(detail) <= maxDetail {
		return detail
	}
	return cut(detail[:maxDetail-3]) + "..."
}

// cut takes away a character that was cut in the middle at the end of text.
func cut(text string) string {
	for i := 1; i <= utf8.UTFMax && i <= len(text); i++ {
		if c := text[len(text)-i]; utf8.RuneStart(c) {
			if !utf8.FullRuneInString(text[len(text)-i:]) {
				return text[:len(text)-i]
			}
			return text
		}
	}
	return text
}
