package kinesis

import (
	"context"
	"time"
)

// createStream makes a stream. It is there when the answer arrives: nobody sees it CREATING.
type createStream struct {
	name     text
	shards   number
	mode     text
	recordKi number // MaxRecordSizeInKiB
	tags     map[string]string
}

func (op *createStream) field(name string, r reader) {
	switch name {
	case "StreamName":
		op.name = got(r.text())
	case "ShardCount":
		op.shards = got(r.integer())
	case "StreamModeDetails":
		op.readMode(r)
	case "MaxRecordSizeInKiB":
		op.recordKi = got(r.integer())
	case "Tags":
		op.tags = readTextMap(r)
	default:
		r.skip()
	}
}

func (op *createStream) readMode(r reader) {
	if !r.object() {
		return
	}
	for name, more := r.field(); more; name, more = r.field() {
		if name == "StreamMode" {
			op.mode = got(r.text())
			continue
		}
		r.skip()
	}
}

func (op *createStream) check(v *violations) {
	v.number("shardCount", op.shards, 1, 100_000)
	v.required("streamName", op.name.set)
	v.text("streamName", op.name, 1, 128, namePattern)
	v.oneOf("streamModeDetails.streamMode", op.mode, provisioned, onDemand)
	v.number("maxRecordSizeInKiB", op.recordKi, 1024, maxRecordBytes/1024)
	checkTags(v, op.tags)
}

func (op *createStream) run(ctx context.Context, s *Server, _ writer) error {
	info := StreamInfo{
		Name:           op.name.value,
		Created:        s.cfg.Now().Unix(),
		Retention:      24 * time.Hour,
		Tags:           op.tags,
		MaxRecordBytes: int(op.recordKi.value) * 1024,
		Mode:           op.mode.or(provisioned),
		Shards:         int(op.shards.value),
	}
	if !op.shards.set {
		if info.Mode != onDemand {
			return invalidArgument("ShardCount is required for a stream in PROVISIONED mode.")
		}
		info.Shards = defaultStreamShards
	}
	if fault := checkTagText(tagTexts(op.tags)); fault != nil {
		return fault
	}
	if fault := s.checkTagCount("add", info.Name, len(op.tags)); fault != nil {
		return fault
	}
	if _, exists := s.log.Stream(info.Name); exists {
		return s.streamExists(info.Name)
	}
	if open := s.openShards(); open+info.Shards > s.cfg.MaxShards {
		return failf("LimitExceededException", "This request would exceed the shard limit for the account %s in %s. "+
			"Current shard count for the account: %d. Limit: %d. Number of additional shards that would have resulted from this request: %d.",
			s.cfg.AccountID, s.cfg.Region, open, s.cfg.MaxShards, info.Shards)
	}
	if err := s.log.CreateStream(ctx, info); err != nil {
		return s.streamError(err, info.Name)
	}
	return nil
}

// openShards counts the shards of all streams.
func (s *Server) openShards() (n int) {
	for _, info := range s.log.Streams() {
		n += info.Shards
	}
	return n
}
