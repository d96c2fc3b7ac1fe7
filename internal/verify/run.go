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
	if err := r.ready(ctx); err != nil {
		return Report{}, err
	}
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
	if report.TimedOut = !settled; !settled && r.failure != nil {
		report.Problems = append(report.Problems, "asking, at last: "+r.failure.Error())
	}
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
	// there is what is known of a deployed pipeline.
	there deployed
}

// watch asks until every order is queryable, or nothing more can come. It reports whether that is so.
func (r *run) watch(ctx context.Context, producer *produce.Producer, allSent func() bool) bool {
	tick := time.NewTicker(r.cfg.Poll)
	defer tick.Stop()
	for {
		sent := allSent()
		look := r.lookHere
		if r.deps.Lake != nil {
			look = r.lookThere
		}
		over, err := look(ctx)
		r.failure = err
		r.cfg.Progress(r.progress(producer))
		if sent && over {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// lookHere asks how far the pipeline is. It is over when every accepted order is a row, or none can come any more: what
// was loaded before the last query, and is not among its rows, will not come.
func (r *run) lookHere(ctx context.Context) (over bool, err error) {
	through, err := r.positions(ctx)
	rows, queryErr := r.newest(ctx)
	accepted := r.number(func(o sighting) bool { return !o.accepted.IsZero() })
	return queryErr == nil && (rows >= accepted || err == nil && r.passed(through)), errors.Join(err, queryErr)
}

// number is how many orders are so.
func (r *run) number(so func(sighting) bool) (n int) {
	r.seen.with(func(orders []sighting) {
		for _, o := range orders {
			n += one(so(o))
		}
	})
	return n
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
