package duckdb

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/penstock/penstock/internal/event"
)

// queryRequest is people's SQL with its limits; see Limits.
type queryRequest struct {
	SQL     string
	Class   Class
	Timeout time.Duration
	// Left of the timeout, from when the query begins.
	Left  time.Duration
	Rows  int64
	Bytes int64
}

// A query is answered by lines of JSON: a head, then each row as an array of texts and nulls, then
// a tail.
type queryHead struct {
	Columns []Column
}

type queryTail struct {
	End       bool
	Truncated string     `json:",omitempty"`
	Error     *wireError `json:",omitempty"`
}

// query serves one query. Errors before the first row answer like any other call's.
func (s *server) query(w http.ResponseWriter, r *http.Request) {
	var req queryRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		fail(w, err)
		return
	}
	b, err := s.base()
	if err != nil {
		fail(w, err)
		return
	}
	ctx, running, err := b.guard.query(r.Context(), req.Class)
	if err != nil {
		fail(w, err)
		return
	}
	defer b.guard.done(running)
	late := time.AfterFunc(req.Left, func() {
		running.cancel(&event.Error{Code: "query_timeout",
			Message: fmt.Sprintf("the query took longer than %s", req.Timeout), Hint: "narrow it down, or allow it more time"})
	})
	defer late.Stop()
	c, err := b.engine.session(ctx)
	if err != nil {
		fail(w, reason(ctx, err))
		return
	}
	defer c.close()
	q := &runningQuery{c: c, req: req, running: running, out: w, lines: bufio.NewWriterSize(w, 64<<10)}
	err = reason(ctx, behindLoads(func() error { return q.run(ctx) }))
	if err != nil && !q.began {
		fail(w, err)
		return
	}
	tail := queryTail{End: true, Truncated: q.truncated}
	if err != nil {
		wire := toWire(err)
		tail.Error = &wire
	}
	q.encode(tail)
	_ = q.lines.Flush() // a failed write means that the parent has gone away
}

