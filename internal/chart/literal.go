package chart

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/event"
)

// maxValueBytes bounds a filter's value: far longer than a label people choose from.
const maxValueBytes = 1000

// checkValue refuses what no literal can hold in both dialects.
func checkValue(text string) error {
	switch {
	case len(text) > maxValueBytes:
		return badState("a filter's value is longer than %d bytes", maxValueBytes)
	case !utf8.ValidString(text):
		return badState("a filter's value is not UTF-8 text")
	case strings.IndexByte(text, 0) >= 0:
		return badState("a filter's value holds a NUL character")
	}
	return nil
}

// textLiteral is a text as SQL, for a text that checkValue has passed.
//
// To Snowflake a backslash in a literal begins an escape, to DuckDB and the standard it is a
// character: so it is written as chr(92), which is the same to both. A quote is written twice.
func textLiteral(text string) string {
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	if !strings.Contains(text, `\`) {
		return quote(text)
	}
	parts := strings.Split(text, `\`)
	for i, part := range parts {
		parts[i] = quote(part)
	}
	return "(" + strings.Join(parts, " || chr(92) || ") + ")"
}

// timeLiteral is a moment as SQL. Its offset is written out, so that no session's time zone matters.
func timeLiteral(t time.Time) string {
	return "cast('" + t.UTC().Format("2006-01-02 15:04:05.000000") + "+00:00' as timestamptz)"
}

// badState is the error of a range or filter that cannot be.
func badState(format string, args ...any) error {
	return &event.Error{
		Code: "bad_state", Message: fmt.Sprintf(format, args...),
		Hint: "a state is range=24h or from= and to=, compare=1, and f.NAME=VALUE for each filter value",
	}
}
