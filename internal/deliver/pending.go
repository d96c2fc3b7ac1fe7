package deliver

import (
	"context"
	"fmt"
	"sync"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
)

// finishPending finishes the plan that an earlier run left, under the contracts and in the format it
// was made with: same range, same names, same rows.
func (w *Worker) finishPending(ctx, work context.Context, suspects *suspects) error {
	plan, pending := w.deps.Catalog.Pending()
	if !pending {
		return nil
	}
	w.cfg.Logger.Info("finishing the range that was planned before the last stop",
		"stream", w.cfg.Shard.Stream, "shard", w.cfg.Shard.Index, "first", plan.First, "last", plan.Last)
	set, err := w.contractsOf(ctx, plan)
	if err != nil {
		return err
	}
	cfg, err := format.Parse(plan.Format)
	if err != nil {
		return fmt.Errorf("the pending plan: %w", err)
	}
	t, err := newTransform(w.cfg.Shard, cfg, plan.Version, w.newProcessor(set))
	if err != nil {
		return err
	}
	f := &filler{cfg: w.cfg, transform: t, suspects: suspects}
	f.cfg.MaxBuffer = 1 << 62 // the plan's range is what it is
	if err := w.readRange(ctx, plan, func(c chunk) error {
		f.rest, f.lost = c.records, c.lost
		return f.take(ctx)
	}); err != nil {
		return err
	}
	s, err := t.seal()
	if err != nil {
		return err
	}
	return w.store(work, s, &plan)
}

// contractsOf compiles the contracts a plan was made under.
func (w *Worker) contractsOf(ctx context.Context, plan catalog.Plan) (*contract.Set, error) {
	if plan.Version == w.deps.Contracts.Version() {
		return w.deps.Contracts, nil
	}
	var texts []catalog.Source
	if err := w.retry(ctx, stepCatalog, func() (err error) {
		texts, err = w.deps.Catalog.Contracts(ctx, plan.Version)
		return err
	}); err != nil {
		return nil, err
	}
	sources := make([]contract.Source, 0, len(texts))
	for _, s := range texts {
		sources = append(sources, contract.Source{Name: s.Name, Text: s.Text})
	}
	set, err := contract.Compile(sources)
	if err != nil {
		return nil, &event.Error{
			Code: "pending_contracts",
			Message: fmt.Sprintf("records %d to %d were planned under contracts %s, which this version of Penstock refuses",
				plan.First, plan.Last, plan.Version),
			Hint: "start the version that wrote this data folder once, so that it can finish, and stop it in good order",
			Err:  err,
		}
	}
	return set, nil
}

// readRange gives take exactly the records of plan, in pieces.
func (w *Worker) readRange(ctx context.Context, plan catalog.Plan, take func(chunk) error) error {
	ctx, cancel := context.WithCancel(ctx)
	chunks := make(chan chunk)
	var failed error // set before chunks is closed
	var reader sync.WaitGroup
	reader.Go(func() { defer close(chunks); failed = w.pull(ctx, plan.First, chunks, func(uint64) {}) })
	defer reader.Wait()
	defer cancel()
	for next := plan.First; next <= plan.Last; {
		c, open := <-chunks
		if !open {
			return failed
		}
		c, next = c.upTo(plan.Last)
		if err := take(c); err != nil {
			return err
		}
	}
	return nil
}
