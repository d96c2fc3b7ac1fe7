package deliver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
)

// The steps that Failed facts name.
const (
	stepLog     = "log"
	stepCatalog = "catalog"
	stepLake    = "lake"
)

const (
	firstWait = 100 * time.Millisecond
	// longestWait bounds how long a recovery goes unnoticed.
	longestWait = 10 * time.Second
)

// backoff gives waiting times that double, with jitter, so that shards do not come back in step.
type backoff struct{ next time.Duration }

func (b *backoff) wait(ctx context.Context) error {
	b.next = min(max(2*b.next, firstWait), longestWait)
	timer := time.NewTimer(b.next/2 + rand.N(b.next/2))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// retry calls fn until it succeeds, ctx ends, or trying again cannot help.
func (w *Worker) retry(ctx context.Context, step string, fn func() error) error {
	var b backoff
	for attempt := 1; ; attempt++ {
		err := fn()
		if err == nil {
			if attempt > 1 {
				w.cfg.Logger.Info("delivery goes on", "step", step, "stream", w.cfg.Shard.Stream, "shard", w.cfg.Shard.Index, "attempts", attempt)
				w.report(event.Recovered{Step: step, Shard: w.cfg.Shard.Index})
			}
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if w.final(err) {
			return err
		}
		w.failed(step, err)
		if err := b.wait(ctx); err != nil {
			return err
		}
	}
}

// final says that an error will be the same next time.
func (w *Worker) final(err error) bool {
	return errors.Is(err, event.ErrFenced) || errors.Is(err, event.ErrNotFound) ||
		errors.Is(err, catalog.ErrInvalid) || w.deps.Differs(err)
}

func (w *Worker) failed(step string, err error) {
	w.cfg.Logger.Warn("delivery waits and will try again", "step", step, "stream", w.cfg.Shard.Stream, "shard", w.cfg.Shard.Index, "error", err)
	w.report(event.Failed{Step: step, Shard: w.cfg.Shard.Index, Err: fmt.Errorf("%s %s: %w", w.cfg.Shard.Stream, w.cfg.Shard.ID(), err)})
}
