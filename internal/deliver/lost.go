package deliver

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
)

// codeLost is the code of errors about records that were accepted and are gone.
const codeLost = "records_lost"

// LostError is Run's error when records are missing that must be delivered next, and nobody has accepted
// that they are lost. What comes before them is committed, unless they are in a plan that a crash left.
type LostError struct {
	catalog.Range
	cause event.Error
}

func (e *LostError) Error() string { return e.cause.Error() }

// Unwrap returns an *event.Error with the code "records_lost".
func (e *LostError) Unwrap() error { return &e.cause }

func isLost(err error) bool {
	_, lost := errors.AsType[*LostError](err)
	return lost
}

func (w *Worker) lost(first, last uint64) *LostError {
	return &LostError{Range: catalog.Range{First: first, Last: last}, cause: event.Error{
		Code: codeLost,
		Message: fmt.Sprintf("records %d to %d of %s %s were accepted, but the log no longer holds them",
			first, last, w.cfg.Shard.Stream, w.cfg.Shard.ID()),
		Hint: "part of the data folder was removed, damaged or restored from an older backup; stop the pipeline and restore the folder log/ " +
			"as a whole, or, if that cannot be, count them as lost with `penstock accept-loss`: the shard then goes on behind them",
	}}
}

// passOver hands on that the records from..last are missing, as far as somebody has accepted that. It
// returns the record to go on with.
func (w *Worker) passOver(ctx context.Context, from, last uint64, out chan<- chunk, read func(through uint64)) (uint64, error) {
	for _, accepted := range w.deps.Catalog.AcceptedLosses() {
		if accepted.First > from || accepted.Last < from {
			continue
		}
		lost := catalog.Range{First: from, Last: min(last, accepted.Last)}
		w.cfg.Logger.Warn("passing over records that the log has lost, as somebody has accepted",
			"stream", w.cfg.Shard.Stream, "shard", w.cfg.Shard.Index, "first", lost.First, "last", lost.Last)
		select {
		case out <- chunk{lost: lost}:
			read(lost.Last)
			return lost.Last + 1, nil
		case <-ctx.Done():
			return from, ctx.Err()
		}
	}
	return from, w.lost(from, last)
}

// withLost adds a range to those lost so far, which it follows.
func withLost(all []catalog.Range, lost catalog.Range) []catalog.Range {
	if n := len(all); n > 0 && all[n-1].Last+1 == lost.First {
		all[n-1].Last = lost.Last
		return all
	}
	return append(all, lost)
}
