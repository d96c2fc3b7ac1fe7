package app

import (
	"context"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
	"github.com/penstock/penstock/internal/warehouse/duckdb"
	"github.com/penstock/penstock/internal/warehouse/snowflake"
)

// store is the pipeline's warehouse, whichever it is.
type store interface {
	warehouse.Target
	snapshots
	loads
	asker
	// Describe returns the users' tables as they are.
	Describe(ctx context.Context) ([]warehouse.TableShape, error)
	// Latency measures how long the rows of a table took from the time in the column to where queries see them.
	Latency(ctx context.Context, table, column string) (dashboard.Latency, error)
	// Metered reports whether each query costs money.
	Metered() bool
	// Restarts counts how often the warehouse's process was started again, where it has one.
	Restarts() int64
	// Replaced gets a value when what the warehouse has is not what it was: its file was removed or replaced.
	// It is for one receiver.
	Replaced() <-chan struct{}
	Close() error
}

// loads is a warehouse that tells which files it has dealt with, while it loads others.
type loads interface {
	// Watermark is a shard's last record that is loaded; 0 if none is.
	Watermark(ctx context.Context, shard int) (position uint64, err error)
	// LoadsOf are the files of a shard whose range of sequence numbers meets low to high, at most so many.
	LoadsOf(ctx context.Context, shard int, low, high string, most int) ([]warehouse.LoadedFile, error)
}

// asker answers SQL.
type asker interface {
	Ask(ctx context.Context, sql string, limits askLimits) (dashboard.Rows, error)
}

// askLimits bound a query, as every warehouse does.
type askLimits struct {
	// Pages says that the statement is the pipeline's own, and no person's, for a warehouse that keeps room for each.
	Pages       bool
	Timeout     time.Duration
	Rows, Bytes int64
}

// embedded is DuckDB as a store.
type embedded struct{ *duckdb.Client }

func (e embedded) Ask(ctx context.Context, sql string, limits askLimits) (dashboard.Rows, error) {
	class := duckdb.People
	if limits.Pages {
		class = duckdb.Pages
	}
	rows, err := e.Query(ctx, sql, duckdb.Limits{Class: class, Timeout: limits.Timeout, Rows: limits.Rows, Bytes: limits.Bytes})
	if err != nil {
		return nil, err
	}
	return result{rows}, nil
}

func (e embedded) Latency(ctx context.Context, table, column string) (dashboard.Latency, error) {
	l, err := e.Client.Latency(ctx, table, column)
	return dashboard.Latency{Rows: l.Rows, P50MS: l.P50.Milliseconds(), P99MS: l.P99.Milliseconds()}, err
}

func (e embedded) Metered() bool   { return false }
func (e embedded) Restarts() int64 { return e.Deaths() }

// snowflakeStore is Snowflake as a store.
type snowflakeStore struct{ *snowflake.Client }

func (s snowflakeStore) Ask(ctx context.Context, sql string, limits askLimits) (dashboard.Rows, error) {
	rows, err := s.Query(ctx, sql, snowflake.Limits{Timeout: limits.Timeout, Rows: limits.Rows, Bytes: limits.Bytes})
	if err != nil {
		return nil, err
	}
	return snowflakeResult{rows}, nil
}

func (s snowflakeStore) Latency(context.Context, string, string) (dashboard.Latency, error) {
	return dashboard.Latency{}, &event.Error{Code: "latency_unknown", Message: "Snowflake does not say when a row could be queried first",
		Hint: "`penstock verify 1800` sends marked orders and measures each hop"}
}

func (s snowflakeStore) Restarts() int64           { return 0 }
func (s snowflakeStore) Replaced() <-chan struct{} { return nil }

// snowflakeResult is a query's result for the HTTP API.
type snowflakeResult struct{ rows *snowflake.Rows }

func (r snowflakeResult) Columns() []dashboard.Column {
	columns := make([]dashboard.Column, len(r.rows.Columns))
	for i, c := range r.rows.Columns {
		columns[i] = dashboard.Column{Name: c.Name, Type: strings.ToLower(c.Type)}
	}
	return columns
}

func (r snowflakeResult) Next() ([]*string, error) { return r.rows.Next() }
func (r snowflakeResult) Truncated() string        { return r.rows.Truncated }
func (r snowflakeResult) Close() error             { return r.rows.Close() }
