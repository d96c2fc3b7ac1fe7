package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/penstock/penstock/internal/event"
)

// spares keeps the memory of a few written batches for the next ones. Safe for concurrent use.
type spares struct {
	mu   sync.Mutex
	free []*batch
}

// maxSpares batches of at most 4 MiB are kept.
const maxSpares = 4

func (s *spares) get() *batch {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		b := s.free[n-1]
		s.free = s.free[:n-1]
		return b
	}
	return &batch{}
}

func (s *spares) put(b *batch) {
	if cap(b.body) > chunkBytes+chunkBytes/4 {
		return
	}
	b.reset()
	clear(b.calls)
	b.calls, b.weight, b.continues, b.atLeast = b.calls[:0], 0, false, 0
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.free) < maxSpares {
		s.free = append(s.free, b)
	}
}

// run writes batches, one at a time, until the shard is closed and the queue is empty. While one is
// written the next gathers what arrives.
func (s *shard) run() {
	defer close(s.done)
	for {
		b, open := s.take()
		if !open {
			return
		}
		if b == nil {
			<-s.wake
			continue
		}
		if err := s.write(b); err != nil {
			s.fail(b, err)
		}
		s.log.spare.put(b)
	}
}

// take removes the oldest batch from the queue; nil if there is none, and open false if there will
// be none.
func (s *shard) take() (b *batch, open bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.mu.queue) == 0 {
		return nil, s.mu.closed == nil
	}
	b = s.mu.queue[0]
	n := copy(s.mu.queue, s.mu.queue[1:])
	s.mu.queue[n] = nil
	s.mu.queue = s.mu.queue[:n]
	return b, true
}

// write makes b durable and tells those who wait for it.
func (s *shard) write(b *batch) error {
	if !s.known {
		ctx, cancel := context.WithTimeout(context.Background(), resolveTimeout)
		defer cancel()
		gaps, err := s.recover(ctx)
		if err != nil {
			return fmt.Errorf("%w: %w", errNotStored, err)
		}
		s.log.report(gaps)
	}
	at := s.bounds()
	arrived := at.arrived
	if now := s.log.cfg.Clock().UnixMilli(); now > arrived && !b.continues {
		arrived = now
	}
	first := max(at.last+1, b.atLeast)
	payload := b.seal(first, arrived)
	if err := s.store.append(payload); err != nil {
		return err
	}
	h := header{First: first, Arrived: arrived, Count: b.count, keys: len(b.keys)}
	s.recent.add(h, s.store.last, payload) // before anybody hears of it
	s.advance(h, len(payload))
	s.log.waiting.Release(b.weight)
	for _, c := range b.calls {
		if c.left--; c.result.First == 0 {
			c.result = Appended{First: first + uint64(c.offset), Arrived: arrived}
		}
		if c.left == 0 {
			close(c.done)
		}
	}
	return nil
}

// advance moves the bounds past a chunk that is durable.
func (s *shard) advance(h header, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.last = h.next() - 1
	s.mu.arrived = h.Arrived
	s.mu.newest = s.store.last
	s.mu.bytes += int64(size)
	s.places.learn(place{First: h.First, Arrived: h.Arrived, At: s.store.last})
	s.announce()
}

// fail ends every call in b and behind it with cause. What is behind must not be stored without
// what it follows: a call would have the second half of its records in the log.
func (s *shard) fail(b *batch, cause error) {
	s.known = false
	s.log.cfg.Logger.Warn("records could not be stored; their producers are told so",
		slog.String("stream", s.stream), slog.Int("shard", s.index), slog.Any("cause", cause))
	s.mu.Lock()
	behind := s.mu.queue
	s.mu.queue = nil
	s.mu.Unlock()
	s.refuse(b, cause)
	for _, b := range behind {
		s.refuse(b, fmt.Errorf("%w: %w", errNotStored, cause))
	}
}

// refuse ends the calls of b that have not ended yet.
func (s *shard) refuse(b *batch, cause error) {
	s.log.waiting.Release(b.weight)
	for _, c := range b.calls {
		if c.err != nil {
			continue
		}
		c.err = fmt.Errorf("appending to stream %s, shard %d: %w", s.stream, s.index, cause)
		switch {
		case c.result.First != 0:
			c.err = fmt.Errorf("%w: %w", errPartly, c.err)
		case errors.Is(cause, errNotStored):
			c.err = &event.Error{
				Code:    "not_stored",
				Message: fmt.Sprintf("stream %s cannot store records at present", s.stream),
				Hint:    "see the log for the cause; when the disk is full, free space",
				Err:     fmt.Errorf("%w: %w", event.ErrThrottled, c.err),
			}
		}
		close(c.done)
	}
}
