package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// Tail reads one shard in order, as fast as the disk gives. It belongs to one goroutine.
type Tail struct {
	shard    *shard
	messages messages
	next     uint64 // sequence of the next record
	records  []event.Record
	broken   error
}

// Tail begins to read the shard at sequence from, or at the first retained record after it. The
// caller closes it.
func (l *Log) Tail(ctx context.Context, stream string, shard int, from uint64) (*Tail, error) {
	s, err := l.shard(stream, shard)
	if err != nil {
		return nil, err
	}
	from = max(from, s.bounds().first)
	at, err := s.locate(ctx, from)
	if err != nil {
		return nil, err
	}
	t := &Tail{shard: s, next: from, messages: newMessages(s.store, at)}
	s.recent.join(t, from)
	return t, nil
}

// Next waits for the next chunk of records and returns those not yet returned, which are durable,
// in order and without one missing, unless the first were trimmed before they were read: a reader
// that must not lose any compares the first sequence with the last it knows. Records found missing
// on the way are reported as a gap; where nothing follows them yet, Next returns no records and no
// error, so that the reader hears of it (Log.Missing) before there is more. The slice is valid until
// the next call; the records in it stay valid as long as they are referenced.
//
// It answers ctx's error when ctx ends, event.ErrNotFound when the stream is deleted. After a chunk
// that is damaged every call fails: nothing is passed over.
func (t *Tail) Next(ctx context.Context) ([]event.Record, error) {
	for t.broken == nil {
		if last, missing := t.shard.missing(t.next); missing && t.next >= t.shard.bounds().first {
			t.next = last + 1
			return nil, nil
		}
		if err := t.shard.wait(ctx, t.next-1); err != nil {
			return nil, err
		}
		at, chunk, err := t.read(ctx)
		if err != nil {
			return nil, err
		}
		if chunk == nil {
			continue
		}
		before := t.next
		if err := t.decode(at, chunk); err != nil {
			t.broken = err
			break
		}
		if len(t.records) > 0 || t.next > before {
			return t.records, nil
		}
	}
	return nil, t.broken
}

// read returns the chunk that holds t.next, or the next one the server has; none when the log's end is
// lost, which is reported as a gap, or about to be.
func (t *Tail) read(ctx context.Context) (at uint64, chunk []byte, err error) {
	if c, ok := t.shard.recent.get(t, t.next); ok {
		t.messages.skip(c.at + 1)
		return c.at, c.payload, nil
	}
	b := t.shard.bounds()
	if b.newest < t.messages.next {
		select {
		case <-ctx.Done():
			return 0, nil, ctx.Err()
		case <-time.After(rereadPause):
			return 0, nil, nil
		}
	}
	at, chunk, err = t.messages.read(ctx, b.newest)
	if errors.Is(err, errEndLost) {
		t.shard.log.report([]Gap{t.shard.gap(t.next, b.last)})
		return 0, nil, nil
	}
	return at, chunk, err
}

// decode leaves the records of chunk from t.next on in t.records.
func (t *Tail) decode(at uint64, chunk []byte) error {
	h, err := parseHeader(chunk)
	if err == nil {
		t.records, err = h.decode(t.records[:0], chunk)
	}
	if err != nil {
		return fmt.Errorf("message %d of %s: %w", at, t.shard.store.name, err)
	}
	if retained := t.shard.bounds().first; h.First > max(t.next, retained) {
		// Nothing was trimmed, and still the server passes over it.
		t.shard.log.report([]Gap{t.shard.gap(max(t.next, retained), h.First-1)})
	}
	if h.First < t.next {
		t.records = t.records[min(t.next-h.First, uint64(len(t.records))):]
	}
	t.next = max(t.next, h.next())
	return nil
}

// Pending says whether more records can be had right now.
func (t *Tail) Pending() bool {
	return t.next <= t.shard.bounds().last
}

// Close ends the reading.
func (t *Tail) Close() {
	t.shard.recent.leave(t)
	t.messages.close()
	t.records = nil
}
