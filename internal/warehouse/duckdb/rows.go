package duckdb

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/penstock/penstock/internal/warehouse"
)

// Limits bound a query. The zero value has the defaults.
type Limits struct {
	// Class whose slots the query takes. Default People. A query that finds no slot within 5 s is refused
	// with the code query_busy.
	Class Class
	// Timeout for the whole query from when it begins, reading the rows included; waiting for a slot is not.
	// Default 30 s.
	Timeout time.Duration
	// Rows and Bytes after which the result is cut; Bytes counts the texts with their quotes.
	// Defaults: 1,000,000 rows and 256 MiB. Negative: no limit.
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
		l.Bytes = 256 * mib
	}
	return l
}

// Cell is one value of a result: exact text, or NULL.
type Cell struct {
	Null bool
	Text string
}

// Rows is a result that is being read. It belongs to one goroutine, and must be closed.
type Rows struct {
	Columns []Column
	// Truncated says, once Next has returned io.EOF, which limit cut the result; empty if none did.
	Truncated string

	ctx     context.Context
	body    io.ReadCloser
	decoder *json.Decoder
	cells   []Cell
	err     error
	over    func()
}

// Query runs people's SQL: exactly one SELECT, which can neither write nor read files. Errors that
// are about the query are *event.Error with a code that begins with "query_". A query that failed
// before its first row for what others may have done is run once more; see again.
func (c *Client) Query(ctx context.Context, sql string, limits Limits) (*Rows, error) {
	limits = limits.withDefaults()
	deadline := time.Now().Add(limits.Timeout + slotPatience)
	rows, others, err := c.query(ctx, sql, limits, limits.Timeout)
	if !others {
		return rows, err
	}
	return c.again(ctx, sql, limits, deadline, err)
}

// query runs SQL once, with what is left of its timeout; others says that what it failed of can have been
// others' doing.
func (c *Client) query(ctx context.Context, sql string, limits Limits, left time.Duration) (_ *Rows, others bool, _ error) {
	p, err := c.child(ctx)
	if err != nil {
		return nil, false, err
	}
	p.queries.Add(1)
	r, err := ask(ctx, p, queryRequest{SQL: sql, Class: limits.Class, Timeout: limits.Timeout, Left: left, Rows: limits.Rows, Bytes: limits.Bytes})
	switch {
	case err == nil:
		r.over = sync.OnceFunc(func() { p.queries.Add(-1) })
		return r, false, nil
	case errors.Is(err, errEnded):
		c.parted(ctx, p)
		blamed := p.blame() // it stays counted, so that the others know of it
		return nil, blamed == nil, cmp.Or(blamed, err)
	}
	p.queries.Add(-1)
	return nil, shared(err), err
}

func ask(ctx context.Context, p *process, req queryRequest) (*Rows, error) {
	body, err := post(ctx, p, pathQuery, req)
	if err != nil {
		return nil, err
	}
	r := &Rows{ctx: ctx, body: body, decoder: json.NewDecoder(body)}
	var head queryHead
	if err := r.decoder.Decode(&head); err != nil {
		body.Close()
		return nil, broken(ctx, err)
	}
	r.Columns = head.Columns
	r.cells = make([]Cell, len(head.Columns))
	return r, nil
}

// Next returns the next row, valid until the call after; io.EOF behind the last.
func (r *Rows) Next() ([]Cell, error) {
	if r.err != nil {
		return nil, r.err
	}
	var line json.RawMessage
	if err := r.decoder.Decode(&line); err != nil {
		r.err = broken(r.ctx, err)
		return nil, r.err
	}
	if line[0] == '{' {
		r.err = r.end(line)
		return nil, r.err
	}
	var texts []*string
	if err := json.Unmarshal(line, &texts); err != nil || len(texts) != len(r.cells) {
		r.err = fmt.Errorf("%w: a row of the result cannot be read: %w", warehouse.ErrUnavailable, errors.Join(err, io.ErrUnexpectedEOF))
		return nil, r.err
	}
	for i, t := range texts {
		r.cells[i] = Cell{Null: t == nil}
		if t != nil {
			r.cells[i].Text = *t
		}
	}
	return r.cells, nil
}

func (r *Rows) end(line json.RawMessage) error {
	var tail queryTail
	if err := json.Unmarshal(line, &tail); err != nil {
		return broken(r.ctx, err)
	}
	if tail.Error != nil {
		return tail.Error.err()
	}
	r.Truncated = tail.Truncated
	return io.EOF
}

// Close ends the query, if it is still running.
func (r *Rows) Close() error {
	r.over()
	return r.body.Close()
}

// Latency measures how long the rows of a table took from the time in the given column to the
// moment queries could see them.
func (c *Client) Latency(ctx context.Context, table, column string) (Latency, error) {
	return call[Latency](ctx, c, pathLatency, latencyRequest{table, column})
}
