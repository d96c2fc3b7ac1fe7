package trace

import (
	"context"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// Log is the pipeline's source stream. Safe for concurrent use.
type Log interface {
	// Bounds are a shard's first record retained and its last one; first is last+1 when there is none.
	Bounds(shard int) (first, last uint64, err error)
	// Bytes is how much disk the stream's records take, an estimate.
	Bytes() int64
	// Record reads one record; ok is false when it is no longer retained.
	Record(ctx context.Context, shard int, position uint64) (record event.Record, ok bool, err error)
	// Scan calls fn with the records from..through in order, some at a time, until fn returns false.
	// Records may be missing at the beginning, when they are trimmed meanwhile.
	Scan(ctx context.Context, shard int, from, through uint64, fn func([]event.Record) bool) error
	// Newest gives at most n of the records that arrived last, if they can be had without reading the
	// disk or decoding others.
	Newest(shard, n int) (records []event.Record, ok bool)
	// Fetch reads records from a position on without waiting: at most n, and no more than maxBytes of
	// them, but one if there is one.
	Fetch(ctx context.Context, shard int, from uint64, n, maxBytes int) ([]event.Record, error)
}

// Catalog says what is committed. Safe for concurrent use.
type Catalog interface {
	// Position is a shard's last record committed.
	Position(shard int) uint64
	// CommitOf is the commit that delivered a record first; event.ErrNotFound if it is not committed.
	CommitOf(ctx context.Context, shard int, position uint64) (catalog.Commit, error)
	// Commit is the commit of that number.
	Commit(ctx context.Context, shard int, number uint64) (catalog.Commit, error)
	// Contracts are the contracts of a version.
	Contracts(ctx context.Context, shard int, version string) (*contract.Set, error)
}

// Warehouse is where rows go. Safe for concurrent use.
type Warehouse interface {
	// Select answers one SELECT, in the SQL that DuckDB and Snowflake share, with the exact text of every
	// cell; nil is NULL. It reads the whole result into memory, so the statement carries a limit.
	Select(ctx context.Context, sql string) (columns []string, rows [][]*string, err error)
	// Watermark is a shard's last record that is loaded; 0 if none is.
	Watermark(ctx context.Context, shard int) (position uint64, err error)
	// Loads are the files of a shard that the warehouse has dealt with and whose range of sequence numbers meets
	// low to high, at most so many, the oldest commit first.
	Loads(ctx context.Context, shard int, low, high string, most int) ([]Load, error)
}

// Load is a committed file the warehouse has dealt with.
type Load struct {
	File, Table string
	// Number is its commit's.
	Number uint64
	// Status is loaded, or says with Detail why the file is not.
	Status, Detail string
	// At is when its rows could be queried.
	At time.Time
}

// Lake reads rows back from lake files.
type Lake interface {
	// Row is the row of a record in a file; ok is false when the file does not have it. A file that is
	// gone, or too large to look into, is an error.
	Row(ctx context.Context, file, sequence string) (row map[string]string, ok bool, err error)
}
