package catalog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// settleTimeout is how long an append with unknown outcome may take to be looked up.
const settleTimeout = 10 * time.Second

// errLate: an earlier append, believed lost, was stored after all. The state now includes it and the
// caller may try again: plans and commits recognise that they are already there.
var errLate = errors.New("an earlier write was stored late; try again")

// append writes e as the next entry and makes its state the shard's. The caller holds write and has
// filled e.State with what is to hold afterwards.
func (s *Shard) append(ctx context.Context, e entry, commit *Commit) error {
	if s.fenced {
		return s.fencedError()
	}
	e.Writer = s.writer
	body, err := e.encode()
	if err != nil {
		return err
	}
	expect := s.snapshot().last
	sequence, err := s.journal.Append(ctx, expect, body)
	if err == nil && sequence != expect+1 {
		return fmt.Errorf("the journal stored an entry as %d instead of %d", sequence, expect+1)
	}
	if err != nil {
		return s.settle(ctx, expect, body, commit, err)
	}
	s.apply(sequence, e, commit, len(body))
	return nil
}

// settle finds out what became of an append that failed with cause: it was stored after all, it was
// not, or somebody else has written.
func (s *Shard) settle(ctx context.Context, expect uint64, body []byte, commit *Commit, cause error) error {
	// The caller may have gone; its write still must not stay unknown.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	last, stored, err := s.journal.Last(ctx)
	if err != nil {
		return fmt.Errorf("journal write with unknown outcome: %w", errors.Join(cause, err))
	}
	if last == expect {
		return fmt.Errorf("journal write: %w", cause)
	}
	e, err := decodeEntry(last, stored)
	if err != nil {
		return err
	}
	if last != expect+1 || e.Writer != s.writer {
		s.fenced = true
		return s.fencedError()
	}
	if bytes.Equal(stored, body) {
		s.apply(last, e, commit, len(body))
		return nil
	}
	// One of our own earlier attempts.
	late, err := decodeCommit(e)
	if err != nil {
		return err
	}
	s.apply(last, e, late, len(stored))
	return errLate
}

func (s *Shard) fencedError() error {
	return &event.Error{
		Code:    "fenced",
		Message: fmt.Sprintf("stop delivering %s %s", s.cfg.Stream, event.ShardID(s.cfg.Shard)),
		Hint:    "two processes work on the same shard; only the one that started last may go on",
		Err:     event.ErrFenced,
	}
}

// apply makes a stored entry the shard's state. commit is the entry's commit, if it has one.
func (s *Shard) apply(sequence uint64, e entry, commit *Commit, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := &s.mu.view
	v.last, v.state = sequence, e.State
	switch e.Kind {
	case kindPlan:
		v.plan = e.Plan
	case kindContracts:
		v.contracts = withPlace(v.contracts, e.Contracts.Version, contractsPlace{journalled: sequence})
	case kindCheckpoint:
		v.segments = e.Checkpoint.Segments
		v.contracts = make(map[string]contractsPlace, len(e.Checkpoint.Contracts))
		for _, a := range e.Checkpoint.Contracts {
			v.contracts[a.Version] = contractsPlace{archived: a}
		}
	case kindCommit:
		if commit.Kind == CommitRange {
			v.plan = nil
			s.lastRange = commit
		}
		s.mu.recent.add(*commit, size)
		close(s.mu.changed)
		s.mu.changed = make(chan struct{})
	}
}

// next is the state an entry starts from: the present one, with the entry counted.
func (s *Shard) next() (state, uint64) {
	v := s.snapshot()
	return v.state, v.last + 1
}
