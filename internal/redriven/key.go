// Package redriven says where an event that is sent again came from. A redrive in the cloud can only PUT: the
// record gets a new position. So that the warehouse knows copies of one event, and drops all but one, its partition
// key carries the position it had; the event's bytes stay as they were sent.
//
// Anybody who may put records may write such a key, with any position in it. So a redriven event never takes the
// position it names: its row lies under a shard that Kinesis never has, and under a checksum of the event. It can
// only be taken for an event with the same bytes, and no key that a producer makes up can hide another's event.
package redriven

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"unicode/utf8"
)

// prefix begins the partition keys of redriven records.
const prefix = "penstock-redriven|"

// shardMark begins the column _shard of a redriven event's row. Kinesis' shards begin with "shardId-".
const shardMark = "redriven-"

// sumBytes of the event's SHA-256 are in its position: to find other bytes with the same is beyond anybody.
const sumBytes = 16

// maxKey is how many characters a partition key may have (Kinesis, PutRecords).
const maxKey = 256

// maxPart bounds shard and sequence number; Kinesis' have 20 and up to 65 characters.
const maxPart = 96

// Origin is where an event was first.
type Origin struct {
	// Shard and Sequence are those of the event's first row in the quarantine. An event that had no position has
	// one made of where it was found.
	Shard, Sequence string
	// Key is the partition key it was sent with; its end may be cut off.
	Key string
}

// PartitionKey is the key for the record that carries the event again; ok is false if Shard or Sequence cannot be
// part of one.
func (o Origin) PartitionKey() (key string, ok bool) {
	for _, part := range []string{o.Shard, o.Sequence} {
		if part == "" || len(part) > maxPart || !utf8.ValidString(part) || strings.Contains(part, "|") {
			return "", false
		}
	}
	key = prefix + o.Shard + "|" + o.Sequence + "|" + o.Key
	if utf8.RuneCountInString(key) > maxKey {
		key = string([]rune(key)[:maxKey])
	}
	return key, true
}

// Parse reads a partition key; ok is false for any that no redrive made.
func Parse(key string) (o Origin, ok bool) {
	rest, found := strings.CutPrefix(key, prefix)
	if !found {
		return Origin{}, false
	}
	parts := strings.SplitN(rest, "|", 3)
	if len(parts) != 3 || parts[0] == "" || parts[1] == "" || len(parts[0]) > maxPart || len(parts[1]) > maxPart {
		return Origin{}, false
	}
	return Origin{Shard: parts[0], Sequence: parts[1], Key: parts[2]}, true
}

// Position is what _shard and _sequence hold for an event that was sent again. It is that of no event that
// arrived by itself, and two events that were redriven have the same only if their bytes are the same.
func (o Origin) Position(data []byte) (shard, sequence string) {
	sum := sha256.New()
	_, _ = io.WriteString(sum, o.Shard+"|"+o.Sequence+"|") // a hash never fails
	_, _ = sum.Write(data)
	return shardMark + o.Shard, o.Sequence + "-" + hex.EncodeToString(sum.Sum(nil)[:sumBytes])
}

// First is the shard and sequence number an event had at first, of those in a row: what Position added is taken
// off, so that an event which is refused once more is not another one after the next redrive.
func First(shard, sequence string) (firstShard, firstSequence string) {
	first, marked := strings.CutPrefix(shard, shardMark)
	end := len(sequence) - 2*sumBytes - 1
	if !marked || end < 1 || sequence[end] != '-' {
		return shard, sequence
	}
	return first, sequence[:end]
}
