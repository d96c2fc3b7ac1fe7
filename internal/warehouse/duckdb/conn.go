package duckdb

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// conn is one connection to the database. One goroutine uses it at a time.
type conn struct {
	c bindings.Connection
}

// sqlError is a failure DuckDB reported.
type sqlError struct {
	kind    bindings.ErrorType
	message string
}

func (e *sqlError) Error() string { return e.message }

func isKind(err error, kinds ...bindings.ErrorType) bool {
	var e *sqlError
	if !errors.As(err, &e) {
		return false
	}
	for _, k := range kinds {
		if e.kind == k {
			return true
		}
	}
	return false
}

func (c *conn) close() { bindings.Disconnect(&c.c) }

// exec runs statements and returns how many rows the last one changed.
func (c *conn) exec(ctx context.Context, sql string) (int64, error) {
	var changed int64
	err := c.query(ctx, sql, func(res *bindings.Result) error {
		changed = int64(bindings.RowsChanged(res))
		return nil
	})
	return changed, err
}

// rows runs one statement and calls fn for each row of its result.
func (c *conn) rows(ctx context.Context, sql string, fn func(row) error) error {
	return c.query(ctx, sql, func(res *bindings.Result) error {
		for {
			chunk := bindings.FetchChunk(*res)
			if chunk.Ptr == nil {
				return nil
			}
			err := eachRow(chunk, fn)
			bindings.DestroyDataChunk(&chunk)
			if err != nil {
				return err
			}
		}
	})
}

func (c *conn) query(ctx context.Context, sql string, fn func(*bindings.Result) error) error {
	if strings.IndexByte(sql, 0) >= 0 {
		return &sqlError{bindings.ErrorTypeInvalidInput, "the SQL holds a NUL character"}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	stop := c.interruptOn(ctx)
	defer stop()
	var res bindings.Result
	defer bindings.DestroyResult(&res)
	if bindings.Query(c.c, sql, &res) == bindings.StateError {
		err := error(&sqlError{bindings.ResultErrorType(&res), bindings.ResultError(&res)})
		if ctx.Err() != nil {
			return fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return err
	}
	return fn(&res)
}

// interruptEvery is how often an interrupt is repeated: one that meets the connection between two
// statements, or before the first, is lost.
const interruptEvery = 20 * time.Millisecond

// interruptOn interrupts the connection's work when ctx ends, until stop is called. After stop
// returns nothing interrupts any more.
func (c *conn) interruptOn(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	finished := make(chan struct{})
	gone := make(chan struct{})
	release := context.AfterFunc(ctx, func() {
		defer close(gone)
		tick := time.NewTicker(interruptEvery)
		defer tick.Stop()
		for {
			bindings.Interrupt(c.c)
			select {
			case <-finished:
				return
			case <-tick.C:
			}
		}
	})
	return func() {
		close(finished)
		if !release() {
			<-gone
		}
	}
}
