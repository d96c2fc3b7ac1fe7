package app

import (
	"context"
	"time"
)

// Left are the acknowledged events that are not in the warehouse when a pipeline stops. They are
// durable, and become rows after the next start.
type Left struct {
	// Undelivered wait in the log, Unloaded in the lake.
	Undelivered, Unloaded int64
	// Data is the folder that holds them.
	Data string
}

// Events is how many there are.
func (l Left) Events() int64 { return l.Undelivered + l.Unloaded }

// leftTime bounds how long a stop waits for the warehouse to say how far it is.
const leftTime = time.Second

// left counts what is on its way while nothing moves. Of a warehouse that does not answer it counts
// what it was heard to have loaded since the start.
func (p *parts) left(ctx context.Context) Left {
	ctx, cancel := context.WithTimeout(ctx, leftTime)
	defer cancel()
	loaded := map[int]uint64{}
	marks, err := p.store.Watermarks(ctx)
	for _, mark := range marks {
		loaded[mark.Shard] = mark.Position
	}
	left := Left{Data: p.dataDir}
	for shard, c := range p.catalogs {
		committed := c.Position()
		if err != nil {
			loaded[shard] = p.gate.loadedOf(shard)
		}
		if _, last, err := p.log.Bounds(p.info.Name, shard); err == nil {
			left.Undelivered += int64(max(last, committed) - committed)
		}
		left.Unloaded += int64(committed - min(committed, loaded[shard]))
	}
	return left
}
