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
// What was committed before the start does not count as waiting. It is in the lake already, and after
// the warehouse was deleted it may be all there ever was: refusing events until that is loaded again
// would help nobody.
type gate struct {
	limit int64 // bytes
	// waiting is the estimated size, in bytes, of the records not loaded yet.
	waiting atomic.Int64

	mu struct {
		sync.Mutex
		loaded map[int]uint64 // position by shard, at first the one committed
	}
}

func newGate(limit int64) *gate {
	g := &gate{limit: limit}
	g.mu.loaded = map[int]uint64{}
	return g
}

func (g *gate) check() error {
	if waiting := g.waiting.Load(); waiting > g.limit {
		return fmt.Errorf("%w: %s wait for delivery, more than limits.backlog allows (%s)",
			event.ErrThrottled, humanize.IBytes(uint64(waiting)), humanize.IBytes(uint64(g.limit)))
	}
	return nil
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
func (g *gate) measure(log backlog, info stream.Info) int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	var waiting, held float64
	for shard := range info.Shards {
		first, last, err := log.Bounds(info.Name, shard)
		if err != nil {
			continue
		}
		held += float64(last + 1 - first)
		waiting += float64(last) - float64(min(last, g.mu.loaded[shard]))
	}
	if held == 0 {
		return 0
	}
	return int64(waiting / held * float64(log.Bytes(info.Name)))
}
