package kinesis

import (
	"fmt"
	"strconv"
)

// entry is one record of a put request. Data, key and hash are views of the request's memory.
type entry struct {
	present bool // the element was not null
	hasData bool
	data    []byte
	key     text
	hash    text
	// shard and place are where the record goes: place counts in batch.puts.
	shard, place int
}

// read reads a record as an element of a list.
func (e *entry) read(r reader) {
	*e = entry{present: r.object()}
	if !e.present {
		return
	}
	for name, more := r.field(); more; name, more = r.field() {
		if !e.field(name, r) {
			r.skip()
		}
	}
}

// field reads a member if it is one of a record.
func (e *entry) field(name string, r reader) bool {
	switch name {
	case "Data":
		e.data, e.hasData = r.blob()
	case "PartitionKey":
		e.key = got(r.view())
	case "ExplicitHashKey":
		e.hash = got(r.view())
	default:
		return false
	}
	return true
}

// sound tells quickly whether check would find nothing.
func (e *entry) sound() bool {
	return e.hasData && len(e.data) <= maxRecordBytes &&
		e.key.value != "" && len(e.key.value) <= maxPartitionKey && !e.hash.set
}

// check adds what is wrong with the record; prefix is the path of the record in the request.
func (e *entry) check(v *violations, prefix string) {
	v.required(prefix+"partitionKey", e.key.set)
	v.text(prefix+"partitionKey", e.key, 1, maxPartitionKey, nil)
	if e.hash.set {
		v.text(prefix+"explicitHashKey", e.hash, 0, 39, hashKeyPattern)
	}
	v.required(prefix+"data", e.hasData)
	if e.hasData {
		v.length(e.buffer(), prefix+"data", len(e.data), 0, maxRecordBytes)
	}
}

// buffer is how AWS shows a blob in error texts.
func (e *entry) buffer() string {
	n := strconv.Itoa(len(e.data))
	return "'java.nio.HeapByteBuffer[pos=0 lim=" + n + " cap=" + n + "]'"
}

// size is what counts against limits: the data and the key.
func (e *entry) size() int { return len(e.data) + len(e.key.value) }

// tooLarge is the answer to a record over its stream's limit.
func (e *entry) tooLarge(limit int, path string) *failure {
	var v violations
	if len(e.data) > limit {
		v.length(e.buffer(), path, len(e.data), 0, limit)
	} else {
		v.add(e.buffer(), path, fmt.Sprintf("Data and partition key must together have length less than or equal to %d", limit))
	}
	return v.failure()
}

// hashKey is the place of the record in the stream's key space.
func (e *entry) hashKey() (hashKey, *failure) {
	if !e.hash.set {
		return hashPartitionKey(e.key.value), nil
	}
	h, ok := parseHashKey(e.hash.value)
	if !ok {
		return h, invalidArgument("Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "+
			"Specified value was %s", clip([]byte(e.hash.value)))
	}
	return h, nil
}
