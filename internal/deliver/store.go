package deliver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
)

// putsAtOnce is how many files of a range are stored at a time; it hides S3's latency when a range
// has rows of many tables.
const putsAtOnce = 4

// store makes a sealed range part of the lake: plan, files, commit. pending is the plan that is
// durable for this range already, if there is one.
func (w *Worker) store(ctx context.Context, s *sealed, pending *catalog.Plan) error {
	for i := range s.files {
		s.files[i].SHA256 = checksum(s.files[i].body)
	}
	plan := w.planFor(s, pending)
	start := time.Now()
	for {
		if err := w.retry(ctx, stepCatalog, func() error { return w.deps.Catalog.Plan(ctx, plan) }); err != nil {
			return err
		}
		err := w.putAll(ctx, s, plan)
		if err == nil {
			break
		}
		if !w.deps.Differs(err) {
			return err
		}
		w.cfg.Logger.Warn("the lake holds other content under a planned name; writing the range under new names",
			"stream", w.cfg.Shard.Stream, "shard", w.cfg.Shard.Index, "first", s.first, "last", s.last, "error", err)
		plan = w.newPlan(s, plan.Generation+1)
	}
	flushed := event.Flushed{Shard: w.cfg.Shard.Index, First: s.first, Last: s.last, Files: len(s.files), Took: time.Since(start)}
	for _, f := range s.files {
		flushed.Bytes += f.Bytes
	}
	w.report(flushed)
	return w.commit(ctx, s, plan)
}

// planFor is the pending plan if its files are those that s came to have, or a new one.
func (w *Worker) planFor(s *sealed, pending *catalog.Plan) catalog.Plan {
	if pending == nil {
		return w.newPlan(s, 1)
	}
	same := len(pending.Files) == len(s.files)
	for _, f := range s.files {
		same = same && slices.ContainsFunc(pending.Files, func(p catalog.PlannedFile) bool { return p.Table == f.Table })
	}
	if !same {
		// A record of the range is now known to crash the process, and moved to the quarantine.
		return w.newPlan(s, pending.Generation+1)
	}
	return *pending
}

func (w *Worker) newPlan(s *sealed, generation uint32) catalog.Plan {
	p := catalog.Plan{Generation: generation, First: s.first, Last: s.last, Version: s.version, Format: s.format}
	for _, f := range s.files {
		p.Files = append(p.Files, catalog.PlannedFile{Table: f.Table, Name: w.deps.Name(NewFile{
			Table: f.Table, Shard: w.cfg.Shard.Index, Oldest: time.UnixMilli(f.FirstArrived).UTC(),
			First: s.first, Last: s.last, Generation: generation, Extension: s.format,
		})})
	}
	return p
}

// putAll stores the files of s under the names of plan. It waits out everything but a name that is
// taken by other content.
func (w *Worker) putAll(ctx context.Context, s *sealed, plan catalog.Plan) error {
	for i := range s.files {
		f := &s.files[i]
		at := slices.IndexFunc(plan.Files, func(p catalog.PlannedFile) bool { return p.Table == f.Table })
		f.Name = plan.Files[at].Name
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(putsAtOnce)
	for _, f := range s.files {
		group.Go(func() error {
			return w.retry(ctx, stepLake, func() error { return w.deps.Lake.Put(ctx, f.Name, f.body) })
		})
	}
	return group.Wait()
}

func (w *Worker) commit(ctx context.Context, s *sealed, plan catalog.Plan) error {
	c := catalog.Commit{
		Kind: catalog.CommitRange, First: s.first, Last: s.last,
		Version: plan.Version, Format: plan.Format, Dropped: s.dropped, Lost: s.lost, Quarantined: s.quarantined,
	}
	done := event.Committed{Shard: w.cfg.Shard.Index, First: s.first, Last: s.last}
	for _, f := range s.files {
		c.Files = append(c.Files, f.File)
		done.Arrived = max(done.Arrived, f.LastArrived)
		if f.Table == catalog.QuarantineTable {
			done.Quarantined += f.Rows
		} else {
			done.Rows += f.Rows
		}
	}
	for _, n := range s.dropped {
		done.Dropped += n
	}
	if err := w.retry(ctx, stepCatalog, func() error {
		_, err := w.deps.Catalog.Commit(ctx, c)
		return err
	}); err != nil {
		return err
	}
	w.report(done)
	if len(s.reasons) > 0 {
		w.report(event.Quarantined{Shard: w.cfg.Shard.Index, Reasons: s.reasons})
	}
	return nil
}

func checksum(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
