package kinesis

import (
	"context"
	"errors"

	"github.com/penstock/penstock/internal/event"
)

// putRecord stores one record.
type putRecord struct {
	streamRef
	scratch *scratch
	entry   entry
	after   text // SequenceNumberForOrdering
	dryRun  boolean
}

func (op *putRecord) field(name string, r reader) {
	switch {
	case name == "SequenceNumberForOrdering":
		op.after = got(r.text())
	case name == "DryRun":
		op.dryRun = got(r.flag())
	case !op.entry.field(name, r) && !op.streamRef.field(name, r):
		r.skip()
	}
}

func (op *putRecord) check(v *violations) {
	v.text("sequenceNumberForOrdering", op.after, 0, 129, sequencePattern)
	op.entry.check(v, "")
	op.streamRef.check(v)
}

func (op *putRecord) run(ctx context.Context, s *Server, w writer) error {
	info, err := op.find(s)
	if err != nil {
		return err
	}
	if limit := s.recordLimit(info); op.entry.size() > limit {
		return op.entry.tooLarge(limit, "data")
	}
	b := &op.scratch.put.batch
	b.begin()
	e := b.next()
	*e = op.entry
	if fault := b.route(info); fault != nil {
		return fault
	}
	if err := op.checkOrder(s, info, e.shard); err != nil {
		return err
	}
	if op.dryRun.value {
		return dryRun()
	}
	b.append(ctx, s.log, info.Name)
	op.scratch.lost = b.unclear()
	if err := b.parts[e.shard].err; errors.Is(err, event.ErrThrottled) {
		return s.throttled(info.Name, e.shard, err)
	} else if errors.Is(err, event.ErrNotFound) {
		return s.streamNotFound(info.Name)
	} else if err != nil {
		return err
	}
	w.object()
	w.field("ShardId")
	w.text(event.ShardID(e.shard))
	w.field("SequenceNumber")
	w.digits(b.number(nil, info.shard(e.shard), e))
	w.end()
	return nil
}

// checkOrder checks SequenceNumberForOrdering. Later records always get larger numbers, so all there is to
// refuse is a number of the future. In a shard's own numbers the sequence tells, whatever the clock says; those of
// another stream have only their times.
func (op *putRecord) checkOrder(s *Server, info StreamInfo, shard int) error {
	if !op.after.set {
		return nil
	}
	number, err := event.ParseSequenceNumber(op.after.value)
	future := max(number.Seconds, number.Shard.Created) > s.cfg.Now().Unix()
	if err == nil && number.Shard.Created == info.Created {
		future = false
		if number.Shard.Index == shard {
			_, last, err := s.log.Bounds(info.Name, shard)
			if err != nil {
				return s.streamError(err, info.Name)
			}
			future = number.Sequence > last
		}
	}
	if err != nil || future {
		return invalidArgument("ExclusiveMinimumSequenceNumber %s used in PutRecord on stream %s under account %s is invalid.",
			op.after.value, info.Name, s.cfg.AccountID)
	}
	return nil
}
