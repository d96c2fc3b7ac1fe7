package access

import (
	"hash/maphash"
	"sync"
	"time"
)

// attempts limits how often something may be tried for a key. Keys share a fixed number of buckets by a hash that
// nobody outside can foresee: memory is bounded however many keys are made up, and none can be pushed out.
type attempts struct {
	// burst may be tried at once; after that one each pause.
	burst int
	pause time.Duration
	now   func() time.Time

	seed    maphash.Seed
	mu      sync.Mutex
	buckets [1024]bucket
}

// bucket holds how many attempts were made lately; one is forgotten each pause.
type bucket struct {
	used float64
	at   time.Time
}

func newAttempts(burst int, pause time.Duration, now func() time.Time) *attempts {
	return &attempts{burst: burst, pause: pause, now: now, seed: maphash.MakeSeed()}
}

// take counts an attempt for key. When there were too many it returns how long to wait, and counts nothing.
func (a *attempts) take(key string) (wait time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.bucket(key)
	if b.used+1 > float64(a.burst) {
		return max(time.Duration((b.used+1-float64(a.burst))*float64(a.pause)), time.Millisecond)
	}
	b.used++
	return 0
}

// giveBack takes back an attempt that was no guess.
func (a *attempts) giveBack(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.bucket(key)
	b.used = max(b.used-1, 0)
}

func (a *attempts) bucket(key string) *bucket {
	b := &a.buckets[maphash.String(a.seed, key)%uint64(len(a.buckets))]
	now := a.now()
	if passed := now.Sub(b.at); passed > 0 { // a clock set back forgets nothing
		b.used = max(b.used-float64(passed)/float64(a.pause), 0)
	}
	b.at = now
	return b
}
