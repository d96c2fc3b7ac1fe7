package deliver

import (
	"context"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
)

// storeRelayed makes a range that a Processor made part of the lake: keep, plan, objects, commit. Once it is
// kept, no death makes the Processor work on it again, and so no two deaths can leave two versions of it.
func (w *Worker) storeRelayed(ctx context.Context, s *sealed) error {
	start := time.Now()
	if err := w.retry(ctx, stepCatalog, func() error { return w.deps.Results.Save(s.kept()) }); err != nil {
		return err
	}
	return w.finishRelayed(ctx, s, start)
}

// finishRelayed is storeRelayed for a range that is kept.
func (w *Worker) finishRelayed(ctx context.Context, s *sealed, start time.Time) error {
	plan := s.plan()
	if err := w.retry(ctx, stepCatalog, func() error { return w.deps.Catalog.Plan(ctx, plan) }); err != nil {
		return err
	}
	if err := w.putNamed(ctx, slices.Concat(s.files, s.beside)); err != nil {
		return err
	}
	flushed := event.Flushed{Shard: w.cfg.Shard.Index, First: s.first, Last: s.last, Files: len(s.files) + len(s.beside), Took: time.Since(start)}
	for _, f := range slices.Concat(s.files, s.beside) {
		flushed.Bytes += f.Bytes
	}
	w.report(flushed)
	if err := w.commit(ctx, s, plan); err != nil {
		return err
	}
	if err := w.deps.Results.Remove(); err != nil {
		w.cfg.Logger.Warn("a range that is committed stays kept; the next one takes its place", "error", err)
	}
	return nil
}

// plan is the range's plan: its objects have their names already.
func (s *sealed) plan() catalog.Plan {
	p := catalog.Plan{Generation: s.generation, First: s.first, Last: s.last, Version: s.version, Format: s.format}
	for _, f := range s.files {
		p.Files = append(p.Files, catalog.PlannedFile{Table: f.Table, Name: f.Name})
	}
	return p
}

// putNamed stores files under the names they have. Names hold 122 bits of a checksum of stream, shard, range
// and generation: one that is taken by other content means that the lake is another pipeline's too.
func (w *Worker) putNamed(ctx context.Context, files []sealedFile) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(putsAtOnce)
	for _, f := range files {
		group.Go(func() error {
			return w.retry(ctx, stepLake, func() error { return w.deps.Lake.Put(ctx, f.Name, f.body) })
		})
	}
	return group.Wait()
}

// finishPendingRelayed finishes the plan an earlier run left. It is true if there was one for it to finish:
// one whose files were made by a Processor.
func (w *Worker) finishPendingRelayed(ctx, work context.Context) (bool, error) {
	plan, pending := w.deps.Catalog.Pending()
	if !pending || plan.Format != relayed.Name() {
		return false, nil
	}
	if kept, ok := w.deps.Results.Load(); ok {
		s := kept.sealed()
		if have := s.plan(); have.First == plan.First && have.Last == plan.Last && have.Generation == plan.Generation &&
			have.Version == plan.Version && slices.Equal(have.Files, plan.Files) {
			return true, w.finishRelayed(work, s, time.Now())
		}
	}
	w.cfg.Logger.Warn("what was processed for the planned range is gone; it is processed again, under new names",
		"stream", w.cfg.Shard.Stream, "shard", w.cfg.Shard.Index, "first", plan.First, "last", plan.Last)
	made := newObjects(w.cfg.Shard, plan.Version)
	r := &relay{cfg: w.cfg, processor: w.deps.Processor, present: made}
	err := w.readRange(ctx, plan, func(c chunk) error {
		if err := r.take(work, c); err != nil || r.size < r.cfg.BatchSize {
			return err
		}
		return r.process(work)
	})
	if err != nil {
		return true, err
	}
	if err := r.process(work); err != nil {
		return true, err
	}
	s, err := made.seal(w.deps.Processor, plan.Generation+1)
	if err != nil {
		return true, err
	}
	return true, w.storeRelayed(work, s)
}
