package kinesis

import (
	"context"
)

// mostDescribed is how many shards DescribeStream lists at most.
const mostDescribed = 100

// describeStream tells everything about a stream, with its shards page by page.
type describeStream struct {
	streamRef
	limit number
	after text // ExclusiveStartShardId
}

func (op *describeStream) field(name string, r reader) {
	switch {
	case name == "Limit":
		op.limit = got(r.integer())
	case name == "ExclusiveStartShardId":
		op.after = got(r.text())
	case !op.streamRef.field(name, r):
		r.skip()
	}
}

func (op *describeStream) check(v *violations) {
	v.number("limit", op.limit, 1, 10_000)
	v.text("exclusiveStartShardId", op.after, 1, 128, namePattern)
	op.streamRef.check(v)
}

func (op *describeStream) run(_ context.Context, s *Server, w writer) error {
	info, err := op.find(s)
	if err != nil {
		return err
	}
	from, err := s.shardAfter(info, op.after)
	if err != nil {
		return err
	}
	to := min(info.Shards, from+int(min(op.limit.or(mostDescribed), mostDescribed)))
	w.object()
	w.field("StreamDescription")
	w.object()
	s.writeSummary(w, info)
	w.field("Shards")
	writeShards(w, info, from, to)
	w.field("HasMoreShards")
	w.flag(to < info.Shards)
	w.end()
	w.end()
	return nil
}

// shardAfter is the index after the shard a request names to start behind; 0 if it names none.
func (s *Server) shardAfter(info StreamInfo, id text) (int, error) {
	if !id.set {
		return 0, nil
	}
	index, fault := s.shardIndex(info.Name, id.value)
	if fault != nil {
		return 0, fault
	}
	return min(index+1, info.Shards), nil
}

// writeSummary writes what both descriptions of a stream have in common.
func (s *Server) writeSummary(w writer, info StreamInfo) {
	w.field("StreamName")
	w.text(info.Name)
	w.field("StreamARN")
	w.text(s.arn(info.Name))
	w.field("StreamStatus")
	w.text("ACTIVE")
	writeMode(w, info)
	w.field("RetentionPeriodHours")
	w.integer(info.retentionHours())
	w.field("StreamCreationTimestamp")
	w.instant(info.Created * 1000)
	w.field("EnhancedMonitoring")
	w.list()
	w.object()
	w.field("ShardLevelMetrics")
	w.list()
	w.end()
	w.end()
	w.end()
	w.field("EncryptionType")
	w.text("NONE")
}

// describeStreamSummary tells everything about a stream but its shards.
type describeStreamSummary struct{ streamRef }

func (op *describeStreamSummary) field(name string, r reader) {
	if !op.streamRef.field(name, r) {
		r.skip()
	}
}

func (op *describeStreamSummary) run(_ context.Context, s *Server, w writer) error {
	info, err := op.find(s)
	if err != nil {
		return err
	}
	w.object()
	w.field("StreamDescriptionSummary")
	w.object()
	s.writeSummary(w, info)
	w.field("OpenShardCount")
	w.integer(int64(info.Shards))
	w.field("ConsumerCount")
	w.integer(0)
	w.field("MaxRecordSizeInKiB")
	w.integer(int64(s.recordLimit(info)+1023) / 1024)
	w.end()
	w.end()
	return nil
}
