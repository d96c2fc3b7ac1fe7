package deliver

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/penstock/penstock/internal/event"
)

const (
	// doubtSpan is how many records are processed under one marker when the last run ended badly, and so
	// how many are processed one by one after a death. A marker costs about as much as a record.
	doubtSpan = 512
	// deadly is how often a record must have killed the process, alone, to be quarantined.
	deadly = 2
	// pauseBefore bounds the random wait before a record that killed the process once is tried
	// again. If something else kills the process at a fixed time after its start, it will do so
	// during the wait and not be blamed on the record.
	pauseBefore = 2 * time.Second
)

// suspects finds the record that kills the process, over several lives of it. While nothing is
// suspected it does nothing. It belongs to the goroutine that processes.
type suspects struct {
	store   AttemptStore // nil: nothing is remembered
	logger  *slog.Logger
	crashed map[uint64]bool

	// doubt: the last run ended badly, and what it died of may be any record up to horizon.
	doubt   bool
	horizon uint64
	// narrow is the range in which it died, if that is known; it is processed record by record.
	narrow Span
	marked bool
}

// newSuspects begins a run at position; last is the newest record in the log, which is the newest
// one the last run can have died of.
func newSuspects(store AttemptStore, logger *slog.Logger, position, last uint64) *suspects {
	s := &suspects{store: store, logger: logger, horizon: last, crashed: map[uint64]bool{}}
	if store == nil {
		return s
	}
	attempt, span, err := store.Load()
	if err != nil {
		s.complain(err)
	}
	for _, sequence := range attempt.Crashed {
		if sequence > position {
			s.crashed[sequence] = true
		}
	}
	s.narrow = attempt.Narrow
	if span.Last <= position {
		span = Span{} // it got through
	}
	if span.records() > 0 {
		s.died(span)
	}
	if s.narrow.Last <= position {
		s.narrow = Span{}
	}
	s.doubt = attempt.Running || span.records() > 0
	s.save(true)
	s.unmark()
	return s
}

// died learns from a span that was marked when the process died.
func (s *suspects) died(span Span) {
	span.Deaths++
	if span.records() > 1 || span.Deaths < deadly {
		s.narrow = span
		s.logger.Warn("the process died while it worked on these records; they are processed one by one", "first", span.First, "last", span.Last)
		return
	}
	s.crashed[span.First] = true
	s.narrow = Span{}
	s.logger.Error("this event killed the process twice and goes to the quarantine unprocessed", "sequence", span.First)
}

// begin says how many of records may be processed before done, and marks them if in doubt.
func (s *suspects) begin(ctx context.Context, records []event.Record) (int, error) {
	if !s.doubt {
		return len(records), nil
	}
	first := records[0].Sequence
	if s.narrow.records() > 0 && first > s.narrow.Last {
		s.narrow = Span{}
		s.save(true)
	}
	if first > s.horizon {
		s.doubt = false
		return len(records), nil
	}
	span := s.next(first, uint64(len(records)))
	if s.crashed[first] {
		return 1, nil // nothing is done with it, so nothing can happen
	}
	if span.Deaths > 0 {
		if err := pause(ctx); err != nil {
			return 0, err
		}
	}
	s.mark(span)
	return int(span.records()), nil
}

// next is the span that begins at first and has at most n records.
func (s *suspects) next(first, n uint64) Span {
	n = min(n, doubtSpan)
	switch {
	case s.narrow.records() == 0:
	case first < s.narrow.First:
		n = min(n, s.narrow.First-first)
	case s.narrow.records() == 1:
		return s.narrow
	default:
		n = 1
	}
	return Span{First: first, Last: first + n - 1}
}

func pause(ctx context.Context) error {
	timer := time.NewTimer(pauseBefore/4 + rand.N(pauseBefore*3/4))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// done ends what begin began.
func (s *suspects) done() {
	if s.marked {
		s.unmark()
	}
}

// end ends the run in good order.
func (s *suspects) end() {
	if s.store != nil {
		s.save(false)
	}
}

func (s *suspects) mark(span Span) {
	if err := s.store.Mark(span); err != nil {
		s.complain(err)
		return
	}
	s.marked = true
}

func (s *suspects) unmark() {
	if err := s.store.Unmark(); err != nil {
		s.complain(err)
	}
	s.marked = false
}

func (s *suspects) save(running bool) {
	a := Attempt{Running: running, Narrow: s.narrow}
	for sequence := range s.crashed {
		a.Crashed = append(a.Crashed, sequence)
	}
	slices.Sort(a.Crashed)
	if err := s.store.Save(a); err != nil {
		s.complain(err)
	}
}

// complain: what cannot be noted down must not hold up delivery; at worst an event that kills the
// process does so more often.
func (s *suspects) complain(err error) {
	s.logger.Warn("cannot note down what is being processed", "error", err)
}
