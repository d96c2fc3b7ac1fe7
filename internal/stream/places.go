package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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

// seek finds the JetStream sequence of the newest chunk that is not after the target; 0 if there is
// none. key is what chunks are ordered by: their first sequence or their time of arrival. It guesses
// and bisects by turns, so that a few chunks are read when they are of like size and about
// 2 log2(n/4096) of n at worst.
func (s *shard) seek(ctx context.Context, target uint64, key func(place) uint64) (uint64, error) {
	b := s.bounds()
	low, high := s.places.around(func(p place) bool { return key(p) <= target })
	if low.At < b.oldest {
		low = place{}
	}
	lo, hi := max(low.At, b.oldest-1), b.newest+1
	if high.At != 0 {
		hi = min(hi, high.At)
	}
	for turn := 0; lo+1 < hi; turn++ {
		mid := lo + (hi-lo)/2
		if turn%2 == 0 && low.At != 0 && high.At != 0 {
			mid = guess(target, key(low), key(high), lo, hi)
		}
		at, err := s.look(ctx, mid)
		switch {
		case errors.Is(err, jetstream.ErrMsgNotFound):
			hi = mid
		case err != nil:
			return 0, err
		case at.At < hi && key(at) <= target:
			lo, low = at.At, at
		default:
			hi = mid
			if at.At == mid {
				high = at
			}
		}
	}
	return low.At, nil
}

// guess is where between lo and hi the target should be if keys grew evenly.
func guess(target, lowKey, highKey, lo, hi uint64) uint64 {
	if highKey <= lowKey {
		return lo + (hi-lo)/2
	}
	part := float64(target-lowKey) / float64(highKey-lowKey)
	return min(max(lo+uint64(part*float64(hi-lo)), lo+1), hi-1)
}

// look reads the place of the first chunk at or after a JetStream sequence. The server keeps 8 MiB
// in memory for 10 s for each file it reads from; hence the limit.
func (s *shard) look(ctx context.Context, at uint64) (place, error) {
	if err := s.log.looks.Wait(ctx); err != nil {
		return place{}, fmt.Errorf("waiting to look for a record: %w", err)
	}
	h, at, err := s.headerAt(ctx, at)
	return place{First: h.First, Arrived: h.Arrived, At: at}, err
}

func byFirst(p place) uint64   { return p.First }
func byArrived(p place) uint64 { return uint64(p.Arrived) }

// locate finds the JetStream sequence of the chunk that holds the record seq, or of the first one
// after it.
func (s *shard) locate(ctx context.Context, seq uint64) (uint64, error) {
	at, err := s.seek(ctx, seq, byFirst)
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
	at, err := s.seek(ctx, uint64(millis-1), byArrived)
	if err != nil {
		return 0, err
	}
	h, _, err := s.headerAt(ctx, at+1)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return b.last + 1, nil
	}
	return max(h.First, b.first), err
}
