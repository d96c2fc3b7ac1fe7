package stream

import "github.com/penstock/penstock/internal/event"

// Newest gives the first records of the shard's newest chunk, at most n, if the chunk is in memory,
// which it is while somebody reads the shard as fast as it grows. It reads nothing from the disk and
// decodes nothing else, so that one may glance at a stream of any speed; ok is false when there is
// nothing to be had this way. The records stay valid as long as they are referenced.
func (l *Log) Newest(stream string, shard, n int) (records []event.Record, ok bool) {
	s, err := l.shard(stream, shard)
	if err != nil {
		return nil, false
	}
	chunk, ok := s.recent.newest()
	if !ok {
		return nil, false
	}
	records, err = chunk.decodeFirst(n, chunk.payload)
	return records, err == nil && len(records) > 0
}

// newest is the chunk added last, while it is here.
func (r *recent) newest() (recentChunk, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.mu.chunks)
	if n == 0 {
		return recentChunk{}, false
	}
	return r.mu.chunks[n-1], true
}
