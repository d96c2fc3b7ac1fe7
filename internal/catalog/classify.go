package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/penstock/penstock/internal/event"
)

// classified says whether Contracts has everything up to position, rather than nothing because an
// older version wrote the entries.
func (st state) classified(position uint64) bool { return st.Contracts != nil || position == 0 }

// isSumOf says whether the totals of all contracts are these.
func (t Totals) isSumOf(contracts map[string]Counts) bool {
	var sum Counts
	for _, c := range contracts {
		sum.Rows += c.Rows
		sum.Quarantined += c.Quarantined
		sum.Dropped += c.Dropped
	}
	return sum == Counts{t.Rows, t.Quarantined, t.Dropped}
}

// withCommit returns the totals by contract with a commit counted. What a commit of an older version
// put into the quarantine is counted under NoContract.
func withCommit(contracts map[string]Counts, c Commit) map[string]Counts {
	if c.Kind != CommitRange {
		return contracts
	}
	next := make(map[string]Counts, len(contracts)+1)
	maps.Copy(next, contracts)
	addCommit(next, c)
	return next
}

func addCommit(to map[string]Counts, c Commit) {
	if c.Kind != CommitRange {
		return
	}
	add := func(contract string, n Counts) {
		have := to[contract]
		to[contract] = Counts{have.Rows + n.Rows, have.Quarantined + n.Quarantined, have.Dropped + n.Dropped}
	}
	for _, f := range c.Files {
		switch {
		case f.Table != QuarantineTable:
			add(f.Table, Counts{Rows: f.Rows})
		case c.Quarantined == nil:
			add(NoContract, Counts{Quarantined: f.Rows})
		}
	}
	for contract, n := range c.Quarantined {
		add(contract, Counts{Quarantined: n})
	}
	for contract, n := range c.Dropped {
		add(contract, Counts{Dropped: n})
	}
}

// subtractCommit undoes addCommit.
func subtractCommit(from map[string]Counts, c Commit) {
	gone := map[string]Counts{}
	addCommit(gone, c)
	for contract, n := range gone {
		have := from[contract]
		from[contract] = Counts{have.Rows - n.Rows, have.Quarantined - n.Quarantined, have.Dropped - n.Dropped}
	}
}

// classifyOld reads all commits of a journal that an older version wrote, once: the next commit
// keeps what it finds. When the archive is away the shard works without, and the next Open tries
// again.
func (s *Shard) classifyOld(ctx context.Context) {
	st := s.snapshot().state
	if st.classified(st.Position) {
		return
	}
	contracts := map[string]Counts{}
	err := s.CommitsAfter(ctx, 0, func(c Commit) error {
		addCommit(contracts, c)
		return nil
	})
	if err == nil && !st.Totals.isSumOf(contracts) {
		err = fmt.Errorf("they do not add up to the totals: %+v, %+v", contracts, st.Totals)
	}
	if err != nil {
		s.cfg.Logger.Warn("the commits of an older version could not be counted by contract; the next start tries again",
			"stream", s.cfg.Stream, "shard", s.cfg.Shard, "error", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.state.Contracts = contracts
}

// looked is what commits up to a number hold by contract.
type looked struct {
	number    uint64
	contracts map[string]Counts
}

// Classified returns the totals of ranges by contract: of all commits, and of those with a number up
// to the given one, which is a commit's or 0. Nobody may change the maps. It reads nothing for the
// newest 256 commits and for the number it was last asked for, one journal entry for those since the
// last checkpoint, and otherwise one manifest segment.
func (s *Shard) Classified(ctx context.Context, through uint64) (all, upTo map[string]Counts, err error) {
	v, recent, here := s.reading(through)
	if !v.state.classified(v.state.Position) {
		return nil, nil, &event.Error{
			Code:    "unclassified",
			Message: fmt.Sprintf("the commits of %s %s were written by an older version and could not be read to count them by contract", s.cfg.Stream, event.ShardID(s.cfg.Shard)),
			Hint:    "start the pipeline again when the lake can be read",
		}
	}
	all = v.state.Contracts
	switch {
	case through == 0:
		return all, nil, nil
	case here:
		upTo = maps.Clone(all)
		for _, c := range recent {
			subtractCommit(upTo, c)
		}
		return all, upTo, nil
	}
	s.mu.Lock()
	known := s.mu.looked
	s.mu.Unlock()
	if known.number == through && known.contracts != nil {
		return all, known.contracts, nil
	}
	if upTo, err = s.lookBack(ctx, v, known, through); err != nil {
		return nil, nil, fmt.Errorf("count the commits of %s %s up to %d: %w", s.cfg.Stream, event.ShardID(s.cfg.Shard), through, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.looked = looked{through, upTo}
	return all, upTo, nil
}

// lookBack finds the totals after the commit with the number.
func (s *Shard) lookBack(ctx context.Context, v view, known looked, number uint64) (map[string]Counts, error) {
	if number > v.state.CheckpointAt {
		e, err := s.entryAt(ctx, number)
		if err == nil && e.State.classified(e.State.Position) {
			return e.State.Contracts, nil
		}
		// Trimmed meanwhile, or written by an older version.
	}
	for _, segment := range v.segments {
		if segment.First > number || segment.Last < number {
			continue
		}
		contracts, err := s.lookIntoSegment(ctx, segment, number)
		if err != nil || contracts != nil {
			return contracts, err
		}
	}
	return s.countForward(ctx, known, number)
}

// lookIntoSegment is nil for a segment of an older version.
func (s *Shard) lookIntoSegment(ctx context.Context, ref segmentRef, number uint64) (map[string]Counts, error) {
	contracts := map[string]Counts{}
	begins := false
	err := s.readHeadedSegment(ctx, ref, 0, func(h segmentHeader) {
		begins = h.Classified
		maps.Copy(contracts, h.Before)
	}, func(c Commit) error {
		if c.Number > number || !begins {
			return errStop
		}
		addCommit(contracts, c)
		return nil
	})
	if err != nil && !errors.Is(err, errStop) {
		return nil, err
	}
	if !begins {
		return nil, nil
	}
	return contracts, nil
}

// countForward adds up commits from what is known, or from the first.
func (s *Shard) countForward(ctx context.Context, known looked, number uint64) (map[string]Counts, error) {
	contracts := map[string]Counts{}
	if known.number > number {
		known = looked{}
	}
	maps.Copy(contracts, known.contracts)
	err := s.CommitsAfter(ctx, known.number, func(c Commit) error {
		if c.Number > number {
			return errStop
		}
		addCommit(contracts, c)
		return nil
	})
	if err != nil && !errors.Is(err, errStop) {
		return nil, err
	}
	return contracts, nil
}
