package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// recover finds out from the log where the shard stands, and what is missing from it. It reads two
// messages, whatever the size of the shard. Belongs to the writer.
func (s *shard) recover(ctx context.Context) ([]Gap, error) {
	state, err := s.store.state(ctx, jetstream.WithDeletedDetails(true))
	if err != nil {
		return nil, err
	}
	before := s.bounds()
	now := bounds{first: 1, oldest: 1, bytes: int64(state.Bytes)}
	var gaps []Gap
	if state.LastSeq > 0 {
		if gaps, err = s.measure(ctx, state, &now); err != nil {
			return nil, err
		}
	}
	if now.last < before.last {
		// Records were acknowledged in this very run and are gone; their numbers are not given again.
		gaps = append(gaps, s.gap(now.last+1, before.last))
		now.last = before.last
	}
	now.arrived = max(now.arrived, before.arrived)
	s.store.last, s.known = state.LastSeq, true
	s.setBounds(now)
	return gaps, nil
}

// measure fills in b from the first and last message that can be read.
func (s *shard) measure(ctx context.Context, state jetstream.StreamState, b *bounds) ([]Gap, error) {
	b.newest = state.LastSeq
	last, lost, err := s.lastReadable(ctx, state)
	if err != nil {
		return nil, err
	}
	b.last, b.arrived = last.next()-1, last.Arrived
	b.oldest, b.first, b.firstArrived = state.LastSeq+1, last.next(), last.Arrived
	if last.First > 0 {
		first, at, err := s.headerAt(ctx, state.FirstSeq)
		if err != nil {
			return nil, err
		}
		b.oldest, b.first, b.firstArrived = at, first.First, first.Arrived
	}
	gaps, err := s.interiorGaps(ctx, state)
	if err != nil || lost == 0 {
		return gaps, err
	}
	end := s.gap(last.next(), last.next()+lost*chunkRecords-1)
	b.last = end.Last
	return append(gaps, end), nil
}

// lastReadable is the newest chunk that can be read, and how many messages after it cannot. A
// header with First 0 stands for a shard without any.
func (s *shard) lastReadable(ctx context.Context, state jetstream.StreamState) (h header, lost uint64, err error) {
	for seq := state.LastSeq; seq >= max(state.FirstSeq, 1) && state.Msgs > 0; seq-- {
		h, at, err := s.headerAt(ctx, seq)
		switch {
		case err == nil && at == seq:
			return h, lost, nil
		case err != nil && !unreadable(err):
			return header{}, 0, err
		}
		lost++
	}
	// Everything is gone; where the first retained record was is not known either.
	return header{First: 0, Count: 1}, state.LastSeq, nil
}

// unreadable says that a message is missing or damaged, rather than that reading failed.
func unreadable(err error) bool {
	var api *jetstream.APIError
	return errors.Is(err, jetstream.ErrMsgNotFound) || errors.Is(err, errCorrupt) || errors.As(err, &api)
}

// headerAt reads the header of the first chunk at or after the JetStream sequence seq.
func (s *shard) headerAt(ctx context.Context, seq uint64) (h header, at uint64, err error) {
	msg, err := s.store.at(ctx, seq)
	if err != nil {
		return header{}, 0, err
	}
	h, err = parseHeader(msg.Data)
	if err != nil {
		return header{}, 0, fmt.Errorf("message %d of %s: %w", msg.Sequence, s.store.name, err)
	}
	s.places.learn(place{First: h.First, Arrived: h.Arrived, At: msg.Sequence})
	return h, msg.Sequence, nil
}

// interiorGaps turns the messages missing between others into stretches of sequences. Nothing is
// ever removed from the middle of a shard.
func (s *shard) interiorGaps(ctx context.Context, state jetstream.StreamState) ([]Gap, error) {
	var gaps []Gap
	deleted := slices.Sorted(slices.Values(state.Deleted))
	for i := 0; i < len(deleted); {
		start := deleted[i]
		end := start
		for i++; i < len(deleted) && deleted[i] == end+1; i++ {
			end = deleted[i]
		}
		if start <= state.FirstSeq || end >= state.LastSeq {
			continue
		}
		before, _, err := s.headerAt(ctx, start-1)
		if err != nil {
			return nil, err
		}
		after, _, err := s.headerAt(ctx, end+1)
		if err != nil {
			return nil, err
		}
		if after.First > before.next() {
			gaps = append(gaps, s.gap(before.next(), after.First-1))
		}
	}
	return gaps, nil
}

func (s *shard) gap(first, last uint64) Gap {
	return Gap{Stream: s.stream, Shard: s.index, First: first, Last: last}
}

// SkipTo makes the next record's sequence at least next, durably. It is for a log that lost its
// newest records, power loss on a lying disk for instance, when others remember how far it had got:
// no number may be given twice. The skipped stretch is reported as a gap.
func (l *Log) SkipTo(ctx context.Context, stream string, shard int, next uint64) error {
	s, err := l.shard(stream, shard)
	if err != nil {
		return err
	}
	last := s.bounds().last
	if last+1 >= next {
		return nil
	}
	if err := s.mark(ctx, next); err != nil {
		return err
	}
	l.report([]Gap{s.gap(last+1, next-1)})
	return nil
}
