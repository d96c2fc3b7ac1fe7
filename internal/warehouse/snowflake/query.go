package snowflake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/snowflakedb/gosnowflake"

	"github.com/penstock/penstock/internal/event"
)

// Limits bound a query. The zero value has the defaults.
type Limits struct {
	// Timeout for the whole query, reading the rows included. Default 30 s.
	Timeout time.Duration
	// Rows and Bytes after which the result is cut. Defaults: 1,000,000 rows and 256 MiB. Negative: no limit.
	Rows, Bytes int64
}

func (l Limits) withDefaults() Limits {
	if l.Timeout <= 0 {
		l.Timeout = 30 * time.Second
	}
	if l.Rows == 0 {
		l.Rows = 1_000_000
	}
	if l.Bytes == 0 {
		l.Bytes = 256 << 20
	}
	return l
}

// Column is a column of a result. Type is spelled as DuckDB would, for one dashboard runs on both.
type Column struct{ Name, Type string }

// Rows is a result that is being read. It belongs to one goroutine, and must be closed.
type Rows struct {
	Columns []Column
	// Truncated says, once Next has returned io.EOF, which limit cut the result; empty if none did.
	Truncated string

	ctx    context.Context
	cancel func()
	rows   *sql.Rows
	limits Limits
	read   int64
	bytes  int64
}

// Query runs people's SQL: one SELECT, as the reader's role. Errors that are about the query are *event.Error with a code
// that begins with "query_".
func (r *Reader) Query(ctx context.Context, statement string, limits Limits) (*Rows, error) {
	if err := onlySelect(statement); err != nil {
		return nil, err
	}
	limits = limits.withDefaults()
	ctx, cancel := context.WithTimeout(ctx, limits.Timeout)
	// Exact numbers, also where a result comes as Arrow.
	rows, err := r.db.QueryContext(gosnowflake.WithHigherPrecision(ctx), strings.TrimRight(strings.TrimSpace(statement), "; \n\t"))
	if err != nil {
		defer cancel()
		return nil, queryError(ctx, limits, err)
	}
	result := &Rows{ctx: ctx, cancel: cancel, rows: rows, limits: limits}
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, errors.Join(queryError(ctx, limits, err), result.Close())
	}
	for _, t := range types {
		result.Columns = append(result.Columns, Column{Name: plainName(t.Name()), Type: plainType(t)})
	}
	return result, nil
}

// plainName is a column's name as contracts have it: Snowflake makes names without quotes upper case.
func plainName(name string) string {
	if name == strings.ToUpper(name) {
		return strings.ToLower(name)
	}
	return name
}

func plainType(t *sql.ColumnType) string {
	switch name := t.DatabaseTypeName(); name {
	case "FIXED":
		precision, scale, _ := t.DecimalSize()
		if scale > 0 {
			return fmt.Sprintf("DECIMAL(%d,%d)", precision, scale)
		}
		return "BIGINT"
	case "REAL":
		return "DOUBLE"
	case "TEXT":
		return "VARCHAR"
	case "TIMESTAMP_TZ", "TIMESTAMP_LTZ", "TIMESTAMP_NTZ":
		// All our columns are instants and the session is in UTC: so is what TO_TIMESTAMP makes of them.
		return "TIMESTAMP WITH TIME ZONE"
	case "VARIANT", "OBJECT", "ARRAY":
		return "JSON"
	default:
		return name
	}
}

// Next returns the next row, NULL as nil; io.EOF behind the last.
func (r *Rows) Next() ([]*string, error) {
	if r.Truncated != "" {
		return nil, io.EOF
	}
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return nil, queryError(r.ctx, r.limits, err)
		}
		return nil, io.EOF
	}
	if r.limits.Rows >= 0 && r.read == r.limits.Rows {
		r.Truncated = fmt.Sprintf("more than %d rows", r.limits.Rows)
		return nil, io.EOF
	}
	r.read++
	cells, into := make([]any, len(r.Columns)), make([]any, len(r.Columns))
	for i := range cells {
		into[i] = &cells[i]
	}
	if err := r.rows.Scan(into...); err != nil {
		return nil, queryError(r.ctx, r.limits, err)
	}
	row := make([]*string, len(cells))
	for i, cell := range cells {
		if cell != nil {
			text := text(cell, r.Columns[i].Type)
			row[i] = &text
			r.bytes += int64(len(text)) + 2
		}
	}
	if r.limits.Bytes >= 0 && r.bytes > r.limits.Bytes {
		r.Truncated = fmt.Sprintf("more than %d bytes", r.limits.Bytes)
		return nil, io.EOF
	}
	return row, nil
}

// Close ends the query, if it is still running.
func (r *Rows) Close() error {
	r.cancel()
	return r.rows.Close()
}

func queryError(ctx context.Context, limits Limits, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &event.Error{Code: "query_timeout", Message: fmt.Sprintf("the query took longer than %s", limits.Timeout), Hint: "ask for less, or raise limits.query_timeout"}
	}
	if answered, ok := errors.AsType[*gosnowflake.SnowflakeError](err); ok && answered.Number > 0 {
		return &event.Error{Code: "query_invalid", Message: strings.TrimSpace(answered.Message), Hint: "Snowflake's own words; names without quotes are upper case there"}
	}
	return unavailable("the query", err)
}
