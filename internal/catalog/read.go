package catalog

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock/penstock/internal/event"
)

const (
	// batchEntries and batchBytes bound how much of the journal is held while it is read.
	batchEntries = 1000
	batchBytes   = 4 << 20
)

// CommitsAfter calls fn with every commit whose number is greater than number, oldest first, and ends
// with the newest one at the time it gets there. It reads only the manifest segments it needs, one at
// a time, and holds at most one segment or 4 MiB of the journal; no lock is held while fn runs, so fn
// may be slow and may use the Shard. An error of fn ends it and is returned as it is.
func (s *Shard) CommitsAfter(ctx context.Context, number uint64, fn func(Commit) error) error {
	for {
		v, recent, here := s.reading(number)
		if here {
			if len(recent) == 0 {
				return nil
			}
			for _, c := range recent {
				if err := fn(c); err != nil {
					return err
				}
				number = c.Number
			}
			continue
		}
		var err error
		if number, err = s.readOlder(ctx, v, number, fn); err != nil {
			return err
		}
	}
}

func (s *Shard) reading(number uint64) (view, []Commit, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	commits, here := s.mu.recent.since(number)
	return s.mu.view, commits, here
}

// readOlder delivers one segment, or one batch of the journal, after number. It returns the number of
// the last commit delivered.
func (s *Shard) readOlder(ctx context.Context, v view, number uint64, fn func(Commit) error) (uint64, error) {
	for _, segment := range v.segments {
		if segment.Last <= number {
			continue
		}
		if err := s.readSegment(ctx, segment, number, fn); err != nil {
			return number, err
		}
		return segment.Last, nil
	}
	return s.readJournal(ctx, v, number, fn)
}

// errTrimmed: the journal no longer begins where it was expected to, because a checkpoint came between.
var errTrimmed = errors.New("the journal was trimmed meanwhile")

func (s *Shard) readJournal(ctx context.Context, v view, number uint64, fn func(Commit) error) (uint64, error) {
	from := max(number, v.state.CheckpointAt) + 1
	commits, next, err := s.journalBatch(ctx, from, v.last)
	if errors.Is(err, errTrimmed) {
		if s.snapshot().state.CheckpointAt == v.state.CheckpointAt {
			return number, s.goneError(from)
		}
		return number, nil // look again, in the new segments
	}
	if err != nil {
		return number, err
	}
	if len(commits) == 0 && next <= v.state.LastCommit {
		return number, s.goneError(next)
	}
	for _, c := range commits {
		if err := fn(c); err != nil {
			return number, err
		}
	}
	return next - 1, nil
}

// goneError is also what a fenced Shard sees once its successor has trimmed the journal.
func (s *Shard) goneError(sequence uint64) error {
	return &event.Error{
		Code:    "catalog_gone",
		Message: fmt.Sprintf("journal entry %d of %s %s is gone", sequence, s.cfg.Stream, event.ShardID(s.cfg.Shard)),
		Hint:    "if a second process has taken over this shard, stop this one; otherwise the data folder is damaged",
	}
}

// journalBatch reads the commits among the entries from..through, as many as the limits allow, and
// says where to go on.
func (s *Shard) journalBatch(ctx context.Context, from, through uint64) (commits []Commit, next uint64, err error) {
	next = from
	if from > through {
		return nil, next, nil
	}
	size := 0
	err = s.journal.Read(ctx, from, func(at uint64, body []byte) error {
		if at != next {
			return errTrimmed
		}
		e, err := decodeEntry(at, body)
		if err != nil {
			return err
		}
		c, err := decodeCommit(e)
		if err != nil {
			return err
		}
		if c != nil {
			commits = append(commits, *c)
			size += len(body)
		}
		next = at + 1
		if next > through || len(commits) >= batchEntries || size >= batchBytes {
			return errStop
		}
		return nil
	})
	if err != nil && !errors.Is(err, errStop) {
		return nil, from, fmt.Errorf("read the journal from entry %d: %w", from, err)
	}
	if err == nil && next <= through {
		return nil, from, errTrimmed
	}
	return commits, next, nil
}
