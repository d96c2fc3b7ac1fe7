package main

import (
	"context"
	"sync"
	"time"

	"github.com/penstock/penstock/internal/monitor"
)

// progressEvery is how often the pipeline is asked how far it is.
const progressEvery = time.Second

// position is how far the pipeline was at a moment, in records.
type position struct {
	// Seconds is since the first PUT.
	Seconds   float64 `json:"seconds"`
	Accepted  int64   `json:"accepted"`
	Committed int64   `json:"committed"`
	Loaded    int64   `json:"loaded"`
	// Refusing says that producers were told to slow down.
	Refusing bool `json:"refusing,omitempty"`
}

func positionOf(s monitor.Status, since time.Time) position {
	at := position{Seconds: time.Since(since).Seconds(), Refusing: !s.Ready}
	for _, shard := range s.Shards {
		at.Accepted += int64(shard.Accepted)
		at.Committed += int64(shard.Committed)
		at.Loaded += int64(shard.Loaded)
	}
	return at
}

// progress follows a pipeline until stop.
type progress struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	series []position // owned by the goroutine until done
}

func follow(ctx context.Context, p *pipeline) *progress {
	ctx, cancel := context.WithCancel(ctx)
	f := &progress{cancel: cancel}
	begun := time.Now()
	f.done.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if s, err := p.status(ctx); err == nil {
				f.series = append(f.series, positionOf(s, begun))
			}
		}
	})
	return f
}

// stop returns the positions, oldest first.
func (f *progress) stop() []position {
	f.cancel()
	f.done.Wait()
	return f.series
}

// largestBacklog is the most that was accepted and not loaded at any of the positions, and whether
// producers were refused at any.
func largestBacklog(series []position) (events int64, refused bool) {
	for _, at := range series {
		events = max(events, at.Accepted-at.Loaded)
		refused = refused || at.Refusing
	}
	return events, refused
}

// at is the last position not after the given second.
func positionAt(series []position, second float64) position {
	var last position
	for _, at := range series {
		if at.Seconds > second {
			break
		}
		last = at
	}
	return last
}
