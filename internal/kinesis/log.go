package kinesis

import (
	"context"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// Log is the durable log behind the front door. Every method is called from many goroutines at
// once.
type Log interface {
	Streams
	Appender
	Reader
}

// Streams is what the front door needs to know and change about streams.
type Streams interface {
	// CreateStream makes a stream that takes records when it returns. event.ErrExists: there is
	// one of that name.
	CreateStream(ctx context.Context, info StreamInfo) error
	// DeleteStream removes a stream with its records. event.ErrNotFound; event.ErrInUse when a
	// pipeline reads it.
	DeleteStream(ctx context.Context, name string) error
	// Stream is asked for on every request, so it must not touch the disk. The answer's Tags
	// are read only.
	Stream(name string) (StreamInfo, bool)
	// Streams lists all streams by ascending name.
	Streams() []StreamInfo
	// UpdateStream lets change alter retention, tags and record limit, and makes the result
	// durable, or returns change's error and alters nothing. change may replace Tags but not
	// write into the map it finds. event.ErrNotFound.
	UpdateStream(ctx context.Context, name string, change func(*StreamInfo) error) error
}

// Appender takes records.
type Appender interface {
	// Append makes puts durable in their order, as consecutive records of one shard, and only
	// then returns: all of them or an error. Data and PartitionKey live in memory that the
	// caller uses again, so nothing of them may be kept once Append has returned without an
	// error. event.ErrThrottled: nothing was stored, try later. event.ErrNotFound.
	Append(ctx context.Context, stream string, shard int, puts []event.Put) (Appended, error)
}

// Reader reads records back.
type Reader interface {
	// Bounds are the first retained and the last sequence of a shard; first is last+1 when it is
	// empty. It is called for every GetRecords and must not touch the disk. event.ErrNotFound.
	Bounds(stream string, shard int) (first, last uint64, err error)
	// Fetch returns records from sequence from on, without waiting for new ones: at most
	// maxRecords and about maxBytes of data, but at least one if there is one. The records stay
	// valid as long as they are referenced.
	Fetch(ctx context.Context, stream string, shard int, from uint64, maxRecords, maxBytes int) ([]event.Record, error)
	// SeekTime is the sequence of the first record that arrived at or after millis (since 1970),
	// last+1 if there is none.
	SeekTime(ctx context.Context, stream string, shard int, millis int64) (uint64, error)
}

// StreamInfo is what the log knows about a stream.
type StreamInfo struct {
	Name string
	// Created is in seconds since 1970. It is part of every sequence number of the stream.
	Created int64
	// Shards is the number of open shards, with indexes from 0.
	Shards int
	// Retention is how long records can be read.
	Retention time.Duration
	Tags      map[string]string
	// MaxRecordBytes limits data and partition key of one record together; 0 means
	// Config.MaxRecordBytes.
	MaxRecordBytes int
	// Mode is PROVISIONED or ON_DEMAND, as it was asked for; empty means PROVISIONED. It is
	// remembered and changes nothing.
	Mode string
}

// Appended tells the positions records got: the first has sequence First, the next First+1.
type Appended struct {
	First uint64
	// Arrived is the arrival time of all of them, in milliseconds since 1970.
	Arrived int64
}
