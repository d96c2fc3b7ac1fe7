package stream

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// maxPlaces bounds the places remembered of a shard, at 24 bytes each.
const maxPlaces = 4096

// place is where one chunk is.
type place struct {
	First   uint64 // its first sequence
	Arrived int64  // its time of arrival, in milliseconds
	At      uint64 // its JetStream sequence
}

// places remembers where some of a shard's chunks are, so that looking for one reads few others.
// When there are too many every other one is forgotten, so the newest are remembered best. Safe for
// concurrent use.
type places struct {
	mu   sync.Mutex
	list []place // by At, and so by First and Arrived
}

// learn remembers p.
func (p *places) learn(at place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, found := slices.BinarySearchFunc(p.list, at.At, func(o place, at uint64) int { return cmp.Compare(o.At, at) })
	if found {
		p.list[i] = at
		return
	}
	p.list = slices.Insert(p.list, i, at)
	if len(p.list) > maxPlaces {
		kept := p.list[:0]
		for i := 0; i < len(p.list); i += 2 {
			kept = append(kept, p.list[i])
		}
		p.list = kept
	}
}

// forget drops what is before the JetStream sequence at.
func (p *places) forget(at uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, _ := slices.BinarySearchFunc(p.list, at, func(o place, at uint64) int { return cmp.Compare(o.At, at) })
	p.list = slices.Delete(p.list, 0, i)
}

// around gives the last place for which before holds and the first for which it does not. Either
// may be missing, which its At of 0 tells.
func (p *places) around(before func(place) bool) (low, high place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, _ := slices.BinarySearchFunc(p.list, true, func(o place, _ bool) int {
		if before(o) {
			return -1
		}
		return 1
	})
	if i > 0 {
		low = p.list[i-1]
	}
	if i < len(p.list) {
		high = p.list[i]
	}
	return low, high
}

// seek finds the JetStream sequence of the newest chunk for which before holds; 0 if there is none.
// before must hold for a first stretch of the chunks and for none after it. Bisecting reads about
// log2(n/4096) chunks of n.
func (s *shard) seek(ctx context.Context, before func(place) bool) (uint64, error) {
	b := s.bounds()
	low, high := s.places.around(before)
	lo, hi := max(low.At, b.oldest-1), b.newest+1
	if high.At != 0 {
		hi = min(hi, high.At)
	}
	found := low.At >= b.oldest && low.At != 0
	for lo+1 < hi {
		mid := lo + (hi-lo)/2
		h, at, err := s.headerAt(ctx, mid)
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			hi = mid
		case err != nil:
			return 0, err
		case at < hi && before(place{First: h.First, Arrived: h.Arrived, At: at}):
			lo, found = at, true
		default:
			hi = mid
		}
	}
	if !found {
		return 0, nil
	}
	return lo, nil
}

// locate finds the JetStream sequence of the chunk that holds the record seq, or of the first one
// after it.
func (s *shard) locate(ctx context.Context, seq uint64) (uint64, error) {
	at, err := s.seek(ctx, func(p place) bool { return p.First <= seq })
	if err != nil {
		return 0, err
	}
	return max(at, s.bounds().oldest), nil
}

// SeekTime is the first retained sequence that arrived at millis (since 1970) or later; last+1 if
// there is none.
func (l *Log) SeekTime(ctx context.Context, stream string, shard int, millis int64) (uint64, error) {
	s, err := l.shard(stream, shard)
	if err != nil {
		return 0, err
	}
	return s.seekTime(ctx, millis)
}

func (s *shard) seekTime(ctx context.Context, millis int64) (uint64, error) {
	b := s.bounds()
	if b.first > b.last || b.firstArrived >= millis {
		return b.first, nil
	}
	if b.arrived < millis {
		return b.last + 1, nil
	}
	at, err := s.seek(ctx, func(p place) bool { return p.Arrived < millis })
	if err != nil {
		return 0, err
	}
	h, _, err := s.headerAt(ctx, at+1)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return b.last + 1, nil
	}
	return max(h.First, b.first), err
}
