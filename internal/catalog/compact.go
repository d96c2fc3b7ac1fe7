package catalog

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/penstock/penstock/internal/event"
)

// compactWhenDue moves old commits into the archive once there are enough of them. It cannot fail the
// commit it follows: when the archive is away the journal grows, and a later commit tries again.
// The caller holds write.
func (s *Shard) compactWhenDue(ctx context.Context) {
	st := s.snapshot().state
	due := st.SinceCommits > s.cfg.SegmentEntries || st.SinceBytes > s.cfg.SegmentBytes
	if !due || st.SinceCommits < s.retryAt {
		return
	}
	if err := s.compact(ctx); err != nil {
		s.retryAt = st.SinceCommits + max(1, s.cfg.SegmentEntries/10)
		s.cfg.Logger.Warn("old commits could not be moved to the lake's manifest yet; they stay in the journal",
			"stream", s.cfg.Stream, "shard", s.cfg.Shard, "commits", st.SinceCommits, "error", err)
		return
	}
	s.retryAt = 0
}

// compact writes everything since the last checkpoint into the archive, then a checkpoint that names
// it, then trims the journal. A crash after any step leaves at most an object nobody refers to, or
// entries that the next Open trims.
func (s *Shard) compact(ctx context.Context) error {
	v := s.snapshot()
	segment, contracts, err := s.collect(ctx, v)
	if err != nil {
		return err
	}
	point := checkpoint{Segments: slices.Clone(v.segments)}
	if segment.count > 0 {
		ref, body, err := segment.finish(s.cfg.Stream, s.cfg.Shard)
		if err != nil {
			return err
		}
		if err := s.store(ctx, ref.Name, ref.SHA256, body); err != nil {
			return err
		}
		point.Segments = append(point.Segments, ref)
	}
	if point.Contracts, err = s.archiveContracts(ctx, v, contracts); err != nil {
		return err
	}
	next, at := s.next()
	next.CheckpointAt, next.ContractsAt = at, 0
	next.SinceCommits, next.SinceBytes = 0, 0
	if v.plan != nil {
		next.PlanAt = at
	}
	if err := s.append(ctx, entry{Kind: kindCheckpoint, State: next, Plan: v.plan, Checkpoint: &point}, nil); err != nil {
		return err
	}
	// From here the entries before at are superfluous; failing to remove them is no failure.
	if err := s.journal.Trim(ctx, at); err != nil {
		s.cfg.Logger.Warn("the journal could not be trimmed; it will be at the next start", "error", err)
	}
	s.cfg.Logger.Debug("wrote a manifest segment", "stream", s.cfg.Stream, "shard", s.cfg.Shard,
		"commits", segment.count, "segments", len(point.Segments))
	return nil
}

// collect reads the journal since the checkpoint into a segment, and the contracts put since.
func (s *Shard) collect(ctx context.Context, v view) (*segmentWriter, []*contractsRecord, error) {
	header, err := s.segmentHeader(ctx, v)
	if err != nil {
		return nil, nil, err
	}
	segment, err := newSegmentWriter(header)
	if err != nil {
		return nil, nil, err
	}
	var contracts []*contractsRecord
	next := v.state.CheckpointAt + 1
	err = s.journal.Read(ctx, next, func(at uint64, body []byte) error {
		if at != next {
			return s.goneError(next)
		}
		next++
		e, err := decodeEntry(at, body)
		if err != nil {
			return err
		}
		if e.Contracts != nil {
			contracts = append(contracts, e.Contracts)
		}
		if e.Kind == kindCommit {
			if err := segment.add(at, e.Commit); err != nil {
				return err
			}
		}
		if at == v.last {
			return errStop
		}
		return nil
	})
	if err != nil && !errors.Is(err, errStop) {
		return nil, nil, fmt.Errorf("read the journal: %w", err)
	}
	if next != v.last+1 || segment.count != v.state.SinceCommits {
		return nil, nil, fmt.Errorf("the journal gave %d commits up to entry %d; expected %d up to %d",
			segment.count, next-1, v.state.SinceCommits, v.last)
	}
	return segment, contracts, nil
}

// archiveContracts stores the texts that only the journal holds, and lists all that the archive has.
func (s *Shard) archiveContracts(ctx context.Context, v view, records []*contractsRecord) ([]archivedContracts, error) {
	var all []archivedContracts
	for _, place := range v.contracts {
		if place.journalled == 0 {
			all = append(all, place.archived)
		}
	}
	for _, r := range records {
		if slices.ContainsFunc(all, func(a archivedContracts) bool { return a.Version == r.Version }) {
			continue
		}
		sum := checksum(r.Sources)
		a := archivedContracts{Version: r.Version, SHA256: sum,
			Name: fmt.Sprintf("manifest/%s/%s/contracts-%s.json.gz", s.cfg.Stream, event.ShardID(s.cfg.Shard), sum[:24])}
		if err := s.store(ctx, a.Name, a.SHA256, r.Sources); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b archivedContracts) int {
		switch {
		case a.Version < b.Version:
			return -1
		case a.Version > b.Version:
			return 1
		}
		return 0
	})
	return all, nil
}

// store puts an object and reads it back: soon it will be the only copy.
func (s *Shard) store(ctx context.Context, name, sum string, body []byte) error {
	if err := s.archive.Put(ctx, name, body); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	_, err := s.fetch(ctx, name, sum)
	return err
}
