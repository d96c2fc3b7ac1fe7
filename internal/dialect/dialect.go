// Package dialect writes values and names as SQL that DuckDB and Snowflake read alike, so that one statement serves
// both warehouses.
package dialect

import (
	"strconv"
	"strings"
	"time"
)

// Text is a text as SQL. What is not UTF-8 in it becomes U+FFFD, as in the warehouses' own texts.
//
// To Snowflake a backslash in a literal begins an escape, to DuckDB and the standard it is a character: so it is
// written as chr(92), which is the same to both. So is a NUL, at which DuckDB would end the statement. A quote is
// written twice.
func Text(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	at := strings.IndexAny(text, "\\\x00")
	if at < 0 {
		return quote(text)
	}
	var b strings.Builder
	b.WriteByte('(')
	for ; at >= 0; at = strings.IndexAny(text, "\\\x00") {
		b.WriteString(quote(text[:at]))
		b.WriteString(" || chr(")
		b.WriteString(strconv.Itoa(int(text[at])))
		b.WriteString(") || ")
		text = text[at+1:]
	}
	b.WriteString(quote(text))
	b.WriteByte(')')
	return b.String()
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// Time is a moment as SQL, to the microsecond. Its offset is written out, so that no session's time zone matters.
func Time(at time.Time) string {
	return "cast('" + at.UTC().Format("2006-01-02 15:04:05.000000") + "+00:00' as timestamptz)"
}

// Name is the name of a table or column as SQL, quoted since it may be a reserved word. DuckDB finds it in any case,
// and so does a session of Snowflake with QUOTED_IDENTIFIERS_IGNORE_CASE.
func Name(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
