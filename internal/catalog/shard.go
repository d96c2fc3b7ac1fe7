package catalog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/penstock/penstock/internal/event"
)

// ErrInvalid marks a plan or commit that the catalog refuses because it contradicts itself or the
// shard's state. Trying it again cannot help; test with errors.Is.
var ErrInvalid = errors.New("refused by the catalog")

// Config of a shard's catalog.
type Config struct {
	// Stream and Shard say whose journal it is; opening another shard's journal is refused.
	Stream string
	Shard  int
	// SegmentEntries is how many commits the journal holds before they become a manifest segment.
	// Default 10,000: a segment of about 1 MB, written every three hours at one commit a second,
	// and 100 segments for a million commits.
	SegmentEntries int
	// SegmentBytes is how many bytes of entries have the same effect. Default 32 MiB: it bounds the
	// journal when commits are large, as redrives' may be.
	SegmentBytes int64
	// Logger hears about compaction. Default: discard.
	Logger *slog.Logger
}

// Validate reports every fault of the configuration.
func (c Config) Validate() error {
	var faults []error
	if c.Stream == "" {
		faults = append(faults, errors.New("catalog: Stream is empty"))
	}
	if c.Shard < 0 {
		faults = append(faults, fmt.Errorf("catalog: Shard is %d; it counts from 0", c.Shard))
	}
	if c.SegmentEntries < 0 || c.SegmentBytes < 0 {
		faults = append(faults, errors.New("catalog: SegmentEntries and SegmentBytes cannot be negative"))
	}
	return errors.Join(faults...)
}

