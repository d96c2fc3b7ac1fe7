package stream

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/internal/event"
)

// Put is a record to be appended.
type Put = event.Put

// Appended says where the records of one Append are: consecutive from First, all with the same
// time of arrival, in milliseconds since 1970.
type Appended struct {
	First   uint64
	Arrived int64
}

// batch is a chunk being collected, and those who wait for it.
type batch struct {
	builder
	// continues: it begins with the rest of a call whose earlier records are in the batch before it.
	continues bool
	// atLeast is the least first sequence of the chunk; 0 when any will do.
	atLeast uint64
	calls   []*call
	weight  int64 // held from Log.waiting
}

// call is one Append that waits. It may have records in several batches.
type call struct {
	// offset is the place of its first record in the first of its batches.
	offset int
	// batches that are not yet durable. Belongs to the writer once queued.
	left   int
	result Appended
	err    error
	done   chan struct{}
}

// Append stores puts in the shard and returns when all of them are durable. It copies them before
// it returns. Appends that arrive while another is being written are written together.
//
// Errors that mean nothing was stored: event.ErrNotFound, event.ErrThrottled (the disk is at its
// reserve, or the log recovers from a failed write), the error of Config.Gate, a record that is too
// large. After any other error, ctx ending included, some or all of the records may be stored:
// sending them again may store them twice.
func (l *Log) Append(ctx context.Context, stream string, shard int, puts []Put) (Appended, error) {
	s, err := l.shard(stream, shard)
	if err != nil {
		return Appended{}, err
	}
	weight, err := s.weigh(puts)
	if err != nil {
		return Appended{}, err
	}
	if err := l.admit(stream, shard, weight); err != nil {
		return Appended{}, err
	}
	if err := l.waiting.Acquire(ctx, weight); err != nil {
		return Appended{}, fmt.Errorf("waiting for the disk: %w: %w", event.ErrThrottled, err)
	}
	c, err := s.enqueue(puts)
	if err != nil {
		l.waiting.Release(weight)
		return Appended{}, err
	}
	select {
	case <-c.done:
		return c.result, c.err
	case <-ctx.Done():
		return Appended{}, fmt.Errorf("%w: %w", errUnknown, ctx.Err())
	}
}

// admit says whether size bytes may be stored in a shard now.
func (l *Log) admit(stream string, shard int, size int64) error {
	if err := l.disk.admit(size); err != nil {
		return err
	}
	if _, err := l.engines.current(); err != nil {
		return err
	}
	if l.cfg.Gate != nil {
		return l.cfg.Gate(stream, shard)
	}
	return nil
}

// weigh checks the sizes of puts and says how much of Log.waiting they take.
func (s *shard) weigh(puts []Put) (int64, error) {
	if len(puts) == 0 {
		return 0, &event.Error{Code: "no_records", Message: "an append without records", Hint: "send at least one"}
	}
	limit := int(s.maxRecord.Load())
	var sum int64
	for i := range puts {
		size := len(puts[i].PartitionKey) + len(puts[i].Data)
		if size > limit || len(puts[i].PartitionKey) > maxKeyBytes {
			return 0, &event.Error{
				Code:    "record_too_large",
				Message: fmt.Sprintf("record %d has %d bytes, its key %d; stream %s takes %d", i, size, len(puts[i].PartitionKey), s.stream, limit),
				Hint:    "send smaller records, or raise the stream's record limit (at most 10 MiB)",
			}
		}
		sum += int64(recordSize(puts[i]))
	}
	if sum > s.log.cfg.MaxWaiting {
		return 0, &event.Error{
			Code:    "append_too_large",
			Message: fmt.Sprintf("one append of %d bytes; at most %d can wait at a time", sum, s.log.cfg.MaxWaiting),
			Hint:    "send fewer records at a time",
		}
	}
	return sum, nil
}

// enqueue copies puts into the open batch, and as many more as it takes.
func (s *shard) enqueue(puts []Put) (*call, error) {
	c := &call{done: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.closed != nil {
		return nil, s.mu.closed
	}
	var b *batch
	if n := len(s.mu.queue); n > 0 {
		b = s.mu.queue[n-1]
	}
	for i := range puts {
		if b == nil || !b.fits(puts[i]) {
			b = s.openBatch(i > 0)
		}
		if i == 0 {
			c.offset = b.count
		}
		if n := len(b.calls); n == 0 || b.calls[n-1] != c {
			b.calls = append(b.calls, c)
			c.left++
		}
		b.add(puts[i])
		b.weight += int64(recordSize(puts[i]))
	}
	s.rouse()
	return c, nil
}

// mark writes a chunk whose first sequence is at least atLeast, and with no records unless some
// happen to arrive: a chunk that only says where the shard stands.
func (s *shard) mark(ctx context.Context, atLeast uint64) error {
	c := &call{done: make(chan struct{}), left: 1}
	s.mu.Lock()
	if err := s.mu.closed; err != nil {
		s.mu.Unlock()
		return err
	}
	b := s.openBatch(false)
	b.atLeast = atLeast
	b.calls = append(b.calls, c)
	s.rouse()
	s.mu.Unlock()
	select {
	case <-c.done:
		return c.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// openBatch adds an empty batch to the queue. The lock is held.
func (s *shard) openBatch(continues bool) *batch {
	b := s.log.spare.get()
	b.continues = continues
	s.mu.queue = append(s.mu.queue, b)
	return b
}
