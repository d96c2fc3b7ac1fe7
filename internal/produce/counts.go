package produce

import (
	"sync"
	"sync/atomic"
	"time"
)

// maxProblems is how many different failures a run remembers the words of.
const maxProblems = 10

// Counts is where a run stands. Every record taken from the source is in the end either sent or
// failed, never both.
type Counts struct {
	// Taken is how many events came from the source, those that can never be sent included.
	Taken int64 `json:"taken"`
	// Sent is how many records the endpoint acknowledged.
	Sent int64 `json:"sent"`
	// Retried is how many times a record was sent again after its first time.
	Retried int64 `json:"retried"`
	// Failed is how many events are known not to be acknowledged and will not be tried again. One
	// of which the answer got lost may have arrived all the same.
	Failed int64 `json:"failed"`
}

// Summary is what a run came to.
type Summary struct {
	Counts
	// Took is the whole run, waits included.
	Took time.Duration `json:"-"`
	// Interrupted says that the context ended before the source did.
	Interrupted bool `json:"interrupted"`
	// Problems are the words of the first different failures, at most ten.
	Problems []string `json:"problems,omitempty"`
}

// PerSecond is how many records were acknowledged per second of the run.
func (s Summary) PerSecond() float64 {
	if s.Took <= 0 {
		return 0
	}
	return float64(s.Sent) / s.Took.Seconds()
}

// tally counts what happens during a run; all of its methods may be called from any goroutine.
type tally struct {
	taken, sent, retried, failed atomic.Int64

	mu struct {
		sync.Mutex
		waiting  string
		problems []string
	}
}

func (t *tally) counts() Counts {
	// Outcomes before taken, so that a reader never sees more outcomes than events.
	c := Counts{Sent: t.sent.Load(), Retried: t.retried.Load(), Failed: t.failed.Load()}
	c.Taken = t.taken.Load()
	return c
}

// accept counts n acknowledged records, which also means that the endpoint is there.
func (t *tally) accept(n int) {
	if n == 0 {
		return
	}
	t.sent.Add(int64(n))
	t.wait("")
}

// fail counts n failed events and remembers why, if it is a new reason.
func (t *tally) fail(n int, why string) {
	t.failed.Add(int64(n))
	t.mu.Lock()
	defer t.mu.Unlock()
	if why == "" || len(t.mu.problems) == maxProblems {
		return
	}
	for _, known := range t.mu.problems {
		if known == why {
			return
		}
	}
	t.mu.problems = append(t.mu.problems, why)
}

// wait notes why the run waits before it sends again; "" when it does not.
func (t *tally) wait(why string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.mu.waiting = why
}

func (t *tally) waiting() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mu.waiting
}

func (t *tally) problems() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.mu.problems...)
}
