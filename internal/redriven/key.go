// Package redriven says where an event that is sent again came from. A redrive in the cloud can only PUT: the
// record gets a new position. So that the warehouse knows it as the event it was, and drops it if it comes
// twice, its partition key carries the position it had; the event's bytes stay as they were sent.
package redriven

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// prefix begins the partition keys of redriven records. Services that put events under such a key of their own
// name positions of their own, which is their right as of any other field.
const prefix = "penstock-redriven|"

// maxKey is how many characters a partition key may have (Kinesis, PutRecords).
const maxKey = 256

// maxPart bounds shard and sequence number; Kinesis' have 20 and up to 65 characters.
const maxPart = 96

// Origin is where an event was first.
type Origin struct {
	// Shard and Sequence are the columns _shard and _sequence of the event's row in the quarantine. An event that
	// had no position has one made of where it was found.
	Shard, Sequence string
	// ArrivedMillis is when it arrived, in milliseconds since 1970.
	ArrivedMillis int64
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
	key = prefix + o.Shard + "|" + o.Sequence + "|" + strconv.FormatInt(o.ArrivedMillis, 10) + "|" + o.Key
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
	parts := strings.SplitN(rest, "|", 4)
	if len(parts) != 4 || parts[0] == "" || parts[1] == "" || len(parts[0]) > maxPart || len(parts[1]) > maxPart {
		return Origin{}, false
	}
	millis, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || millis < 0 {
		return Origin{}, false
	}
	return Origin{Shard: parts[0], Sequence: parts[1], ArrivedMillis: millis, Key: parts[3]}, true
}
