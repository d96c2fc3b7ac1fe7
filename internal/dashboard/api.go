// Package dashboard is the HTTP side of a running pipeline: the API that the command line uses,
// and the health endpoints.
package dashboard

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// Column is one column of a query's result.
type Column struct {
	Name string `json:"name"`
	// Type is the SQL type, in lower case.
	Type string `json:"type"`
}

// Rows is a result being read. Next returns io.EOF after the last row; a nil cell is NULL and
// every other cell is the value's exact text. A row stays as it is when Next is called again.
// Close ends the query.
type Rows interface {
	Columns() []Column
	Next() ([]*string, error)
	// Truncated says, after io.EOF, which limit cut the result; empty if none did.
	Truncated() string
	Close() error
}

// EachRow calls fn with each row of a result until fn fails.
func EachRow(rows Rows, fn func([]*string) error) error {
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := fn(row); err != nil {
			return err
		}
	}
}

// Warehouse answers people's SQL. Query runs one read-only SELECT under the warehouse's limits;
// a statement it refuses is an error with what to write instead.
type Warehouse interface {
	Query(ctx context.Context, sql string) (Rows, error)
}

// Redrive selects what is sent through the present contracts again.
type Redrive struct {
	Reasons []string  `json:"reasons,omitempty"`
	Since   time.Time `json:"since,omitzero"`
	// Contract is the table of the contract that refused an event, Field what it was refused for; nil
	// for all, and an empty text for events without one.
	Contract *string `json:"contract,omitempty"`
	Field    *string `json:"field,omitempty"`
	DryRun   bool    `json:"dry_run,omitempty"`
}

// Redriver sends quarantined events through the present contracts again; what passes becomes rows
// once, however often it is called. Its report encodes as JSON.
type Redriver interface {
	Redrive(ctx context.Context, what Redrive) (RedriveReport, error)
}

// RedriveReport is what a redrive did, or would do.
type RedriveReport struct {
	DryRun   bool  `json:"dry_run"`
	Examined int64 `json:"examined"`
	// Passed counts, by table, the events that became rows.
	Passed map[string]int64 `json:"passed"`
	// Failed counts, by reason, the events that stay in the quarantine.
	Failed map[string]int64 `json:"failed"`
	// Stay counts the same events by reason, contract and field as the present contracts have them,
	// most first; at most about 1,000 kinds.
	Stay    []Stay `json:"stay"`
	Dropped int64  `json:"dropped"`
}

// Stay counts events that stay in the quarantine for one reason.
type Stay struct {
	Reason   string `json:"reason"`
	Contract string `json:"contract"`
	Field    string `json:"field"`
	Count    int64  `json:"count"`
}

// Status answers with the pipeline's state; it encodes as JSON.
type Status interface {
	// Status returns the state and whether the pipeline is ready.
	Status(ctx context.Context) (state any, ready bool)
}

// apiError is the body of every answer that is not a success.
type apiError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func toAPIError(err error) apiError {
	if known, ok := errors.AsType[*event.Error](err); ok {
		text := known.Message
		if known.Err != nil {
			text += ": " + known.Err.Error()
		}
		return apiError{Code: known.Code, Message: text, Hint: known.Hint}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return apiError{Code: "cancelled", Message: err.Error()}
	}
	return apiError{Code: "internal", Message: err.Error()}
}

// resultLine is one line of a query's answer: first the columns, then rows, then the end or an
// error. A result without its end line is cut off.
type resultLine struct {
	Columns []Column   `json:"columns,omitempty"`
	Row     []*string  `json:"row,omitempty"`
	End     *resultEnd `json:"end,omitempty"`
	Error   *apiError  `json:"error,omitempty"`
}

type resultEnd struct {
	Rows      int64  `json:"rows"`
	Truncated string `json:"truncated,omitempty"`
}

// Latency is how long the rows of a table took from an event's own time to the moment queries
// could see them.
type Latency struct {
	Rows  int64 `json:"rows"`
	P50MS int64 `json:"p50_ms"`
	P99MS int64 `json:"p99_ms"`
}

// Clock measures latencies.
type Clock interface {
	// Latency measures the rows of table by the event's own time in column.
	Latency(ctx context.Context, table, column string) (Latency, error)
}
