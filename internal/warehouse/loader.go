package warehouse

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// Loader follows the commits of all shards and loads their files, as many as are waiting in one
// transaction.
type Loader struct {
	cfg       Config
	deps      Deps
	followers []*follower
	shapes    map[shapeKey]*contract.Table
	// maxRows is Config.MaxRows, less after a load failed for no known reason.
	maxRows int64
	// pause is how long the last rewind waited; 0 after a load.
	pause time.Duration
	// again is the file that tryUnloaded begins behind.
	again string
}

type shapeKey struct {
	version, table string
}

// New makes a Loader; Run makes it work.
func New(cfg Config, deps Deps) (*Loader, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configuration of the loader: %w", err)
	}
	if deps.Target == nil || deps.Files == nil || deps.Shapes == nil {
		return nil, errors.New("the loader needs a target, files and shapes")
	}
	cfg = cfg.withDefaults()
	l := &Loader{cfg: cfg, deps: deps, shapes: map[shapeKey]*contract.Table{}, maxRows: cfg.MaxRows}
	for _, s := range cfg.Shards {
		l.followers = append(l.followers, &follower{shard: s})
	}
	return l, nil
}

// Run loads until ctx ends, and then returns nil. It waits out every outage of the warehouse and
// the lake; the only error it returns is that a table cannot become what its contract says.
func (l *Loader) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := l.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	wake := make(chan struct{}, 1)
	wait := watch(ctx, l.cfg.Shards, wake)
	defer wait()
	defer cancel()
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
			again.Reset(l.tryUnloaded(ctx))
		case <-wake:
			for l.step(ctx) {
				select {
				case <-again.C:
					again.Reset(l.tryUnloaded(ctx))
				default:
				}
			}
		}
	}
}

// start prepares the tables and finds out where to go on.
func (l *Loader) start(ctx context.Context) error {
	return l.persist(ctx, "warehouse", func() error {
		err := l.deps.Target.Prepare(ctx, l.cfg.Tables)
		if err != nil {
			return err
		}
		return l.rewind(ctx)
	})
}

// rewind makes every follower go on behind its watermark.
func (l *Loader) rewind(ctx context.Context) error {
	marks, err := l.deps.Target.Watermarks(ctx)
	if err != nil {
		return err
	}
	for _, f := range l.followers {
		f.rewind(0)
		for _, m := range marks {
			if m.Shard == f.shard.Index {
				f.rewind(m.Number)
			}
		}
	}
	return nil
}

