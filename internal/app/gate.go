package app

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/stream"
)

// backlog is the log, for the gate.
type backlog interface {
	Bounds(stream string, shard int) (first, last uint64, err error)
	Bytes(stream string) int64
}

// gate slows producers down while more is waiting for delivery and loading than the pipeline's
// backlog limit: they are refused with an error that their SDK tries again.
//
// Of several shards it refuses those that take more than their share of the limit, so that one whose
// delivery stands still, because records of it are lost, does not hold up the others. They may grow up to
// their own shares meanwhile: all shards together stay below twice the limit.
//
// What was committed before the start does not count as waiting. It is in the lake already, and after
// the warehouse was deleted it may be all there ever was: refusing events until that is loaded again
// would help nobody.
type gate struct {
	stream string
	limit  int64 // bytes
	// waiting is the estimated size of the records not loaded yet.
	waiting atomic.Pointer[waiting]

	mu struct {
		sync.Mutex
		loaded map[int]uint64 // position by shard, at first the one committed
	}
}

// waiting are bytes, in all and by shard.
type waiting struct {
	total  int64
	shards []int64
}

func newGate(stream string, limit int64) *gate {
	g := &gate{stream: stream, limit: limit}
	g.mu.loaded = map[int]uint64{}
	g.waiting.Store(&waiting{})
	return g
}

// admit answers event.ErrThrottled when a shard takes no records at present. Other streams than the
// pipeline's have no backlog.
func (g *gate) admit(stream string, shard int) error {
	w := g.waiting.Load()
	if stream != g.stream || w.total <= g.limit || shard >= len(w.shards) || !g.beyondShare(w, shard) {
		return nil
	}
	return g.refusal(w)
}

func (g *gate) beyondShare(w *waiting, shard int) bool {
	return w.shards[shard] > g.limit/int64(len(w.shards))
}

// check is why some shard takes no records at present, or nil.
func (g *gate) check() error {
	if w := g.waiting.Load(); w.total > g.limit {
		return g.refusal(w)
	}
	return nil
}

func (g *gate) refusal(w *waiting) error {
	return fmt.Errorf("%w: %s wait for delivery, more than limits.backlog allows (%s)",
		event.ErrThrottled, humanize.IBytes(uint64(w.total)), humanize.IBytes(uint64(g.limit)))
}

// hear learns from the loader how far each shard is.
func (g *gate) hear(f event.Fact) {
	if loaded, ok := f.(event.Loaded); ok {
		g.setLoaded(loaded.Shard, loaded.Through)
	}
}

func (g *gate) setLoaded(shard int, through uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mu.loaded[shard] = max(g.mu.loaded[shard], through)
}

// loadedOf is how far a shard was heard to be.
func (g *gate) loadedOf(shard int) uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.mu.loaded[shard]
}

// gateInterval is how often the backlog is measured: at 300,000 events/s of 350 bytes, 25 MB come
// in between two measurements, little beside any useful limit.
const gateInterval = 250 * time.Millisecond

// watch keeps the measurement fresh until ctx ends.
func (g *gate) watch(ctx context.Context, log backlog, info stream.Info) error {
	tick := time.NewTicker(gateInterval)
	defer tick.Stop()
	for {
		g.waiting.Store(g.measure(log, info))
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// measure estimates the bytes that wait: the records not loaded, times the mean size of those the
// log holds.
func (g *gate) measure(log backlog, info stream.Info) *waiting {
	g.mu.Lock()
	defer g.mu.Unlock()
	records := make([]float64, info.Shards)
	var held float64
	for shard := range info.Shards {
		first, last, err := log.Bounds(info.Name, shard)
		if err != nil {
			continue
		}
		held += float64(last + 1 - first)
		records[shard] = float64(last) - float64(min(last, g.mu.loaded[shard]))
	}
	w := &waiting{shards: make([]int64, info.Shards)}
	if held == 0 {
		return w
	}
	mean := float64(log.Bytes(info.Name)) / held
	for shard, n := range records {
		w.shards[shard] = int64(n * mean)
		w.total += w.shards[shard]
	}
	return w
}
