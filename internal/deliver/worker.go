package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// Worker delivers one shard: log -> contracts -> rows -> plan -> lake files -> commit.
type Worker struct {
	cfg  Config
	deps Deps
	// newProcessor is Set.NewProcessor; tests put one in its place that dies.
	newProcessor func(*contract.Set) processor
}

// processor is a *contract.Processor.
type processor interface {
	Process(data []byte) contract.Outcome
}

// New returns a Worker; Run starts it.
func New(cfg Config, deps Deps) (*Worker, error) {
	if err := errors.Join(cfg.Validate(), deps.validate()); err != nil {
		return nil, err
	}
	return &Worker{
		cfg: cfg.withDefaults(), deps: deps,
		newProcessor: func(s *contract.Set) processor { return s.NewProcessor() },
	}, nil
}

// Run delivers until ctx ends; then it delivers what the log has accepted by then, as far as it comes
// within Config.ShutdownTimeout, and returns nil. Outages of the
// log, the lake and the catalog are waited out. It returns an error when going on would be wrong: the
// shard was taken over (event.ErrFenced), the stream was deleted (event.ErrNotFound), or records that
// were accepted are missing from the log (a *LostError). Run is called once at a time, and may be
// called again.
func (w *Worker) Run(ctx context.Context) error {
	work, stop := outlive(context.WithoutCancel(ctx), ctx, w.cfg.ShutdownTimeout)
	defer stop()
	err := w.run(ctx, work)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && work.Err() != nil && errors.Is(err, context.Canceled):
		w.cfg.Logger.Warn("stopped before everything buffered was committed; it will be delivered after the next start",
			"stream", w.cfg.Shard.Stream, "shard", w.cfg.Shard.Index, "position", w.deps.Catalog.Position())
		return nil
	}
	return fmt.Errorf("deliver %s %s: %w", w.cfg.Shard.Stream, w.cfg.Shard.ID(), err)
}

// outlive returns a context that ends with parent, or d after ctx does.
func outlive(parent, ctx context.Context, d time.Duration) (context.Context, func()) {
	longer, cancel := context.WithCancel(parent)
	stopped := make(chan struct{})
	go func() {
		defer cancel()
		select {
		case <-stopped:
			return
		case <-ctx.Done():
		}
		select {
		case <-stopped:
		case <-time.After(d):
		}
	}()
	return longer, func() { close(stopped); <-longer.Done() }
}

func (w *Worker) run(ctx, work context.Context) error {
	last, err := w.checkBounds(ctx)
	if err != nil {
		return quiet(ctx, err)
	}
	suspects := newSuspects(w.deps.Attempts, w.cfg.Logger, w.deps.Catalog.Position(), last)
	defer suspects.end()
	if w.deps.Processor != nil {
		if _, err := w.finishPendingRelayed(ctx, work); err != nil {
			return quiet(ctx, err)
		}
	}
	if err := w.finishPending(ctx, work, suspects); err != nil {
		return quiet(ctx, err)
	}
	set := w.deps.Contracts
	if err := w.retry(ctx, stepCatalog, func() error {
		return w.deps.Catalog.PutContracts(ctx, set.Version(), catalogSources(set))
	}); err != nil {
		return quiet(ctx, err)
	}
	if w.deps.Processor != nil {
		w.deps.Processor.Sealed() // what an earlier run left open
		r := &relay{cfg: w.cfg, processor: w.deps.Processor, present: newObjects(w.cfg.Shard, set.Version())}
		r.sealed, r.idle = make(chan *sealed, 1), make(chan struct{}, 1)
		return w.flow(ctx, work, flow{r.fill, w.storeRelayed, r.sealed, r.idle})
	}
	transform, err := newTransform(w.cfg.Shard, w.cfg.Format, set.Version(), w.newProcessor(set))
	if err != nil {
		return err
	}
	f := &filler{cfg: w.cfg, transform: transform, suspects: suspects}
	f.sealed, f.idle = make(chan *sealed, 1), make(chan struct{}, 1)
	store := func(ctx context.Context, s *sealed) error { return w.store(ctx, s, nil) }
	return w.flow(ctx, work, flow{f.fill, store, f.sealed, f.idle})
}

// flow is how a Worker fills ranges and stores them, and the channels between the two.
type flow struct {
	fill   func(reading, work context.Context, chunks <-chan chunk) error
	store  func(ctx context.Context, s *sealed) error
	sealed chan *sealed
	idle   chan struct{}
}

// flow runs the three goroutines of a Worker: pull reads the log ahead by a chunk, fill makes rows,
// store writes and commits. At most one sealed range waits for or is in store.
//
// At lost records pull ends as well, and what comes before them is committed.
//
// When ctx ends, pull goes on up to the log's end at that time, so that a stop delivers what was
// acknowledged before it. A backlog may be too long for that: pull and fill end after half of the time,
// and the other half is for storing what was read.
func (w *Worker) flow(ctx, work context.Context, f flow) error {
	group, work := errgroup.WithContext(work)
	reading, stop := outlive(work, ctx, w.cfg.ShutdownTimeout/2)
	defer stop()
	pulling, stopPulling := context.WithCancel(reading)
	defer stopPulling()

	chunks := make(chan chunk)
	f.idle <- struct{}{}
	from := w.deps.Catalog.Position() + 1
	end := newEnd(from-1, stopPulling)
	group.Go(func() error {
		select {
		case <-ctx.Done():
			end.at(w.newest())
		case <-pulling.Done():
		}
		return nil
	})
	var lost error
	group.Go(func() error {
		defer close(chunks)
		err := quiet(pulling, w.pull(pulling, from, chunks, end.read))
		if isLost(err) {
			lost, err = err, nil
		}
		return err
	})
	group.Go(func() error { defer stopPulling(); defer close(f.sealed); return f.fill(reading, work, chunks) })
	group.Go(func() error {
		for s := range f.sealed {
			if err := f.store(work, s); err != nil {
				return err
			}
			f.idle <- struct{}{}
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return err
	}
	return lost
}

// checkBounds returns the last record of the log, which may not end before what the catalog has planned.
func (w *Worker) checkBounds(ctx context.Context) (last uint64, err error) {
	err = w.retry(ctx, stepLog, func() (err error) {
		_, last, err = w.deps.Source.Bounds()
		return err
	})
	if err != nil {
		return 0, err
	}
	needed := w.deps.Catalog.Position()
	if p, pending := w.deps.Catalog.Pending(); pending {
		needed = p.Last
	}
	if last < needed {
		// The log was to be made longer before: its numbers must not be given again.
		return 0, fmt.Errorf("the log ends with record %d, and %d is planned: %w", last, needed, w.lost(last+1, needed).Unwrap())
	}
	return last, nil
}

// quiet makes an interruption by the end of ctx a normal end.
func quiet(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func catalogSources(set *contract.Set) []catalog.Source {
	var sources []catalog.Source
	for _, s := range set.Sources() {
		sources = append(sources, catalog.Source{Name: s.Name, Text: s.Text})
	}
	return sources
}

func (w *Worker) report(f event.Fact) {
	if w.deps.Listener != nil {
		w.deps.Listener(f)
	}
}
