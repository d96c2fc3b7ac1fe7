package sqltype

import (
	"fmt"
	"strings"
)

// Option is an option of a CSV file format.
type Option struct {
	Name, SQL string
	// Shown are further ways in which SHOW FILE FORMATS may tell the value.
	Shown []string
}

// CSV are the options that read what the format package writes and keep NULL and the empty text apart: NULL is nothing
// between two commas, the empty text is a pair of quotes, and a backslash is a backslash. (Snowflake, CREATE FILE FORMAT.)
// skipped are the header's lines: 0 in Firehose's files, 1 in Penstock's own, where it names the columns.
func CSV(skipped int) []Option {
	return []Option{
		{Name: "FIELD_DELIMITER", SQL: "','"},
		{Name: "RECORD_DELIMITER", SQL: `'\n'`},
		{Name: "SKIP_HEADER", SQL: fmt.Sprint(skipped)},
		{Name: "FIELD_OPTIONALLY_ENCLOSED_BY", SQL: `'"'`, Shown: []string{`\"`, `\042`, "0x22"}},
		{Name: "ESCAPE", SQL: "NONE"},
		{Name: "ESCAPE_UNENCLOSED_FIELD", SQL: "NONE"},
		{Name: "NULL_IF", SQL: "()"},
		{Name: "EMPTY_FIELD_AS_NULL", SQL: "TRUE"},
		{Name: "ENCODING", SQL: "'UTF8'"},
		{Name: "COMPRESSION", SQL: "AUTO"},
	}
}

// Written are options as statements have them.
func Written(options []Option) string {
	all := make([]string, len(options))
	for i, o := range options {
		all[i] = o.Name + " = " + o.SQL
	}
	return strings.Join(all, " ")
}
