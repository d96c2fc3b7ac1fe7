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
	var stmts bindings.ExtractedStatements
	defer bindings.DestroyExtracted(&stmts)
	run := c.all
	if bindings.ExtractStatements(c.c, sql, &stmts) == 1 {
		run = func(_ string, fn func(*bindings.Result) error) error { return c.one(stmts, fn) }
	}
	err := run(sql, fn)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// all runs statements the simple way.
func (c *conn) all(sql string, fn func(*bindings.Result) error) error {
	var res bindings.Result
	defer bindings.DestroyResult(&res)
	if bindings.Query(c.c, sql, &res) == bindings.StateError {
		return &sqlError{bindings.ResultErrorType(&res), bindings.ResultError(&res)}
	}
	return fn(&res)
}

// one runs a single statement, and sleeps while DuckDB's other threads have all there is to do. By
// itself DuckDB keeps asking them, which costs a third of the CPU of a load, and a core for as long
// as one thread unpacks the only file.
func (c *conn) one(stmts bindings.ExtractedStatements, fn func(*bindings.Result) error) error {
	var stmt bindings.PreparedStatement
	defer bindings.DestroyPrepare(&stmt)
	if bindings.PrepareExtractedStatement(c.c, stmts, 0, &stmt) == bindings.StateError {
		return toSQLError(bindings.PrepareError(stmt))
	}
	var pending bindings.PendingResult
	defer bindings.DestroyPending(&pending)
	if bindings.PendingPrepared(stmt, &pending) == bindings.StateError {
		return toSQLError(bindings.PendingError(pending))
	}
	if work(pending) == bindings.PendingStateError {
		return toSQLError(bindings.PendingError(pending))
	}
	var res bindings.Result
	defer bindings.DestroyResult(&res)
	if bindings.ExecutePending(pending, &res) == bindings.StateError {
		return &sqlError{bindings.ResultErrorType(&res), bindings.ResultError(&res)}
	}
	return fn(&res)
}

// The pause between two questions for something to do doubles from firstNap to lastNap, which is
// little beside the milliseconds of a task.
const (
	firstNap = 20 * time.Microsecond
	lastNap  = time.Millisecond
)

// work takes part in a statement until its result is ready or it has failed.
func work(pending bindings.PendingResult) bindings.PendingState {
	nap := firstNap
	for {
		switch state := bindings.PendingExecuteTask(pending); state {
		case bindings.PendingStateNoTasksAvailable:
			time.Sleep(nap)
			nap = min(2*nap, lastNap)
		case bindings.PendingStateResultNotReady:
			nap = firstNap
		default:
			return state
		}
	}
}

// kinds are the kinds of errors that somebody tells from others, by how their messages begin.
var kinds = map[string]bindings.ErrorType{
	"Out of Memory Error":      bindings.ErrorTypeOutOfMemory,
	"IO Error":                 bindings.ErrorTypeErrorIO,
	"INTERRUPT Error":          bindings.ErrorTypeInterrupt,
	"FATAL Error":              bindings.ErrorTypeFatal,
	"INTERNAL Error":           bindings.ErrorTypeInternal,
	"TransactionContext Error": bindings.ErrorTypeTransaction,
}

// toSQLError is a failure of which DuckDB gives the message alone.
func toSQLError(message string) *sqlError {
	beginning, _, _ := strings.Cut(message, ":")
	if kind, ok := kinds[beginning]; ok {
		return &sqlError{kind, message}
	}
	return &sqlError{bindings.ErrorTypeBinder, message}
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
