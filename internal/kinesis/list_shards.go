package kinesis

import (
	"context"
	"encoding/binary"
)

// mostShards is how many shards ListShards lists at most.
const mostShards = 1000

// listShards lists the shards of a stream, page by page.
type listShards struct {
	streamRef
	token   text
	after   text // ExclusiveStartShardId
	results number
	created number // StreamCreationTimestamp
	filter  shardFilter
}

// shardFilter picks shards by when they were open. As no shard was ever closed, only when they
// were opened matters.
type shardFilter struct {
	set   bool
	kind  text
	shard text
	at    number
}

func (op *listShards) field(name string, r reader) {
	switch {
	case name == "NextToken":
		op.token = got(r.text())
	case name == "ExclusiveStartShardId":
		op.after = got(r.text())
	case name == "MaxResults":
		op.results = got(r.integer())
	case name == "StreamCreationTimestamp":
		op.created = got(r.instant())
	case name == "ShardFilter":
		op.filter.read(r)
	case !op.streamRef.field(name, r):
		r.skip()
	}
}

func (f *shardFilter) read(r reader) {
	*f = shardFilter{set: r.object()}
	if !f.set {
		return
	}
	for name, more := r.field(); more; name, more = r.field() {
		switch name {
		case "Type":
			f.kind = got(r.text())
		case "ShardId":
			f.shard = got(r.text())
		case "Timestamp":
			f.at = got(r.instant())
		default:
			r.skip()
		}
	}
}

func (op *listShards) check(v *violations) {
	v.text("exclusiveStartShardId", op.after, 1, 128, namePattern)
	v.number("maxResults", op.results, 1, 10_000)
	v.text("nextToken", op.token, 1, 1<<20, nil)
	if op.filter.set {
		v.required("shardFilter.type", op.filter.kind.set)
		v.oneOf("shardFilter.type", op.filter.kind,
			"AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", atTimestamp, "FROM_TIMESTAMP")
		v.text("shardFilter.shardId", op.filter.shard, 1, 128, namePattern)
	}
	op.streamRef.check(v)
}

func (op *listShards) run(_ context.Context, s *Server, w writer) error {
	info, from, err := op.start(s)
	if err != nil {
		return err
	}
	to := min(info.Shards, from+int(min(op.results.or(mostShards), mostShards)))
	w.object()
	w.field("Shards")
	writeShards(w, info, from, to)
	if to < info.Shards {
		w.field("NextToken")
		w.text(s.sealShardPage(info, to))
	}
	w.end()
	return nil
}

// start is the stream and the index of the first shard to list.
func (op *listShards) start(s *Server) (StreamInfo, int, error) {
	if op.token.set {
		if beside := op.besideToken(); beside != "" {
			return StreamInfo{}, 0, invalidArgument("NextToken and %s cannot be provided together.", beside)
		}
		return s.openShardPage(op.token.value)
	}
	if !op.given() {
		return StreamInfo{}, 0, invalidArgument("Either NextToken or StreamName should be provided.")
	}
	info, err := op.find(s)
	if err != nil {
		return info, 0, err
	}
	if op.created.set && op.created.value/1000 != info.Created {
		return info, 0, s.streamNotFound(info.Name)
	}
	from, err := s.shardAfter(info, op.after)
	if err != nil {
		return info, 0, err
	}
	skip, err := op.filter.skip(s, info)
	return info, max(from, skip), err
}

// besideToken is the first member that may not be there beside a NextToken, which says all of that itself.
func (op *listShards) besideToken() string {
	switch {
	case op.name.set:
		return "StreamName"
	case op.arn.set:
		return "StreamARN"
	case op.after.set:
		return "ExclusiveStartShardId"
	case op.created.set:
		return "StreamCreationTimestamp"
	case op.filter.set:
		return "ShardFilter"
	}
	return ""
}

// skip is how many shards from the first on the filter leaves out.
func (f *shardFilter) skip(s *Server, info StreamInfo) (int, error) {
	switch {
	case !f.set:
		return 0, nil
	case f.kind.value == "AFTER_SHARD_ID":
		if !f.shard.set {
			return 0, invalidArgument("The ShardFilter AFTER_SHARD_ID needs a ShardId.")
		}
		return s.shardAfter(info, f.shard)
	case f.kind.value == atTimestamp || f.kind.value == "FROM_TIMESTAMP":
		if !f.at.set {
			return 0, invalidArgument("The ShardFilter %s needs a Timestamp.", f.kind.value)
		}
		if now := s.cfg.Now().UnixMilli(); f.at.value > now {
			return 0, invalidArgument("The ShardFilter's Timestamp cannot be greater than the current time. Timestamp: %d, now: %d", f.at.value, now)
		}
	}
	// A time before the stream counts as its beginning, so every shard was open.
	return 0, nil
}

func (s *Server) sealShardPage(info StreamInfo, next int) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(info.Created))
	b = binary.BigEndian.AppendUint32(b, uint32(next))
	return s.tokens.seal(shardsToken, append(b, info.Name...))
}

func (s *Server) openShardPage(token string) (StreamInfo, int, error) {
	content, fault := s.openPage(shardsToken, token)
	if fault != nil {
		return StreamInfo{}, 0, fault
	}
	name := string(content[12:])
	info, ok := s.log.Stream(name)
	if !ok || info.Created != int64(binary.BigEndian.Uint64(content)) {
		return info, 0, s.streamNotFound(name)
	}
	return info, min(info.Shards, int(binary.BigEndian.Uint32(content[8:]))), nil
}
