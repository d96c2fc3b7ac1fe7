package kinesis

import (
	"context"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// getShardIterator finds a place to read a shard from.
type getShardIterator struct {
	streamRef
	shardID text
	kind    text
	number  text // StartingSequenceNumber
	at      number
	dryRun  boolean
}

// Types of iterators.
const (
	afterNumber = "AFTER_SEQUENCE_NUMBER"
	atNumber    = "AT_SEQUENCE_NUMBER"
	atTimestamp = "AT_TIMESTAMP"
	latest      = "LATEST"
	trimHorizon = "TRIM_HORIZON"
)

func (op *getShardIterator) field(name string, r reader) {
	switch {
	case name == "ShardId":
		op.shardID = got(r.text())
	case name == "ShardIteratorType":
		op.kind = got(r.text())
	case name == "StartingSequenceNumber":
		op.number = got(r.text())
	case name == "Timestamp":
		op.at = got(r.instant())
	case name == "DryRun":
		op.dryRun = got(r.flag())
	case !op.streamRef.field(name, r):
		r.skip()
	}
}

func (op *getShardIterator) check(v *violations) {
	v.required("shardId", op.shardID.set)
	v.text("shardId", op.shardID, 1, 128, namePattern)
	v.required("shardIteratorType", op.kind.set)
	v.oneOf("shardIteratorType", op.kind, afterNumber, latest, atTimestamp, atNumber, trimHorizon)
	v.text("startingSequenceNumber", op.number, 0, 129, sequencePattern)
	op.streamRef.check(v)
}

func (op *getShardIterator) run(ctx context.Context, s *Server, w writer) error {
	info, shard, err := op.findShard(s)
	if err != nil {
		return err
	}
	next, err := op.position(ctx, s, info, shard)
	if err != nil {
		return s.streamError(err, info.Name)
	}
	if op.dryRun.value {
		return dryRun()
	}
	w.object()
	w.field("ShardIterator")
	w.text(s.sealIterator(iterator{stream: info.Name, created: info.Created, shard: shard, next: next}))
	w.end()
	return nil
}

// findShard is the shard the request names. AWS reads its name first, and then misses the shard rather than the
// stream if that is not there.
func (op *getShardIterator) findShard(s *Server) (StreamInfo, int, error) {
	name, err := op.resolve()
	if err != nil {
		return StreamInfo{}, 0, err
	}
	shard, fault := s.shardIndex(name, op.shardID.value)
	if fault != nil {
		return StreamInfo{}, 0, fault
	}
	info, ok := s.log.Stream(name)
	if !ok || shard >= info.Shards {
		return StreamInfo{}, 0, s.shardNotFound(name, shard)
	}
	return info, shard, nil
}

// position is the sequence to start from.
func (op *getShardIterator) position(ctx context.Context, s *Server, info StreamInfo, shard int) (uint64, error) {
	wantsNumber := op.kind.value == atNumber || op.kind.value == afterNumber
	if op.kind.value != atTimestamp && wantsNumber != op.number.set {
		how := "no"
		if op.number.set {
			how = "also a"
		}
		return 0, invalidArgument("Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "+
			"(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified %s and %s StartingSequenceNumber.", op.kind.value, how)
	}
	first, last, err := s.log.Bounds(info.Name, shard)
	if err != nil {
		return 0, err
	}
	switch op.kind.value {
	case trimHorizon:
		return first, nil
	case latest:
		return last + 1, nil
	case atTimestamp:
		return op.seekTime(ctx, s, info, shard)
	default:
		return op.seekNumber(ctx, s, info, shard, first, last)
	}
}

func (op *getShardIterator) seekTime(ctx context.Context, s *Server, info StreamInfo, shard int) (uint64, error) {
	if !op.at.set {
		return 0, invalidArgument("Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. " +
			"Current request has no timestamp parameter.")
	}
	if now := s.cfg.Now().UnixMilli(); op.at.value > now {
		return 0, invalidArgument("The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "+
			"timestampInMillis: %d, currentTimestampInMillis: %d", op.at.value, now)
	}
	return s.log.SeekTime(ctx, info.Name, shard, op.at.value)
}

// seekNumber treats the number as a place in the order of all numbers: a record of that number
// need not exist.
func (op *getShardIterator) seekNumber(ctx context.Context, s *Server, info StreamInfo, shard int, first, last uint64) (uint64, error) {
	number, err := event.ParseSequenceNumber(op.number.value)
	if err != nil {
		return 0, op.invalidNumber(s, info, shard, "")
	}
	if number.Shard.Index != shard {
		return 0, invalidArgument("Invalid StartingSequenceNumber. It encodes %s, while it was used in a call to a shard with %s",
			number.Shard.ID(), event.ShardID(shard))
	}
	if number.Shard.Created != info.Created {
		return 0, op.invalidNumber(s, info, shard, " because it did not come from this stream")
	}
	if number.Sequence < first {
		return first, nil
	}
	if number.Sequence > last {
		return last + 1, nil
	}
	// A record has this sequence, but the number may differ in its time and so lie before or
	// after the record's own.
	found, err := s.log.Fetch(ctx, info.Name, shard, number.Sequence, 1, 1)
	if err != nil {
		return 0, err
	}
	if len(found) == 0 || found[0].Sequence != number.Sequence {
		return number.Sequence, nil // trimmed in between
	}
	order := strings.Compare(info.shard(shard).SequenceNumber(number.Sequence, found[0].Arrived), op.number.value)
	if order < 0 || order == 0 && op.kind.value == afterNumber {
		return number.Sequence + 1, nil
	}
	return number.Sequence, nil
}

func (op *getShardIterator) invalidNumber(s *Server, info StreamInfo, shard int, why string) *failure {
	return invalidArgument("StartingSequenceNumber %s used in GetShardIterator on shard %s in stream %s under account %s is invalid%s.",
		op.number.value, event.ShardID(shard), info.Name, s.cfg.AccountID, why)
}
