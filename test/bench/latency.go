package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/penstock/penstock/test/loadgen/load"
)

const (
	// latencyRate is events a second.
	latencyRate = 20_000
	// latencyBatch is the events of one request; at 20,000 events/s that is 40 requests a second.
	latencyBatch = 500
	// pollEvery is how often the table is looked at; a latency is too long by up to this and the
	// time of the query. A poll costs the pipeline about 5 ms of CPU.
	pollEvery = 50 * time.Millisecond
	// pollBehind is how far behind the newest request older ones are still looked for, in
	// requests: those of several connections do not arrive in the order of their ids.
	pollBehind = 64
)

// latency measures the time from a PUT to its rows being there for a query, by clocks of this
// process alone: the generator writes into each event when its request was sent, and a poller notes
// when an answer first had the request's last event. All events of a request share its latency.
func (b *bench) latency(ctx context.Context, r *result) (err error) {
	r.What = fmt.Sprintf("latency PUT to queryable at %s events/s for %s, 500 a request, 4 connections, with a key; "+
		"seen by a query every %s of the last event of each request (too long by up to that much)", grouped(latencyRate), b.Duration, pollEvery)
	folder := filepath.Join(b.dir, "pipeline")
	if err := writePipeline(folder, shape{keyed: true, extra: b.Extra}); err != nil {
		return err
	}
	p, err := startPipeline(ctx, b.Binary, folder, b.data(), b.upArgs()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	w, err := watch(ctx, p.pid)
	if err != nil {
		return err
	}
	poll := startPoller(ctx, p)
	sent, err := load.Run(ctx, load.Config{Address: p.address, Duration: b.Duration, Rate: latencyRate, Batch: latencyBatch})
	if err = errors.Join(err, ctx.Err()); err != nil {
		return errors.Join(p.explain(err), poll.stop())
	}
	if err := poll.until(ctx, int(sent.Acked/latencyBatch)); err != nil {
		return p.explain(err)
	}
	used, err := w.usage()
	if err != nil {
		return err
	}
	peak, restarts := w.stop()
	fromSend, fromDue := poll.seen.latencies(latencyRate)
	r.add("PUT to queryable, p50", millis(percentile(fromSend, 0.5)), "ms", "")
	r.add("PUT to queryable, p99", millis(percentile(fromSend, 0.99)), "ms", targetLatency)
	r.add("PUT to queryable, longest", millis(percentile(fromSend, 1)), "ms", "")
	r.add("the same from when the request was due, p99", millis(percentile(fromDue, 0.99)), "ms", "")
	r.add("acknowledged", sent.EventsPerSecond, "events/s", "")
	r.add("PutRecords p99", sent.PutP99, "ms", "")
	r.add("poll, median", millis(percentile(poll.took, 0.5)), "ms", "")
	r.add("polls", float64(len(poll.took)), "", "")
	r.addOwnLatency(ctx, p)
	r.addCost(used, sent.Acked)
	r.note("the pipeline's CPU includes answering the polls")
	r.addMemory(peak, restarts)
	r.addLoad(sent)
	return nil
}

// addOwnLatency adds what the pipeline itself says.
func (r *result) addOwnLatency(ctx context.Context, p *pipeline) {
	for _, own := range []struct{ column, from string }{
		{"generate_date", "from sending"}, {"_arrived_at", "from arrival"},
	} {
		l, err := p.Latency(ctx, "orders", own.column)
		if err != nil {
			r.note("the pipeline's own latency %s: %v", own.from, err)
			continue
		}
		r.add("the pipeline's own figure "+own.from+", p50", float64(l.P50MS), "ms", "")
		r.add("the pipeline's own figure "+own.from+", p99", float64(l.P99MS), "ms", "")
	}
}

// poller looks at the table until it is stopped.
type poller struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
	p      *pipeline

	// The following are owned by the goroutine until done.
	seen sightings
	took []time.Duration
	err  error

	enough chan int // how many requests to wait for
}

func startPoller(ctx context.Context, p *pipeline) *poller {
	ctx, cancel := context.WithCancel(ctx)
	l := &poller{cancel: cancel, p: p, seen: sightings{}, enough: make(chan int, 1)}
	l.done.Go(func() { l.err = l.run(ctx) })
	return l
}

func (l *poller) run(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	wanted, newest := -1, int64(0)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case wanted = <-l.enough:
		case <-tick.C:
		}
		begun := time.Now()
		found, err := l.look(ctx, newest-pollBehind*latencyBatch)
		if err != nil {
			return err
		}
		now := time.Now()
		l.took = append(l.took, now.Sub(begun))
		for id, sent := range found {
			l.seen.note(id, sent, now)
			newest = max(newest, id)
		}
		if len(l.seen) >= wanted && wanted >= 0 {
			return nil
		}
	}
}

// look asks for the last events of requests whose id is above the given one: ids are consecutive
// within a request, and requests begin at multiples of their size.
func (l *poller) look(ctx context.Context, above int64) (map[int64]time.Time, error) {
	rows, err := l.p.Query(ctx, fmt.Sprintf("select id, epoch_ms(generate_date) from orders where id > %d and id %% %d = %d",
		above, latencyBatch, latencyBatch-1))
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // read to its end, or given up
	found := map[int64]time.Time{}
	for {
		row, err := rows.Next()
		if err != nil {
			return found, ignoreEnd(err)
		}
		id, err1 := strconv.ParseInt(*row[0], 10, 64)
		sent, err2 := strconv.ParseInt(*row[1], 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		found[id] = time.UnixMilli(sent)
	}
}

// until waits until the rows of so many requests have been seen, and ends the polling.
func (l *poller) until(ctx context.Context, requests int) error {
	l.enough <- requests
	timer := time.AfterFunc(idleTime, l.cancel)
	defer timer.Stop()
	l.done.Wait()
	l.cancel()
	if l.err != nil && ctx.Err() == nil {
		return fmt.Errorf("the rows of %d requests of %d were seen: %w", len(l.seen), requests, l.err)
	}
	return errors.Join(l.err, ctx.Err())
}

// stop ends the polling.
func (l *poller) stop() error {
	l.cancel()
	l.done.Wait()
	if errors.Is(l.err, context.Canceled) {
		return nil
	}
	return l.err
}