// persist calls fn until it succeeds, fails for good, or ctx ends.
func (l *Loader) persist(ctx context.Context, step string, fn func() error) error {
	pause := l.cfg.FirstPause
	for failed := false; ; failed = true {
		err := fn()
		if ctx.Err() != nil {
			return err
		}
		if err == nil || !passing(err) {
			if failed && !errors.Is(err, errTooMuch) {
				l.cfg.Listener(event.Recovered{Step: step, Shard: event.AllShards})
			}
			return err
		}
		l.cfg.Listener(event.Failed{Step: step, Shard: event.AllShards, Err: err})
		if err := sleep(ctx, pause); err != nil {
			return err
		}
		pause = min(2*pause, l.cfg.LastPause)
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// outage is a failure that passes, of something other than the target.
type outage struct {
	step string
	err  error
}

func (o *outage) Error() string { return o.err.Error() }
func (o *outage) Unwrap() error { return o.err }

func passing(err error) bool {
	var o *outage
	return errors.Is(err, ErrUnavailable) || errors.As(err, &o)
}

// step loads one transaction's worth, and reports whether there may be more to load.
func (l *Loader) step(ctx context.Context) bool {
	err := l.persist(ctx, "catalog", func() error {
		for _, f := range l.followers {
			if err := f.fill(ctx); err != nil {
				return &outage{"catalog", fmt.Errorf("read the commits of %s: %w", f.shard.ID(), err)}
			}
		}
		return nil
	})
	if err != nil {
		return false
	}
	commits, taken := l.gather()
	if len(commits) == 0 {
		return false
	}
	if !l.loadCommits(ctx, commits) {
		return ctx.Err() == nil // it is tried again, in smaller steps
	}
	for i, n := range taken {
		if n > 0 {
			l.followers[i].pop(n)
		}
	}
	l.maxRows = min(2*l.maxRows, l.cfg.MaxRows)
	l.pause = 0
	return true
}

// loadCommits loads commits in one transaction, whatever it takes, and reports whether it did. When
// it did not, for no known reason, the next attempt is smaller.
func (l *Loader) loadCommits(ctx context.Context, commits []catalog.Commit) bool {
	known := verdicts{}
	for failures := 0; ; {
		done, err := l.attempt(ctx, commits, known, false)
		switch {
		case done || ctx.Err() != nil:
			return done
		case err == nil:
			continue // with what was found out
		case errors.Is(err, ErrRewind):
			l.replaced(ctx, err)
			return false
		case errors.Is(err, errTooMuch):
			l.takeLess(commits)
			return false
		}
		failures++
		l.cfg.Logger.Error("loading failed", "commits", len(commits), "attempt", failures, "error", err)
		l.cfg.Listener(event.Failed{Step: "warehouse", Shard: event.AllShards, Err: err})
		if len(commits) > 1 {
			l.takeLess(commits)
			return false
		}
		if failures >= maxFailures {
			// Nothing says which file is at fault; what is behind this commit must not wait for it.
			known.giveUp(commits[0], err)
			failures = 0
		}
		if sleep(ctx, l.cfg.FirstPause) != nil {
			return false
		}
	}
}

// replaced goes back to what the warehouse has. When that does not help, because the warehouse has
// more than the catalog knows of, it is said at growing intervals, and the status shows it.
func (l *Loader) replaced(ctx context.Context, cause error) {
	l.cfg.Logger.Warn("the warehouse was replaced; loading goes on from what it has", "error", cause)
	l.cfg.Listener(event.Failed{Step: "warehouse", Shard: event.AllShards, Err: cause})
	l.pause = min(max(2*l.pause, l.cfg.FirstPause), l.cfg.LastPause)
	if sleep(ctx, l.pause) != nil {
		return
	}
	_ = l.persist(ctx, "warehouse", func() error { return l.rewind(ctx) }) // or else with the next step
}

// lessAfter is how often the warehouse may be unavailable for a transaction of several commits before it is
// tried with fewer. What brings it down may be their size; when it is not, nothing is lost by it.
const lessAfter = 3

// errTooMuch says that fewer commits should be tried.
var errTooMuch = errors.New("the transaction may be too large")

// takeLess makes the next transactions smaller. They grow again with each that is committed.
func (l *Loader) takeLess(commits []catalog.Commit) {
	var size batchSize
	for _, c := range commits {
		size.add(c)
	}
	l.maxRows = max(1, min(l.maxRows, size.rows)/8)
	l.cfg.Logger.Warn("loading is tried with less at a time", "commits", len(commits), "rows", size.rows, "at_most", l.maxRows)
}

// maxFailures is how often a single commit is tried before its files are recorded as damaged.
const maxFailures = 5

// attempt tries one transaction. Outages are waited out. It reports whether the transaction was
// committed; an error is a failure without a known reason, and neither means that known has grown.
func (l *Loader) attempt(ctx context.Context, commits []catalog.Commit, known verdicts, again bool) (done bool, err error) {
	started := time.Now()
	var result Result
	unavailable := 0
	err = l.persist(ctx, "warehouse", func() error {
		batch, release, err := l.batch(ctx, commits, known, again)
		if err != nil {
			return err
		}
		defer release()
		result, err = l.deps.Target.Load(ctx, batch)
		if errors.Is(err, ErrUnavailable) && len(commits) > 1 {
			if unavailable++; unavailable >= lessAfter {
				return fmt.Errorf("%w: %v", errTooMuch, err) //nolint:errorlint // it must not pass for an outage
			}
		}
		return err
	})
	switch {
	case err != nil:
		return false, err
	case len(result.Refusals) > 0:
		l.note(ctx, commits, result.Refusals, known)
		return false, nil
	}
	l.report(result, time.Since(started))
	return true, nil
}

func (l *Loader) report(result Result, took time.Duration) {
	for _, s := range result.Shards {
		l.cfg.Listener(event.Loaded{Shard: s.Shard, Through: s.Through, Files: s.Files, Rows: s.Rows, Duplicates: s.Duplicates, Took: took})
		if n := s.Quarantined[event.ReasonRefused]; n > 0 {
			l.cfg.Listener(event.Quarantined{Shard: s.Shard, Reasons: map[event.Reason]int64{event.ReasonRefused: n}})
		}
	}
}