// reason puts the cause of a stopped query in the place of what DuckDB says of it.
func reason(ctx context.Context, err error) error {
	var known *event.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if cause := context.Cause(ctx); cause != nil && errors.As(cause, &known) {
		return known
	}
	// A result that fails while it is fetched has no kind.
	if isKind(err, bindings.ErrorTypeOutOfMemory) || isKind(toSQLError(err.Error()), bindings.ErrorTypeOutOfMemory) {
		return &event.Error{Code: codeMemory, Message: "the query needs more memory or temporary space than it may use: " + firstLine(err.Error()),
			Hint: "narrow it down, or aggregate before sorting and joining"}
	}
	if fatal(err) || ctx.Err() != nil {
		return err
	}
	return &event.Error{Code: "query_failed", Message: err.Error()}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// runningQuery is one query and its answer.
type runningQuery struct {
	c         *conn
	req       queryRequest
	running   *running
	out       http.ResponseWriter
	lines     *bufio.Writer
	began     bool
	truncated string
	rows      int64
	bytes     int64
	line      []byte
}

func (q *runningQuery) run(ctx context.Context) error {
	q.running.enter()
	defer q.running.leave()
	if _, err := q.c.exec(ctx, "BEGIN TRANSACTION READ ONLY"); err != nil {
		return err
	}
	defer func() { _, _ = q.c.exec(context.Background(), "ROLLBACK") }()
	if err := checkSQL(ctx, q.c, q.req.SQL); err != nil {
		return err
	}
	stop := q.c.interruptOn(ctx)
	defer stop()
	columns, err := q.describe(q.req.SQL)
	if err != nil {
		return err
	}
	stmt, err := q.prepareAsText(ctx, columns)
	if err != nil {
		return err
	}
	defer bindings.DestroyPrepare(&stmt)
	return q.stream(ctx, stmt, columns)
}

// describe prepares the statement as it was written, so that errors speak of that, and returns its
// columns.
func (q *runningQuery) describe(sql string) ([]Column, error) {
	stmt, err := q.prepare(sql)
	if err != nil {
		return nil, textAsColumn(sql, err)
	}
	defer bindings.DestroyPrepare(&stmt)
	if t := bindings.PreparedStatementType(stmt); t != bindings.StatementTypeSelect {
		return nil, refused("only a SELECT may be run")
	}
	columns := make([]Column, bindings.PreparedStatementColumnCount(stmt))
	for i := range columns {
		t := bindings.PreparedStatementColumnLogicalType(stmt, bindings.IdxT(i))
		columns[i] = Column{Name: bindings.PreparedStatementColumnName(stmt, bindings.IdxT(i)), Type: typeName(t), Kind: kindOf(t)}
		bindings.DestroyLogicalType(&t)
	}
	return columns, nil
}

func (q *runningQuery) prepare(sql string) (bindings.PreparedStatement, error) {
	var stmts bindings.ExtractedStatements
	defer bindings.DestroyExtracted(&stmts)
	var stmt bindings.PreparedStatement
	switch n := bindings.ExtractStatements(q.c.c, sql, &stmts); n {
	case 0:
		return stmt, &sqlError{bindings.ErrorTypeParser, bindings.ExtractStatementsError(stmts)}
	case 1:
	default:
		return stmt, refused("there are %d statements; only one may be run", n)
	}
	if bindings.PrepareExtractedStatement(q.c.c, stmts, 0, &stmt) == bindings.StateError {
		err := &sqlError{bindings.ErrorTypeBinder, bindings.PrepareError(stmt)}
		bindings.DestroyPrepare(&stmt)
		return stmt, err
	}
	return stmt, nil
}

// prepareAsText prepares the statement with every column as text, written exactly by DuckDB itself.
func (q *runningQuery) prepareAsText(ctx context.Context, columns []Column) (bindings.PreparedStatement, error) {
	aliases := make([]string, len(columns))
	texts := make([]string, len(columns))
	for i, c := range columns {
		aliases[i] = fmt.Sprintf("c%d", i)
		texts[i] = c.text(aliases[i])
	}
	wrap := func(sql string) string {
		return fmt.Sprintf("SELECT %s FROM (%s\n) AS q(%s)", strings.Join(texts, ", "), sql, strings.Join(aliases, ", "))
	}
	stmt, err := q.prepare(wrap(strings.TrimRight(q.req.SQL, " \t\r\n;")))
	if err == nil {
		return stmt, nil
	}
	// A comment behind the closing semicolon, for one, cannot be wrapped; the statement as DuckDB
	// writes it itself can.
	var plain string
	err = q.c.rows(ctx, "SELECT json_deserialize_sql(json_serialize_sql("+literal(q.req.SQL)+"))", func(r row) error {
		plain = r.text(0)
		return nil
	})
	if err != nil {
		return stmt, err
	}
	return q.prepare(wrap(strings.TrimRight(plain, " \t\r\n;")))
}

// stream runs the statement and writes its rows as they come.
func (q *runningQuery) stream(ctx context.Context, stmt bindings.PreparedStatement, columns []Column) error {
	var pending bindings.PendingResult
	defer bindings.DestroyPending(&pending)
	//nolint:staticcheck // deprecated, and the only way not to hold a whole result in memory
	if bindings.PendingPreparedStreaming(stmt, &pending) == bindings.StateError {
		return &sqlError{bindings.ErrorTypeExecutor, bindings.PendingError(pending)}
	}
	var res bindings.Result
	defer bindings.DestroyResult(&res)
	if bindings.ExecutePending(pending, &res) == bindings.StateError {
		return &sqlError{bindings.ResultErrorType(&res), bindings.ResultError(&res)}
	}
	q.began = true
	q.encode(queryHead{columns})
	for ctx.Err() == nil && q.truncated == "" {
		chunk := bindings.FetchChunk(res)
		if chunk.Ptr == nil {
			if message := bindings.ResultError(&res); message != "" {
				return &sqlError{bindings.ResultErrorType(&res), message}
			}
			return ctx.Err()
		}
		q.running.leave()
		err := eachRow(chunk, q.write)
		bindings.DestroyDataChunk(&chunk)
		if err != nil && !errors.Is(err, errTruncated) {
			return err
		}
		if err := q.lines.Flush(); err != nil {
			return err
		}
		q.running.enter()
	}
	return ctx.Err()
}

var errTruncated = errors.New("a limit is reached")

func (q *runningQuery) write(r row) error {
	switch {
	case q.req.Rows > 0 && q.rows >= q.req.Rows:
		q.truncated = fmt.Sprintf("the result was cut after %d rows", q.rows)
		return errTruncated
	case q.req.Bytes > 0 && q.bytes >= q.req.Bytes:
		q.truncated = fmt.Sprintf("the result was cut after %d rows, at %d bytes", q.rows, q.bytes)
		return errTruncated
	}
	b := append(q.line[:0], '[')
	for i := range r.columns {
		if i > 0 {
			b = append(b, ',')
		}
		if r.null(i) {
			b = append(b, "null"...)
			continue
		}
		text, err := json.Marshal(string(r.columns[i].bytes(r.index)))
		if err != nil {
			return err
		}
		b = append(b, text...)
	}
	q.line = append(b, ']', '\n')
	q.rows++
	q.bytes += int64(len(q.line))
	_, err := q.lines.Write(q.line)
	return err
}

func (q *runningQuery) encode(v any) {
	// bufio keeps a failed write for the next Flush to report.
	_ = json.NewEncoder(q.lines).Encode(v)
}
