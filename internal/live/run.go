package live

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/penstock/penstock/internal/chart"
	"github.com/penstock/penstock/internal/event"
)

const (
	// pauseFactor is how many times its own duration a chart waits before it is computed again.
	pauseFactor = 3
	// retryPause is how long a failed chart waits; it doubles up to mostRetryPause.
	retryPause     = time.Second
	mostRetryPause = 15 * time.Second
	// idle is how long Run sleeps when nothing is due, and how often views nobody looks at are dropped.
	idle = 5 * time.Second
)

// Run computes what is looked at until ctx ends, and returns when no query is running any more.
func (h *Hub) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { h.follow(ctx) })
	timer := time.NewTimer(idle)
	defer timer.Stop()
	for {
		next := h.startDue(ctx, &running)
		timer.Reset(max(next.Sub(h.cfg.Now()), time.Millisecond))
		select {
		case <-ctx.Done():
			return nil
		case <-h.wake:
		case <-timer.C:
		}
	}
}

// startDue starts what is due as far as there are slots, and returns when to look again at the latest.
func (h *Hub) startDue(ctx context.Context, running *sync.WaitGroup) (next time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.cfg.Now()
	next = now.Add(idle)
	h.spreadLoaded(now)
	h.drop(now)
	for ctx.Err() == nil {
		v, at := h.mostDue(now)
		if v == nil {
			return earlier(next, at)
		}
		slot, at := h.freeSlot(now, v.good == nil && v.failed == nil)
		if slot == nil {
			return earlier(next, at)
		}
		slot.busy = true
		v.running, v.stale, v.began = true, time.Time{}, now
		running.Go(func() { h.work(ctx, v, slot) })
	}
	return next
}

func earlier(a, b time.Time) time.Time {
	if b.IsZero() || a.Before(b) {
		return a
	}
	return b
}

// spreadLoaded makes charts out of date that follow what is loaded.
func (h *Hub) spreadLoaded(now time.Time) {
	if !h.mu.loaded {
		return
	}
	h.mu.loaded = false
	for _, v := range h.mu.views {
		if v.interval == 0 {
			v.expire(now)
		}
	}
}

// drop forgets views that nobody has looked at for a while.
func (h *Hub) drop(now time.Time) {
	for key, v := range h.mu.views {
		if !v.wanted() && !v.running && now.Sub(v.lookedAt) > h.cfg.Linger {
			h.mu.bytes -= int64(len(v.good))
			delete(h.mu.views, key)
		}
	}
}

// mostDue is the view that has been due for longest, those without a result first; without one, when
// the next is due.
func (h *Hub) mostDue(now time.Time) (most *view, next time.Time) {
	var since time.Time
	for _, v := range h.mu.views {
		at, ok := v.due()
		switch {
		case !ok:
		case at.After(now):
			next = earlier(at, next)
		case most == nil, v.good == nil && most.good != nil, at.Before(since) && (v.good == nil) == (most.good == nil):
			most, since = v, at
		}
	}
	return most, next
}

// freeSlot is a slot that is free; the first result of a chart does not wait for its rest. Without
// one it says when the next has rested, or the zero time when a query has to end first.
func (h *Hub) freeSlot(now time.Time, first bool) (free *slot, next time.Time) {
	for i := range h.mu.slots {
		s := &h.mu.slots[i]
		switch {
		case s.busy:
		case first || !s.restUntil.After(now):
			return s, time.Time{}
		default:
			next = earlier(s.restUntil, next)
		}
	}
	return nil, next
}

// work computes one view and hands the result to those who look.
func (h *Hub) work(ctx context.Context, v *view, slot *slot) {
	result, err := h.compute(ctx, v, h.known(ctx))
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.cfg.Now()
	took := now.Sub(v.began)
	slot.busy, slot.restUntil = false, now.Add(took)
	v.running = false
	v.notBefore = now.Add(max(h.cfg.Pause, pauseFactor*took))
	if err == nil {
		err = h.keep(v, result, now)
	}
	if err != nil {
		h.fail(ctx, v, result, err, now)
	}
	close(v.done)
	v.done = make(chan struct{})
	signal(h.wake)
}

// keep stores a good result, and sends it if it says anything new.
func (h *Hub) keep(v *view, result chart.Result, now time.Time) error {
	data, err := result.Encode()
	if err != nil {
		return err
	}
	sum, err := sumOf(result)
	if err != nil {
		return err
	}
	grown := int64(len(data) - len(v.good))
	if grown > 0 && h.mu.bytes+grown > h.cfg.Memory {
		return &event.Error{
			Code: "too_much_data", Message: "the charts that are open hold too much data together",
			Hint: "aggregate more in the query, or add a limit to it",
		}
	}
	h.mu.bytes += grown
	moves := v.chart.MovesAfter(v.state)
	if v.interval > 0 {
		moves = v.interval
	}
	v.movesAt = time.Time{}
	if moves > 0 {
		v.movesAt = now.Add(moves)
	}
	news := v.good == nil || v.failed != nil || v.sum != sum || now.Sub(v.sentAt) >= moves && moves > 0
	v.good, v.failed, v.failure, v.failures, v.sum = data, nil, nil, 0, sum
	if news {
		v.sentAt = now
		v.tell(data)
	}
	return nil
}

// fail tells why there is no new result, and tries again later. The last good one is kept.
func (h *Hub) fail(ctx context.Context, v *view, result chart.Result, err error, now time.Time) {
	v.failure = err
	if ctx.Err() != nil {
		return
	}
	failure := failureOf(err)
	failed := v.chart.NewResult(chart.Window{})
	failed.From, failed.To, failed.CompleteTo, failed.Quarantined, failed.Error = result.From, result.To, result.CompleteTo, result.Quarantined, &failure
	data, encodeErr := failed.Encode()
	if encodeErr != nil {
		h.cfg.Logger.Error("encoding a chart's error", "chart", v.chart.ID, "error", encodeErr)
		return
	}
	news := string(v.failed) != string(data)
	v.failed = data
	v.stale = now
	v.notBefore = later(v.notBefore, now.Add(min(retryPause<<min(v.failures, 10), mostRetryPause)))
	v.failures++
	if news {
		v.tell(data)
	}
}

func (v *view) tell(data json.RawMessage) {
	for w := range v.watchers {
		w.send("chart", v.chart.ID, data)
	}
}

// failureOf is an error for people.
func failureOf(err error) chart.Failure {
	if known, ok := errors.AsType[*event.Error](err); ok {
		message := known.Message
		if known.Err != nil {
			message += ": " + known.Err.Error()
		}
		return chart.Failure{Code: known.Code, Message: message, Hint: known.Hint}
	}
	return chart.Failure{
		Code: "warehouse_unavailable", Message: "the warehouse does not answer at present",
		Hint: "the chart comes back by itself once it does",
	}
}
