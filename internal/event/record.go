package event

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Record is an event as the stream carries it.
type Record struct {
	// Sequence is the record's dense index in its shard: the first record ever is 1, the next 2.
	// What a client sees is Shard.SequenceNumber of it.
	Sequence uint64
	// Arrived is when the record was made durable, in milliseconds since 1970 UTC. It never
	// decreases within a shard, whatever the clock does.
	Arrived int64
	// PartitionKey is 1 to 256 characters, as the producer sent it.
	PartitionKey string
	// Data is the event's bytes. A reader must not change them; they stay valid as long as the
	// Record is referenced.
	Data []byte
}

// Put is a record on its way into a stream: what a producer sends.
type Put struct {
	PartitionKey string
	Data         []byte
}

// ArrivedAt is Arrived as a time in UTC.
func (r Record) ArrivedAt() time.Time { return time.UnixMilli(r.Arrived).UTC() }

// Shard names one shard of one stream.
type Shard struct {
	Stream string
	// Index counts shards of a stream from 0; it is never used again.
	Index int
	// Created is the shard's creation time in seconds since 1970; it is part of every sequence
	// number of the shard.
	Created int64
}

// ID is the shard's name on the wire: "shardId-" and twelve digits.
func (s Shard) ID() string { return ShardID(s.Index) }

// ShardID is the wire name of the shard with the given index.
func ShardID(index int) string { return fmt.Sprintf("shardId-%012d", index) }

// ParseShardID accepts the full form and the short ones AWS accepts ("shardId-3", "3").
func ParseShardID(id string) (index int, ok bool) {
	digits := strings.TrimPrefix(id, "shardId-")
	if digits == "" || len(digits) > 12 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 32)
	return int(n), err == nil
}

// Position is a place in a shard. Sequence 0 is before the first record.
type Position struct {
	Shard    int
	Sequence uint64
}

func (p Position) String() string { return fmt.Sprintf("%s/%d", ShardID(p.Shard), p.Sequence) }
