package duckdb

import "strings"

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
