package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/produce"
)

// Run sends the orders, waits until the warehouse has them all or none can come any more, and counts. The error says
// why the run could not come to a result; what is missing or doubled is in the report.
func Run(ctx context.Context, cfg Config, deps Deps) (Report, error) {
	if err := cfg.Validate(); err != nil {
		return Report{}, err
	}
	cfg = cfg.withDefaults()
	r := &run{cfg: cfg, deps: deps, mark: NewMark(), began: time.Now(), seen: &sightings{all: make([]sighting, cfg.Orders)}}
	waiting, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	producer, err := produce.New(produce.Config{Stream: cfg.Stream, RetryFor: cfg.Timeout}, recorder{deps.Client, r.seen})
	if err != nil {
		return Report{}, err
	}
	type sent struct {
		summary produce.Summary
		err     error
	}
	done := make(chan sent, 1)
	go func() {
		summary, err := producer.Run(waiting, &orders{mark: r.mark, count: cfg.Orders})
		done <- sent{summary, err}
	}()
	settled := r.watch(waiting, producer, func() bool { return len(done) == 1 })
	end := <-done // a run that is not settled is over, and the sending with it
	if end.err != nil {
		return Report{}, fmt.Errorf("sending the orders: %w", end.err)
	}
	if ctx.Err() != nil {
		return Report{}, ctx.Err()
	}
	report := r.report(end.summary)
	report.TimedOut = !settled
	return report, r.count(ctx, &report)
}

// run is one run.
type run struct {
	cfg   Config
	deps  Deps
	mark  Mark
	began time.Time
	seen  *sightings
	// failure is why the warehouse or the pipeline did not answer last.
	failure error
}

// watch asks until every order is queryable, or nothing more can come. It reports whether that is so.
func (r *run) watch(ctx context.Context, producer *produce.Producer, allSent func() bool) bool {
	tick := time.NewTicker(r.cfg.Poll)
	defer tick.Stop()
	for {
		sent := allSent()
		through, err := r.positions(ctx)
		rows, queryErr := r.newest(ctx)
		r.failure = errors.Join(err, queryErr)
		progress := r.progress(producer)
		r.cfg.Progress(progress)
		// What was loaded before the last query, and is not among its rows, will not come.
		if sent && queryErr == nil && (rows >= progress.Accepted || err == nil && r.passed(through)) {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// positions asks how far the pipeline is, and notes what is delivered.
func (r *run) positions(ctx context.Context) (map[int]Positions, error) {
	if r.deps.Steps == nil {
		return nil, nil
	}
	all, err := r.deps.Steps.Positions(ctx)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	r.seen.with(func(orders []sighting) {
		for i := range orders {
			o := &orders[i]
			if o.delivered.IsZero() && o.position > 0 && all[o.shard].Committed >= o.position {
				o.delivered = now
			}
		}
	})
	return all, nil
}

// passed reports whether all accepted orders are behind the loader.
func (r *run) passed(through map[int]Positions) bool {
	passed := through != nil
	r.seen.with(func(orders []sighting) {
		for _, o := range orders {
			if !o.accepted.IsZero() && (o.position == 0 || through[o.shard].Loaded < o.position) {
				passed = false
			}
		}
	})
	return passed
}

func (r *run) progress(producer *produce.Producer) Progress {
	p := Progress{Orders: r.cfg.Orders, Waiting: producer.Waiting()}
	if p.Waiting == "" && r.failure != nil {
		p.Waiting = r.failure.Error()
	}
	r.seen.with(func(orders []sighting) {
		for _, o := range orders {
			p.Accepted += one(!o.accepted.IsZero())
			p.Delivered += one(!o.delivered.IsZero())
			p.Queryable += one(!o.queryable.IsZero())
		}
	})
	return p
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
