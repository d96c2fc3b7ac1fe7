package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock/penstock/test/loadgen/load"
)

// openTails is how many tails are open at once, as many as the pipeline serves.
const openTails = 20

// tailFilters are what the tails ask for, in turns: every event, a text, and a condition.
var tailFilters = []string{"", "Harbour", `cel:event.product_quantity > 3`}

// tails compares the full load alone with the same beside as many tails as may be open.
func (b *bench) tails(ctx context.Context, r *result, p *pipeline) error {
	alone, cost, err := b.loaded(ctx, p)
	if err != nil {
		return err
	}
	tailing, cancel := context.WithCancel(ctx)
	defer cancel()
	var shown, skipped, failed atomic.Int64
	var open sync.WaitGroup
	for i := range openTails {
		open.Go(func() {
			err := p.Tail(tailing, tailFilters[i%len(tailFilters)], func(name string, data []byte) error {
				if name == "event" {
					shown.Add(1)
					return nil
				}
				var left struct{ Count int64 }
				err := json.Unmarshal(data, &left)
				skipped.Add(left.Count)
				return err
			})
			if err != nil && tailing.Err() == nil || err == nil {
				failed.Add(1)
			}
		})
	}
	beside, costBeside, err := b.loaded(ctx, p)
	cancel()
	open.Wait()
	if err != nil {
		return err
	}
	r.add("acknowledged, no tail", alone.EventsPerSecond, "events/s", "")
	r.add(fmt.Sprintf("acknowledged, %d tails", openTails), beside.EventsPerSecond, "events/s", "")
	r.add("pipeline CPU, no tail", perEvent(cost.pipeline(), alone.Acked), "us/event", "")
	r.add(fmt.Sprintf("pipeline CPU, %d tails", openTails), perEvent(costBeside.pipeline(), beside.Acked), "us/event", "")
	r.add("shown by each tail", float64(shown.Load())/openTails/costBeside.Seconds, "events/s", "<= 50")
	r.add("other processes, no tail", cost.Others, "cores", "")
	r.add("other processes, tails", costBeside.Others, "cores", "")
	r.note("the tails showed %s events and counted %s as left out; %d ended early", grouped(shown.Load()), grouped(skipped.Load()), failed.Load())
	return nil
}

// loaded sends at full rate for the duration, and waits until what was sent are rows.
func (b *bench) loaded(ctx context.Context, p *pipeline) (sent load.Report, used usage, err error) {
	before, err := p.count(ctx)
	if err != nil {
		return sent, used, err
	}
	w, err := watch(ctx, p.pid)
	if err != nil {
		return sent, used, err
	}
	defer w.stop()
	if sent, err = load.Run(ctx, load.Config{Address: p.address, Duration: b.Duration}); err != nil {
		return sent, used, errors.Join(err, ctx.Err())
	}
	if used, err = w.usage(); err != nil {
		return sent, used, err
	}
	_, _, err = awaitRows(ctx, p, before, sent.Acked, time.Now())
	return sent, used, err
}
