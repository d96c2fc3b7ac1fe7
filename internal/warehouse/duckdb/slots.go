package duckdb

import (
	"context"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// Class says for whom a query runs. Each class has slots of its own, so that people who wait for their own
// statements do not make everybody's pages wait.
type Class int

const (
	// People is for SQL that somebody wrote just now: it may be anything, and up to 2 run at once.
	People Class = iota
	// Pages is for the pipeline's own statements (charts, traces, the quarantine, redrives); up to 3 run at once.
	Pages
)

// How many queries of a class run at once: they share the memory. Charts are at most two of those of the
// pages (live.Config.Queries), so that a trace does not wait for them.
const (
	peopleQueries = 2
	pagesQueries  = 3
)

// slotPatience is how long a query waits for a slot: a person who waits longer wants to know why.
const slotPatience = 5 * time.Second

// errBusy is the error of a query that found no slot, and has not begun.
var errBusy = &event.Error{Code: "query_busy", Message: "too many queries at once", Hint: "try it again when others have ended"}

// slots bound the queries of each class that run at once.
type slots struct{ people, pages chan struct{} }

func newSlots() slots {
	return slots{make(chan struct{}, peopleQueries), make(chan struct{}, pagesQueries)}
}

// take waits for a slot, at most for patience, and returns what gives it back.
func (s slots) take(ctx context.Context, class Class, patience time.Duration) (free func(), err error) {
	of := s.people
	if class == Pages {
		of = s.pages
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case of <- struct{}{}:
		return func() { <-of }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-timer.C:
		return nil, errBusy
	}
}
