package stream

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// trimStep bounds the bytes one purge removes: the server takes no records meanwhile.
const trimStep = 64 << 20

// Trim removes the chunks all of whose records are before the sequence before. A chunk is removed
// whole or not at all, so some records before it may stay.
func (l *Log) Trim(ctx context.Context, stream string, shard int, before uint64) error {
	s, err := l.shard(stream, shard)
	if err != nil {
		return err
	}
	return s.trim(ctx, before)
}

// TrimRetained removes what is older than the stream's retention at the time now and not after the
// sequence committed: what is not committed outlives retention. For a stream without a pipeline
// committed is math.MaxUint64.
func (l *Log) TrimRetained(ctx context.Context, stream string, shard int, committed uint64, now time.Time) error {
	s, err := l.shard(stream, shard)
	if err != nil {
		return err
	}
	info, ok := l.Stream(stream)
	if !ok {
		return s.wait(ctx, math.MaxUint64)
	}
	cutoff := now.Add(-info.Retention).UnixMilli()
	b := s.bounds()
	if b.firstArrived >= cutoff || b.first > committed || b.first > b.last {
		return nil
	}
	before, err := s.seekTime(ctx, cutoff)
	if err != nil {
		return err
	}
	if committed < math.MaxUint64 {
		before = min(before, committed+1)
	}
	return s.trim(ctx, before)
}

func (s *shard) trim(ctx context.Context, before uint64) error {
	s.trimming.Lock()
	defer s.trimming.Unlock()
	b := s.bounds()
	before = min(before, b.last+1)
	if before <= b.first {
		return nil
	}
	if before == b.last+1 {
		// The newest message must stay, for it alone says where the shard stands; so there has to
		// be one without records.
		if err := s.mark(ctx, 0); err != nil {
			return err
		}
	}
	at, err := s.locate(ctx, before)
	if err != nil {
		return err
	}
	h, at, err := s.headerAt(ctx, at)
	if errors.Is(err, jetstream.ErrMsgNotFound) || err == nil && at <= b.oldest {
		return nil
	}
	if err != nil {
		return err
	}
	s.forget(h, at)
	return s.purge(ctx, b, at)
}

// forget moves the first bound to the chunk h at the JetStream sequence at.
func (s *shard) forget(h header, at uint64) {
	s.mu.Lock()
	s.mu.first, s.mu.firstArrived, s.mu.oldest = h.First, h.Arrived, at
	s.mu.Unlock()
	s.places.forget(at)
}

// purge removes the messages before at, a bounded number at a time.
func (s *shard) purge(ctx context.Context, b bounds, at uint64) error {
	average := uint64(b.bytes)/(b.newest-b.oldest+1) + 1
	step := trimStep/average + 1
	for upto := b.oldest; upto < at; {
		upto = min(upto+step, at)
		if err := s.store.purge(ctx, upto); err != nil {
			return err
		}
	}
	state, err := s.store.state(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.bytes = int64(state.Bytes)
	return nil
}
