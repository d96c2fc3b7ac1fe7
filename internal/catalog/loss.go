package catalog

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/penstock/penstock/internal/event"
)

// maxAccepted bounds the losses that are accepted and not committed yet: every journal entry has them.
const maxAccepted = 1000

// AcceptLoss writes down, durably, that a person gives up records that the log has lost. From then on a
// commit may list them in Lost; nothing else changes until one does. What is committed already is left
// out, and accepting the same again changes nothing.
//
// Errors: ErrInvalid, event.ErrFenced, or the journal's.
func (s *Shard) AcceptLoss(ctx context.Context, lost Range) error {
	if lost.First < 1 || lost.Last < lost.First || lost.Last > math.MaxInt64 {
		return invalid("loss_range", "records %d to %d are none", lost.First, lost.Last)
	}
	s.write.Lock()
	defer s.write.Unlock()
	next, _ := s.next()
	accepted := pruned(withRange(next.Accepted, lost), next.Position)
	if slices.Equal(accepted, next.Accepted) {
		if s.fenced {
			return s.fencedError()
		}
		return nil
	}
	if len(accepted) > maxAccepted {
		return &event.Error{
			Code:    "too_many_losses",
			Message: fmt.Sprintf("%d losses of %s are accepted and not passed yet", len(accepted), event.ShardID(s.cfg.Shard)),
			Hint:    "let the delivery go on, and accept the others when it comes to them",
			Err:     ErrInvalid,
		}
	}
	next.Accepted = accepted
	return s.append(ctx, entry{Kind: kindLoss, State: next}, nil)
}

// AcceptedLosses are the losses that were accepted and are not committed yet, in order. Nobody may change
// the slice.
func (s *Shard) AcceptedLosses() []Range { return s.snapshot().state.Accepted }

// withRange adds r to ranges that are in order and apart, and joins what touches.
func withRange(ranges []Range, r Range) []Range {
	all := append(slices.Clone(ranges), r)
	slices.SortFunc(all, func(a, b Range) int { return cmp.Compare(a.First, b.First) })
	joined := all[:1]
	for _, next := range all[1:] {
		if last := &joined[len(joined)-1]; next.First <= last.Last+1 {
			last.Last = max(last.Last, next.Last)
			continue
		}
		joined = append(joined, next)
	}
	return joined
}

// pruned leaves out what is not after position; nil if nothing is.
func pruned(ranges []Range, position uint64) []Range {
	var rest []Range
	for _, r := range ranges {
		if r.Last > position {
			rest = append(rest, Range{max(r.First, position+1), r.Last})
		}
	}
	return rest
}

// checkLost sees that the records a commit gives up were accepted as lost, lie in its range, and are
// among those it counts as dropped.
func checkLost(v view, c Commit) error {
	var lost uint64
	next := c.First
	for _, r := range c.Lost {
		if r.First < next || r.Last < r.First || r.Last > c.Last {
			return invalid("commit_lost", "lost records %d to %d do not fit into %d to %d", r.First, r.Last, next, c.Last)
		}
		if !slices.ContainsFunc(v.state.Accepted, func(a Range) bool { return a.First <= r.First && r.Last <= a.Last }) {
			return invalid("commit_lost", "nobody has accepted that records %d to %d are lost", r.First, r.Last)
		}
		next = r.Last + 1
		lost += r.Records()
	}
	if dropped := c.Dropped[NoContract]; lost > 0 && int64(lost) > dropped {
		return invalid("commit_lost", "%d lost records are more than the %d dropped ones of no contract", lost, dropped)
	}
	return nil
}
