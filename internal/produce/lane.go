package produce

import (
	"context"
	"sync"
	"time"
)

// lane gathers the records of some partition keys into batches, of which one is under way at a
// time. That is what keeps the order of each key while several lanes send at once.
//
// One goroutine adds, another takes. At most one batch gathers while one is being sent, so a lane
// holds at most two batches.
type lane struct {
	maxRecords, maxBytes int
	linger               time.Duration

	// changed tells the taker, room the adder, that it is worth looking again.
	changed, room chan struct{}

	mu struct {
		sync.Mutex
		records []Record
		bytes   int
		full    bool
		closed  bool
	}
}

func newLane(cfg Config) *lane {
	return &lane{
		maxRecords: cfg.BatchRecords, maxBytes: cfg.BatchBytes, linger: cfg.Linger,
		changed: make(chan struct{}, 1), room: make(chan struct{}, 1),
	}
}

// add puts r into the gathering batch, after the batch before it has been taken if need be.
func (l *lane) add(ctx context.Context, r Record) error {
	for {
		if l.tryAdd(r) {
			return nil
		}
		select {
		case <-l.room:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (l *lane) tryAdd(r Record) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	count, size := len(l.mu.records), r.size()
	alone := size > usualRecord
	if count > 0 && (l.mu.full || alone || l.mu.bytes+size > l.maxBytes) {
		l.mu.full = true
		notify(l.changed)
		return false
	}
	l.mu.records = append(l.mu.records, r)
	l.mu.bytes += size
	l.mu.full = alone || count+1 >= l.maxRecords || l.mu.bytes >= l.maxBytes
	if count == 0 || l.mu.full {
		notify(l.changed)
	}
	return true
}

// take waits for records and returns them, no later than linger after the first of them came. It
// returns nil when the lane is closed and empty, or ctx has ended.
func (l *lane) take(ctx context.Context) []Record {
	var late <-chan time.Time
	for {
		records, some := l.tryTake(false)
		if records != nil || l.done() {
			return records
		}
		if some && late == nil {
			timer := time.NewTimer(l.linger)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-l.changed:
		case <-late:
			records, _ = l.tryTake(true)
			return records
		case <-ctx.Done():
			return nil
		}
	}
}

// tryTake returns the batch if it is full, or the lane closed, or now says not to wait for that.
// some says whether there is a batch at all.
func (l *lane) tryTake(now bool) (records []Record, some bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	some = len(l.mu.records) > 0
	if !some || !now && !l.mu.full && !l.mu.closed {
		return nil, some
	}
	records = l.mu.records
	l.mu.records, l.mu.bytes, l.mu.full = nil, 0, false
	notify(l.room)
	return records, true
}

// drain returns what is left after the lane's taker has gone.
func (l *lane) drain() []Record {
	records, _ := l.tryTake(true)
	return records
}

// close says that nothing will be added any more.
func (l *lane) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.closed = true
	notify(l.changed)
}

// done says whether the lane is closed and empty.
func (l *lane) done() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mu.closed && len(l.mu.records) == 0
}

// notify leaves a token in c unless there is one.
func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
