package stream

import (
	"bytes"
	"sync"

	"golang.org/x/sync/semaphore"
)

// recent keeps a shard's newest chunks for its tails, so that a reader at the end of the log takes
// them from memory. It saves what the server's way of reading costs, and keeps readers away from
// blocks that are being written: the server holds each of those, 8 MiB, for 10 s after the last read,
// which at 40 MB/s is 400 MiB.
//
// The chunks follow each other without a gap. One that every tail has passed is dropped, and while
// there is no tail none is kept. A tail that falls behind further than the room reads from the
// server until it reaches the chunks here.
type recent struct {
	// room is shared by all shards of the log.
	room *semaphore.Weighted

	mu struct {
		sync.Mutex
		chunks []recentChunk
		tails  map[*Tail]uint64 // the next sequence each of them wants
	}
}

// recentChunk is a chunk that is durable. Its payload is never written to again.
type recentChunk struct {
	header
	at      uint64 // JetStream sequence
	payload []byte
}

func newRecent(room *semaphore.Weighted) *recent {
	r := &recent{room: room}
	r.mu.tails = map[*Tail]uint64{}
	return r
}

// add takes a copy of a chunk that follows those added before, if there is a tail to read it.
func (r *recent) add(h header, at uint64, payload []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.mu.tails) == 0 {
		return
	}
	if n := len(r.mu.chunks); n > 0 && r.mu.chunks[n-1].next() != h.First {
		r.drop(n)
	}
	for !r.room.TryAcquire(int64(len(payload))) {
		if len(r.mu.chunks) == 0 {
			return
		}
		r.drop(1)
	}
	r.mu.chunks = append(r.mu.chunks, recentChunk{h, at, bytes.Clone(payload)})
}

// drop forgets the first n chunks. The lock is held.
func (r *recent) drop(n int) {
	for _, c := range r.mu.chunks[:n] {
		r.room.Release(int64(len(c.payload)))
	}
	rest := copy(r.mu.chunks, r.mu.chunks[n:])
	clear(r.mu.chunks[rest:])
	r.mu.chunks = r.mu.chunks[:rest]
}

// get returns the chunk that holds sequence next, which t wants now, if it is here.
func (r *recent) get(t *Tail, next uint64) (recentChunk, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.tails[t] = next
	r.dropPassed()
	for _, c := range r.mu.chunks {
		if c.First <= next && next < c.next() {
			return c, true
		}
	}
	return recentChunk{}, false
}

// dropPassed forgets what no tail wants any more. The lock is held.
func (r *recent) dropPassed() {
	n := 0
	for n < len(r.mu.chunks) && r.passed(r.mu.chunks[n]) {
		n++
	}
	r.drop(n)
}

func (r *recent) passed(c recentChunk) bool {
	for _, next := range r.mu.tails {
		if next < c.next() {
			return false
		}
	}
	return true
}

// join says that t reads from sequence next on.
func (r *recent) join(t *Tail, next uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.tails[t] = next
}

// leave says that t reads no more.
func (r *recent) leave(t *Tail) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.mu.tails, t)
	r.dropPassed()
}
