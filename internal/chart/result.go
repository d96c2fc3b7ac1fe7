package chart

import (
	"encoding/json"
	"strings"
	"time"
)

// Column is a column of a result; Type is the SQL type in lower case.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Rows are a result's columns, and its cells as exact texts; nil is NULL.
type Rows struct {
	Columns []Column    `json:"columns"`
	Rows    [][]*string `json:"rows"`
}

// Result is a chart's data as browsers get it; docs/api.md describes it.
type Result struct {
	ID string `json:"id"`
	Rows
	Previous *Rows      `json:"previous,omitempty"`
	Bucket   Bucket     `json:"bucket,omitempty"`
	From     *time.Time `json:"from"`
	To       *time.Time `json:"to"`
	// CompleteTo is how complete the warehouse was when the query began; null if that is not known.
	CompleteTo  *time.Time `json:"complete_to"`
	Quarantined int64      `json:"quarantined"`
	TookMS      int64      `json:"took_ms"`
	Truncated   bool       `json:"truncated"`
	Error       *Failure   `json:"error,omitempty"`
}

// Failure is why a chart has no data.
type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// NewResult is a result without rows yet.
func (c *Chart) NewResult(w Window) Result {
	r := Result{ID: c.ID, Rows: Rows{Columns: []Column{}, Rows: [][]*string{}}}
	if c.template.uses(bucketWord) {
		r.Bucket = w.Bucket
	}
	if !w.All() && c.template.usesTime() {
		r.From, r.To = &w.From, &w.To
	}
	return r
}

// Encode is the result as JSON in one line.
func (r Result) Encode() (json.RawMessage, error) { return json.Marshal(r) }

func (c Column) isNumber() bool {
	for _, prefix := range []string{"tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint", "decimal", "double", "float", "number", "bignum"} {
		if strings.HasPrefix(c.Type, prefix) {
			return true
		}
	}
	return false
}

func (c Column) isTime() bool {
	return strings.HasPrefix(c.Type, "timestamp") || strings.HasPrefix(c.Type, "date")
}

// Shape says what about a result's columns does not suit the chart's type, and what to write instead;
// both are empty when it suits.
func (c *Chart) Shape(columns []Column) (message, instead string) {
	numbers := 0
	for i, column := range columns {
		if column.isNumber() && (i > 0 || c.Type == Number) {
			numbers++
		}
	}
	const order = "select the label or time first, then perhaps a text for the series, then the measures"
	switch {
	case len(columns) == 0:
		return "the query has no columns", order
	case c.Type == Table:
		return "", ""
	case c.Type == Number && numbers == 0:
		return "a number has no column that is a number", "select one, such as count(*)"
	case c.Type == Number:
		return "", ""
	case (c.Type == Line || c.Type == Area) && !columns[0].isTime():
		return "the first column of the " + string(c.Type) + " chart is no time, but " + columns[0].Type, "select {{bucket}} first"
	case c.Type == Map && (columns[0].isTime() || columns[0].isNumber()):
		return "the first column of a map is no country, but " + columns[0].Type, "select the country's name or code first"
	case numbers == 0:
		return "the " + string(c.Type) + " chart has no column that is a number behind its first", order
	}
	return "", ""
}
