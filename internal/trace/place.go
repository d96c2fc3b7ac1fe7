package trace

import (
	"strconv"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// place names one record.
type place struct {
	shard    int
	position uint64
}

// known is a record and what is known of it before it is looked for.
type known struct {
	place
	by string
	// sequence is its number; empty if only the position is known.
	sequence string
	// record is there if the log was read already.
	record *event.Record
}

// parsePlace reads a sequence number of one of the stream's shards, or shard:position, such as
// shardId-000000000000:42 or 0/42.
func (t *Tracer) parsePlace(key string) (known, bool) {
	if number, err := event.ParseSequenceNumber(key); err == nil {
		i := number.Shard.Index
		if i >= len(t.cfg.Shards) || t.cfg.Shards[i].Created != number.Shard.Created || number.Sequence == 0 {
			return known{}, false
		}
		return known{place: place{i, number.Sequence}, by: BySequence, sequence: key}, true
	}
	at := strings.LastIndexAny(key, ":/")
	if at < 0 {
		return known{}, false
	}
	shard, ok := event.ParseShardID(key[:at])
	position, err := strconv.ParseUint(key[at+1:], 10, 64)
	if !ok || err != nil || shard >= len(t.cfg.Shards) || position == 0 {
		return known{}, false
	}
	return known{place: place{shard, position}, by: BySequence}, true
}

// lastMillis is the greatest time a sequence number can hold.
const lastMillis = (1<<36 - 1) * 1000

// numbers are bounds of the sequence numbers the record may have: one, if it is known.
func (t *Tracer) numbers(k known) (low, high string) {
	if k.sequence != "" {
		return k.sequence, k.sequence
	}
	shard := t.cfg.Shards[k.shard]
	return shard.SequenceNumber(k.position, 0), shard.SequenceNumber(k.position, lastMillis)
}
