package chart

import (
	"fmt"
	"strings"

	"github.com/penstock/penstock/internal/dialect"
)

// Queries are the SQL of a chart in a state: the window's, and that of the period before or "".
func (c *Chart) Queries(s State, w Window) (sql, previous string) {
	sql = c.render(s, w)
	if c.compared(s) {
		previous = c.render(s, w.Previous())
	}
	return sql, previous
}

// render fills the placeholders. It adds no lines, so that an error's line is the file's.
func (c *Chart) render(s State, w Window) string {
	var b strings.Builder
	for _, p := range c.template {
		column := c.column
		if p.arg != "" {
			column = p.arg
		}
		switch p.name {
		case "":
			b.WriteString(p.text)
		case periodWord:
			b.WriteString(period(column, w))
		case bucketWord:
			b.WriteString(bucketOf(column, w.Bucket))
		case filtersWord:
			b.WriteString(c.conditions(s, p.arg))
		case fromWord:
			from := earliest
			if !w.All() {
				from = w.From
			}
			b.WriteString(dialect.Time(from))
		case toWord:
			to := latest
			if !w.All() {
				to = w.To
			}
			b.WriteString(dialect.Time(to))
		}
	}
	return b.String()
}

// period is the condition that a time lies in the window.
func period(column string, w Window) string {
	if w.All() {
		return "true"
	}
	return fmt.Sprintf("(%s >= %s and %s < %s)", column, dialect.Time(w.From), column, dialect.Time(w.To))
}

// bucketOf is the beginning of the bucket that a time is in, as date_trunc would have it. It is
// arithmetic alone: casts of a time with a zone were measured to cost DuckDB more than ten times as
// much (docs/decisions/0008).
func bucketOf(column string, b Bucket) string {
	width, offset := int64(b.width().Seconds()), int64(b.offset().Seconds())
	if offset == 0 {
		return fmt.Sprintf("to_timestamp(floor(extract(epoch from %s) / %d) * %d)", column, width, width)
	}
	return fmt.Sprintf("to_timestamp(floor((extract(epoch from %s) - %d) / %d) * %d + %d)", column, offset, width, width, offset)
}

// conditions are those of the chosen filters that names lists, or of all.
func (c *Chart) conditions(s State, names string) string {
	var all []string
	for _, f := range c.filters {
		values := s.Filters[f.Name]
		if len(values) == 0 || names != "" && !listed(names, f.Name) {
			continue
		}
		literals := make([]string, len(values))
		for i, v := range values {
			literals[i] = dialect.Text(v)
		}
		column := f.Column
		if !f.text {
			column = "cast(" + column + " as varchar)"
		}
		all = append(all, column+" in ("+strings.Join(literals, ", ")+")")
	}
	if len(all) == 0 {
		return "true"
	}
	return "(" + strings.Join(all, " and ") + ")"
}

func listed(names, name string) bool {
	for n := range strings.SplitSeq(names, ",") {
		if strings.TrimSpace(n) == name {
			return true
		}
	}
	return false
}

// SpanQuery asks for the first and the last time of the data; see NeedsSpan.
func (c *Chart) SpanQuery() string {
	parts := make([]string, len(c.tables))
	for i, table := range c.tables {
		parts[i] = fmt.Sprintf("select min(%s) as a, max(%s) as b from %s", c.column, c.column, table)
	}
	return "select min(a), max(b) from (" + strings.Join(parts, " union all ") + ") as spans"
}
