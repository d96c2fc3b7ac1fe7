package kinesis

import (
	"fmt"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// The modes of a stream.
const (
	provisioned = "PROVISIONED"
	onDemand    = "ON_DEMAND"
)

// shard is a shard of a stream as sequence numbers need it.
func (i StreamInfo) shard(index int) event.Shard {
	return event.Shard{Stream: i.Name, Index: index, Created: i.Created}
}

// arn is the stream's Amazon Resource Name.
func (s *Server) arn(stream string) string {
	return fmt.Sprintf("arn:aws:kinesis:%s:%s:stream/%s", s.cfg.Region, s.cfg.AccountID, stream)
}

// recordLimit is how many bytes data and partition key of a record may have together.
func (s *Server) recordLimit(info StreamInfo) int {
	if info.MaxRecordBytes > 0 {
		return info.MaxRecordBytes
	}
	return s.cfg.MaxRecordBytes
}

// retentionHours is the retention in AWS's unit; what is shorter than an hour counts as one.
func (i StreamInfo) retentionHours() int64 {
	return max(1, int64(i.Retention.Hours()))
}

// writeShards describes the shards with indexes from to to-1.
func writeShards(w writer, info StreamInfo, from, to int) {
	keys := newKeyspace(info.Shards)
	w.list()
	for index := from; index < to; index++ {
		first, last := keys.bounds(index)
		w.object()
		w.field("ShardId")
		w.text(event.ShardID(index))
		w.field("HashKeyRange")
		w.object()
		w.field("StartingHashKey")
		w.text(first.String())
		w.field("EndingHashKey")
		w.text(last.String())
		w.end()
		w.field("SequenceNumberRange")
		w.object()
		w.field("StartingSequenceNumber")
		w.text(info.shard(index).SequenceNumber(0, info.Created*1000))
		w.end()
		w.end()
	}
	w.end()
}

// writeMode writes the stream's mode, which is part of every description.
func writeMode(w writer, info StreamInfo) {
	w.field("StreamModeDetails")
	w.object()
	w.field("StreamMode")
	w.text(info.mode())
	w.end()
}

func (i StreamInfo) mode() string {
	if i.Mode == "" {
		return provisioned
	}
	return i.Mode
}

// shardIndex reads the name of a shard, which need not exist. As in AWS only the number counts that stands behind
// the first hyphen, or all of it.
func (s *Server) shardIndex(stream, id string) (int, *failure) {
	digits := id
	if _, behind, hyphen := strings.Cut(id, "-"); hyphen {
		digits = behind
	}
	for len(digits) > 1 && digits[0] == '0' {
		digits = digits[1:]
	}
	index, ok := event.ParseShardID(digits)
	if !ok {
		return 0, failf("ResourceNotFoundException", "Could not find shard %s in stream %s under account %s.",
			clipTo(id, maxShown), stream, s.cfg.AccountID)
	}
	return index, nil
}
