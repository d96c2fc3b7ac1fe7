package duckdb

import (
	"regexp"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// ident quotes a name for SQL.
func ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// literal quotes a text for SQL. It must not hold a NUL.
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// idents quotes and joins names.
func idents(names []string) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = ident(n)
	}
	return strings.Join(quoted, ", ")
}

// literals quotes and joins texts.
func literals(texts []string) string {
	quoted := make([]string, len(texts))
	for i, t := range texts {
		quoted[i] = literal(t)
	}
	return strings.Join(quoted, ", ")
}

// text is a literal that is cut at a NUL, for messages that come from outside.
func safeLiteral(text string) string {
	return literal(strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD"))
}

// noColumn is what DuckDB's binder says of a name that no column has.
var noColumn = regexp.MustCompile(`(?s)^Binder Error: Referenced column "(.+?)" (?:not found in FROM|was not found)`)

// textAsColumn adds to the error of a query that has a text in double quotes, as other languages write one, how SQL
// writes it: there they hold a name.
func textAsColumn(sql string, err error) error {
	found := noColumn.FindStringSubmatch(err.Error())
	if found == nil || !strings.Contains(sql, ident(found[1])) {
		return err
	}
	return &event.Error{Code: "query_failed", Message: err.Error(),
		Hint: "a text is written in single quotes: " + literal(found[1]) + "; double quotes hold the name of a column"}
}
