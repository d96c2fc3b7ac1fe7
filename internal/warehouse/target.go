package warehouse

import (
	"context"
	"errors"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// ErrUnavailable marks failures that pass: the warehouse is restarting, out of disk, or out of
// reach. Callers wait and try again.
var ErrUnavailable = errors.New("the warehouse is unavailable right now")

// ErrRewind says that the warehouse is not where the loader believes it to be, because somebody
// put another database in its place: the loader goes back to the watermarks.
var ErrRewind = errors.New("the warehouse does not have what comes before these commits")

// Target is a warehouse the loader fills. One goroutine of the loader calls it, one call at a time.
type Target interface {
	// Prepare makes the tables exist with at least the given columns, and the quarantine. It never
	// removes or changes a column; a table whose column has another type is an *event.Error that
	// says what to do. It is idempotent.
	Prepare(ctx context.Context, tables []*contract.Table) error
	// Load applies the batch in one transaction. Commits at or below a shard's watermark and files
	// recorded as loaded are left out, so calling it again after an unknown outcome is safe. A
	// failure wrapping ErrUnavailable is tried again, one wrapping ErrRewind after reading the
	// watermarks; whatever the failure, nothing of the batch
	// has been applied.
	Load(ctx context.Context, batch Batch) (Result, error)
	// Watermarks are the shards' last loaded commits; a shard never loaded has none.
	Watermarks(ctx context.Context) ([]Watermark, error)
	// Unloaded are the files recorded with a status other than StatusLoaded.
	Unloaded(ctx context.Context) ([]UnloadedFile, error)
}

// Commits are the commits of one shard, as the catalog has them. It is safe for concurrent use.
type Commits interface {
	// CommitsAfter calls fn for each commit with a greater number, in order, until fn fails; that
	// failure is returned as it is.
	CommitsAfter(ctx context.Context, number uint64, fn func(catalog.Commit) error) error
	// Changed is closed when a commit is added after this call.
	Changed() <-chan struct{}
}

// Files gives lake files as local paths. It is safe for concurrent use.
type Files interface {
	// Local returns a path to read the file at until release is called. The error wraps
	// fs.ErrNotExist when the lake answers that it has no such file; any other is an outage.
	Local(ctx context.Context, name string) (path string, release func(), err error)
	// Probe reports whether the lake can be reached and read, so that a missing file can be told
	// from a missing lake.
	Probe(ctx context.Context) error
}

// Shapes knows the columns a table had under a version of the contracts.
type Shapes interface {
	// Shape returns the table as the contracts of that version declare it. The quarantine is asked
	// for too. It is called once for each version and table, and may be slow.
	Shape(ctx context.Context, shard int, version, table string) (*contract.Table, error)
}

// RawEvents reads events back from the log.
type RawEvents interface {
	// Raw returns those of the records that the log still has, in any order.
	Raw(ctx context.Context, shard int, sequences []uint64) ([]event.Record, error)
}
