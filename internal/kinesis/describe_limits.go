package kinesis

import "context"

// describeLimits tells how many shards there are and may be.
type describeLimits struct{}

func (*describeLimits) field(_ string, r reader) { r.skip() }

func (*describeLimits) check(*violations) {}

func (*describeLimits) run(_ context.Context, s *Server, w writer) error {
	count := int64(0)
	for _, info := range s.log.Streams() {
		if info.Mode == onDemand {
			count++
		}
	}
	w.object()
	w.field("ShardLimit")
	w.integer(int64(s.cfg.MaxShards))
	w.field("OpenShardCount")
	w.integer(int64(s.openShards()))
	w.field("OnDemandStreamCount")
	w.integer(count)
	w.field("OnDemandStreamCountLimit")
	w.integer(int64(s.cfg.MaxShards))
	w.end()
	return nil
}
