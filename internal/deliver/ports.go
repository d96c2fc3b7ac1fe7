package deliver

import (
	"context"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
)

// Source is the shard's log.
type Source interface {
	// Bounds are the first record retained and the last one; first is last+1 when there is none.
	Bounds() (first, last uint64, err error)
	// Missing says whether record seq was accepted once and is known to be gone, and up to which record
	// nothing is left either.
	Missing(seq uint64) (last uint64, missing bool)
	// Tail reads from the given record on. Called again after every error of a Tail.
	Tail(ctx context.Context, from uint64) (Tail, error)
}

// Tail reads a shard in order. It is used by one goroutine.
type Tail interface {
	// Next waits for records and returns them, in order and without gaps; a gap is taken for a loss. It
	// may return none, when Missing has changed. The slice is valid until the following call, the
	// records stay valid.
	Next(ctx context.Context) ([]event.Record, error)
	// Pending says, after Next, whether more is there already: a backlog.
	Pending() bool
	Close()
}

// Catalog is what a Worker needs of a *catalog.Shard, which describes it.
type Catalog interface {
	Position() uint64
	Pending() (catalog.Plan, bool)
	PutContracts(ctx context.Context, version string, sources []catalog.Source) error
	Contracts(ctx context.Context, version string) ([]catalog.Source, error)
	Plan(ctx context.Context, p catalog.Plan) error
	Commit(ctx context.Context, c catalog.Commit) (catalog.Commit, error)
	// AcceptedLosses are those that a commit may list.
	AcceptedLosses() []catalog.Range
}

// Lake stores files.
type Lake interface {
	// Put creates a file, durably. It succeeds if a file of that name and content exists. If one of
	// other content does, Deps.Differs recognises the error; after any other error Put is tried
	// again. Called from several goroutines.
	Put(ctx context.Context, name string, body []byte) error
}

// Naming gives a new file its name in the lake. The same NewFile always gets the same name, and
// different ones different names.
type Naming func(NewFile) string

// NewFile is what goes into a file's name.
type NewFile struct {
	Table string
	Shard int
	// Oldest is the arrival of the file's oldest record.
	Oldest time.Time
	// First, Last and Generation are the plan's.
	First, Last uint64
	Generation  uint32
	// Redrive is a unique text for a file of a redrive, which has no plan; otherwise empty.
	Redrive string
	// Extension is such as "csv.gz", without a leading dot.
	Extension string
}

// AttemptStore remembers over the death of the process what it was working on. It is used by one
// goroutine.
type AttemptStore interface {
	// Load returns what was saved last, and the span that was marked when the process died; zero
	// values when there is nothing.
	Load() (Attempt, Span, error)
	// Save replaces the attempt, durably. A zero Attempt is removed.
	Save(a Attempt) error
	// Mark says that the records of s are about to be processed. It takes effect for a death of the
	// process at once, and need not survive a loss of power.
	Mark(s Span) error
	// Unmark says that they have been. It takes effect for a death of the process at once.
	Unmark() error
}

// Attempt is what one run of a Worker leaves for the next one.
type Attempt struct {
	// Running: the run has not ended in good order.
	Running bool `json:"running,omitempty"`
	// Narrow is a range in which a run died; a zero Span when there is none.
	Narrow Span `json:"narrow,omitzero"`
	// Crashed are records that killed the process twice and are not committed yet.
	Crashed []uint64 `json:"crashed,omitempty"`
}

// Span is a range of records, both ends included. The zero Span is none.
type Span struct {
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	// Deaths is how often the process has died while exactly this span was marked.
	Deaths int `json:"deaths"`
}

func (s Span) records() uint64 {
	if s.First == 0 {
		return 0
	}
	return s.Last - s.First + 1
}
