package app

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
)

const (
	// lastLoadTime is how long a stop waits for committed files to be loaded; what is not is loaded
	// after the next start.
	lastLoadTime = 5 * time.Second
	// redriveLoadTime is how long a redrive waits for the warehouse: a person is waiting.
	redriveLoadTime = time.Minute
	// loadedInterval is how often the warehouse is asked meanwhile.
	loadedInterval = 20 * time.Millisecond
)

// lastLoad waits, for a while, until the warehouse has everything that is committed, and says what is
// left.
func (p *parts) lastLoad(ctx context.Context, stopped func(Left)) error {
	if p.gone.Load() {
		return nil // nothing is safe in a folder that is gone
	}
	if !p.loading.isPaused() {
		waiting, cancel := context.WithTimeout(ctx, lastLoadTime)
		defer cancel()
		commits := map[int]uint64{}
		for shard, c := range p.catalogs {
			commits[shard] = c.LastCommit()
		}
		_ = awaitLoaded(waiting, p.store, commits) // it goes on after the next start
	}
	left := p.left(ctx)
	if left.Events() == 0 {
		p.logger.Info("everything that was accepted is delivered and loaded")
		return nil
	}
	p.logger.Warn("stopping before everything that was accepted is loaded; the rest is safe, and becomes rows after the next start",
		"events", left.Events(), "in_the_log", left.Undelivered, "in_the_lake", left.Unloaded)
	if stopped != nil {
		stopped(left)
	}
	return nil
}

// redriven waits until the warehouse has loaded a redrive's commits, by shard.
func (p *parts) redriven(ctx context.Context, commits map[int]uint64) error {
	ctx, cancel := context.WithTimeout(ctx, redriveLoadTime)
	defer cancel()
	err := awaitLoaded(ctx, p.store, commits)
	if err == nil {
		return nil
	}
	return &event.Error{
		Code: "redrive_not_loaded", Message: "the redriven events are committed, and the warehouse has not loaded them yet", Err: err,
		Hint: "`penstock status` shows what it waits for; they become rows by themselves, and another redrive would do no harm",
	}
}

// watermarks is a warehouse that says how far it is.
type watermarks interface {
	Watermarks(ctx context.Context) ([]warehouse.Watermark, error)
}

// awaitLoaded waits until the given commits, by shard, are loaded, or ctx ends. A warehouse that does
// not answer is asked again.
func awaitLoaded(ctx context.Context, from watermarks, commits map[int]uint64) error {
	for {
		marks, err := from.Watermarks(ctx)
		loaded := map[int]uint64{}
		for _, mark := range marks {
			loaded[mark.Shard] = mark.Number
		}
		behind := false
		for shard, number := range commits {
			behind = behind || loaded[shard] < number
		}
		if err == nil && !behind {
			return nil
		}
		select {
		case <-ctx.Done():
			if err != nil {
				return fmt.Errorf("%w: %w", ctx.Err(), err)
			}
			return ctx.Err()
		case <-time.After(loadedInterval):
		}
	}
}
