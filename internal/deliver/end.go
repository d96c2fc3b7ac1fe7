package deliver

import (
	"context"
	"math"
	"sync/atomic"
)

// end ends reading, once a Worker is told to stop, where the log ended at that time. Reading and the
// stop come from two goroutines; whichever is second sees what the other has stored.
type end struct {
	last, goal atomic.Uint64
	stop       context.CancelFunc
}

// newEnd returns an end for a reader that has read up to record last.
func newEnd(last uint64, stop context.CancelFunc) *end {
	e := &end{stop: stop}
	e.last.Store(last)
	e.goal.Store(math.MaxUint64)
	return e
}

// read says that the records up to last were handed over.
func (e *end) read(last uint64) {
	e.last.Store(last)
	e.check()
}

// at sets the record to end behind.
func (e *end) at(goal uint64) {
	e.goal.Store(goal)
	e.check()
}

func (e *end) check() {
	if e.last.Load() >= e.goal.Load() {
		e.stop()
	}
}

// newest is the last record the log has; 0, which ends reading at once, if it cannot say.
func (w *Worker) newest() uint64 {
	_, last, err := w.deps.Source.Bounds()
	if err != nil {
		return 0
	}
	return last
}