func (c Config) withDefaults() Config {
	if c.SegmentEntries == 0 {
		c.SegmentEntries = 10_000
	}
	if c.SegmentBytes == 0 {
		c.SegmentBytes = 32 << 20
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Shard is the catalog of one shard: what is planned, what is committed, and how far. It is safe for
// concurrent use. Opening the same journal a second time is allowed and takes it over: as soon as the
// second Shard writes, every later write of the first fails with event.ErrFenced.
type Shard struct {
	cfg     Config
	journal Journal
	archive Archive
	writer  string

	// write serializes everything that appends; it is taken before mu.
	write     sync.Mutex
	fenced    bool    // guarded by write
	retryAt   int     // after a failed compaction, the commits since the checkpoint at which to try again; guarded by write
	lastRange *Commit // the range commit this Shard wrote last; guarded by write

	mu struct {
		sync.Mutex
		view
		recent  recent
		changed chan struct{}
		// looked is the last answer of Classified that took reading.
		looked looked
	}
}

// view is a consistent picture of the shard; its slices and maps are never changed in place.
type view struct {
	last      uint64 // last journal sequence
	state     state
	plan      *Plan
	segments  []segmentRef
	contracts map[string]contractsPlace
}

// Open rebuilds the shard's state from the journal: from its last entry and the few that one points
// to. It writes nothing but the removal of entries that a checkpoint has made superfluous.
func Open(ctx context.Context, cfg Config, journal Journal, archive Archive) (*Shard, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s := &Shard{cfg: cfg.withDefaults(), journal: journal, archive: archive, writer: rand.Text()}
	s.mu.changed = make(chan struct{})
	v, err := s.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("open the catalog of %s %s: %w", cfg.Stream, event.ShardID(cfg.Shard), err)
	}
	s.mu.view = v
	s.mu.recent.reset(v.state.LastCommit)
	s.classifyOld(ctx)
	if at := v.state.CheckpointAt; at > 1 {
		// A crash may have come between the checkpoint and the trim.
		if err := journal.Trim(ctx, at); err != nil {
			s.cfg.Logger.Warn("the journal could not be trimmed; it will be at the next checkpoint", "error", err)
		}
	}
	return s, nil
}

// TotalsOf are the counts of what a journal has committed, for who must know before the archive can be
// reached. It reads the journal's last entry.
func TotalsOf(ctx context.Context, journal Journal) (Totals, error) {
	last, body, err := journal.Last(ctx)
	if err != nil || last == 0 {
		return Totals{}, err
	}
	e, err := decodeEntry(last, body)
	return e.State.Totals, err
}

// load reads the state from the journal's last entry and what it points to.
func (s *Shard) load(ctx context.Context) (view, error) {
	v := view{state: state{Stream: s.cfg.Stream, Shard: s.cfg.Shard}, contracts: map[string]contractsPlace{}}
	last, body, err := s.journal.Last(ctx)
	if err != nil || last == 0 {
		return v, err
	}
	e, err := decodeEntry(last, body)
	if err != nil {
		return v, err
	}
	v.last, v.state = last, e.State
	if err := s.check(v.state); err != nil {
		return v, err
	}
	if at := v.state.CheckpointAt; at > 0 {
		c, err := s.entryAt(ctx, at)
		if err != nil {
			return v, err
		}
		if c.Checkpoint == nil {
			return v, corrupt(at, errors.New("it should be a checkpoint"))
		}
		v.segments = c.Checkpoint.Segments
		for _, a := range c.Checkpoint.Contracts {
			v.contracts[a.Version] = contractsPlace{archived: a}
		}
	}
	if at := v.state.PlanAt; at > 0 {
		p, err := s.entryAt(ctx, at)
		if err != nil {
			return v, err
		}
		if p.Plan == nil {
			return v, corrupt(at, errors.New("it should hold a plan"))
		}
		v.plan = p.Plan
	}
	return v, s.loadContracts(ctx, v)
}

func (s *Shard) check(st state) error {
	if st.Stream != s.cfg.Stream || st.Shard != s.cfg.Shard {
		return fmt.Errorf("the journal belongs to %s %s", st.Stream, event.ShardID(st.Shard))
	}
	t := st.Totals
	if sum := t.Rows + t.Quarantined + t.Dropped; uint64(sum) != st.Position {
		return &event.Error{
			Code: "catalog_unbalanced",
			Message: fmt.Sprintf("the journal's totals do not add up: %d rows + %d quarantined + %d dropped = %d, but the position is %d",
				t.Rows, t.Quarantined, t.Dropped, sum, st.Position),
			Hint: "the data folder is damaged; restore it from a backup",
		}
	}
	if st.classified(st.Position) && !t.isSumOf(st.Contracts) {
		return &event.Error{
			Code:    "catalog_unbalanced",
			Message: fmt.Sprintf("the journal's totals by contract do not add up to those of the shard: %+v, %+v", st.Contracts, t),
			Hint:    "the data folder is damaged; restore it from a backup",
		}
	}
	return nil
}

// errStop ends a journal read early.
var errStop = errors.New("stop")

// entryAt reads one entry.
func (s *Shard) entryAt(ctx context.Context, sequence uint64) (entry, error) {
	var found entry
	err := s.journal.Read(ctx, sequence, func(at uint64, body []byte) error {
		if at != sequence {
			return fmt.Errorf("journal entry %d is gone; the next one is %d", sequence, at)
		}
		var err error
		if found, err = decodeEntry(at, body); err != nil {
			return err
		}
		return errStop
	})
	switch {
	case errors.Is(err, errStop):
		return found, nil
	case err == nil:
		return entry{}, fmt.Errorf("journal entry %d is gone", sequence)
	}
	return entry{}, fmt.Errorf("read journal entry %d: %w", sequence, err)
}

func (s *Shard) snapshot() view {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.view
}

// Position is the last record committed; 0 before the first.
func (s *Shard) Position() uint64 { return s.snapshot().state.Position }

// Totals are the cumulative counts of everything committed.
func (s *Shard) Totals() Totals { return s.snapshot().state.Totals }

// LastCommit is the number of the newest commit; 0 when there is none.
func (s *Shard) LastCommit() uint64 { return s.snapshot().state.LastCommit }

// Pending is the plan that is not committed yet, if there is one. The caller may change the copy.
func (s *Shard) Pending() (Plan, bool) {
	p := s.snapshot().plan
	if p == nil {
		return Plan{}, false
	}
	plan := *p
	plan.Files = slices.Clone(p.Files)
	return plan, true
}

// Changed returns a channel that is closed at the next commit. Take it before looking at what is
// committed, so that no commit is missed.
func (s *Shard) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.changed
}
