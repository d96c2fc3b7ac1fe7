package deliver

import (
	"context"

	"github.com/penstock/penstock/internal/event"
)

// Processor transforms records outside of this process, in the place of the contracts: what a delivery
// stream on AWS has a function do. It is used by one goroutine.
//
// It need not be deterministic: what it returned for a range is kept (Deps.Results) before the range is
// planned, and a plan is finished with that.
type Processor interface {
	// Process decides about each record, in order. It waits out what is worth waiting for; an error means
	// that ctx has ended, or that nothing goes on.
	Process(ctx context.Context, records []event.Record) ([]Processed, error)
	// Name names an object of a file; the same seed and object give the same name.
	Name(object string, f NewFile, seed string) string
	// Sealed says that the objects so far are finished.
	Sealed()
}

// Processed is what becomes of one record. Without an output of a table it counts as dropped.
type Processed struct {
	Outputs []Output
}

// Output is a piece of an object in the lake.
type Output struct {
	// Object says which one; equal texts within a range are one object.
	Object string
	// Line is appended to the object.
	Line []byte
	// Table is the table that Line is a row of, without header, in CSV. All outputs of an object have
	// the same, or none: then the object is in the lake and is not loaded.
	Table string
	// Plain objects are not compressed; the same for all outputs of an object, and false with a Table.
	Plain bool
	// Reason and Contract are of a row of the quarantine.
	Reason   event.Reason
	Contract string
}

// Results keeps what a Processor returned for a range until the range is committed.
type Results interface {
	// Save keeps r, durably, in the place of what was kept before.
	Save(r Kept) error
	// Load returns what was saved last; false when there is nothing, or nothing whole.
	Load() (Kept, bool)
	// Remove forgets what was saved.
	Remove() error
}
