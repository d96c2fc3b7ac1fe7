package catalog

import (
	"context"
	"errors"
	"fmt"
	"sort"

	"github.com/penstock/penstock/internal/event"
)

// CommitOf is the range commit that holds the record at position: by it the record's way through
// delivery is known, however long ago it was. It bisects, so that of a million commits it reads about
// twenty: journal entries by themselves, then of the manifest the beginnings of seven segments and one
// whole segment of 10,000.
//
// A position after the last committed one, or before the first record, is event.ErrNotFound.
func (s *Shard) CommitOf(ctx context.Context, position uint64) (Commit, error) {
	for {
		v := s.snapshot()
		if position == 0 || position > v.state.Position {
			return Commit{}, fmt.Errorf("record %d of %s: %w among %d committed", position, event.ShardID(s.cfg.Shard), event.ErrNotFound, v.state.Position)
		}
		found, err := s.commitOf(ctx, v, position)
		if err == nil || s.snapshot().state.CheckpointAt == v.state.CheckpointAt {
			return found, err
		}
		// A checkpoint came between: what was in the journal is in a segment now.
	}
}

func (s *Shard) commitOf(ctx context.Context, v view, position uint64) (Commit, error) {
	if before, err := s.positionAt(ctx, v.state.CheckpointAt); err != nil {
		return Commit{}, err
	} else if position > before {
		return s.journalledCommit(ctx, v, position)
	}
	return s.archivedCommit(ctx, v.segments, position)
}

// positionAt is the shard's position after a journal entry; 0 before the first one.
func (s *Shard) positionAt(ctx context.Context, at uint64) (uint64, error) {
	if at == 0 {
		return 0, nil
	}
	e, err := s.entryAt(ctx, at)
	return e.State.Position, err
}

// journalledCommit finds the first entry after which the position is covered: that is its commit.
func (s *Shard) journalledCommit(ctx context.Context, v view, position uint64) (Commit, error) {
	first := v.state.CheckpointAt + 1
	var failed error
	i := sort.Search(int(v.last-first), func(i int) bool {
		if failed != nil {
			return true
		}
		at, err := s.positionAt(ctx, first+uint64(i))
		failed = err
		return at >= position
	})
	if failed != nil {
		return Commit{}, failed
	}
	e, err := s.entryAt(ctx, first+uint64(i))
	if err != nil {
		return Commit{}, err
	}
	c, err := decodeCommit(e)
	switch {
	case err != nil:
		return Commit{}, err
	case c == nil || position < c.First || position > c.Last:
		return Commit{}, corrupt(first+uint64(i), fmt.Errorf("it should commit record %d", position))
	}
	return *c, nil
}

// archivedCommit finds the segment, by the first commit of each it looks at, and the commit in it.
func (s *Shard) archivedCommit(ctx context.Context, segments []segmentRef, position uint64) (Commit, error) {
	var failed error
	// The first segment that begins after the position; the one before it holds the commit, or, when it
	// ends with redrives, which have no range, an earlier one does.
	i := sort.Search(len(segments), func(i int) bool {
		if failed != nil {
			return true
		}
		begins := uint64(0)
		err := s.readSegment(ctx, segments[i], 0, func(c Commit) error {
			begins = c.Position
			if c.Kind == CommitRange {
				begins = c.First
			}
			return errStop
		})
		if !errors.Is(err, errStop) {
			failed = err
		}
		return begins > position
	})
	if failed != nil {
		return Commit{}, failed
	}
	for i--; i >= 0; i-- {
		var found Commit
		err := s.readSegment(ctx, segments[i], 0, func(c Commit) error {
			if c.Kind == CommitRange && c.First <= position && position <= c.Last {
				found = c
				return errStop
			}
			return nil
		})
		if errors.Is(err, errStop) {
			return found, nil
		}
		if err != nil {
			return Commit{}, err
		}
	}
	return Commit{}, fmt.Errorf("record %d of %s is committed, and no manifest segment has its commit: %w", position, event.ShardID(s.cfg.Shard), event.ErrNotFound)
}
