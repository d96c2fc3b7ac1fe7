package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/penstock/penstock/internal/event"
)

// cachedChunks is how many chunks are kept decoded for Fetch, in all: readers come back for the
// rest of a chunk many times. At most about 5 MiB each.
const cachedChunks = 4

// cachedChunk is a decoded chunk.
type cachedChunk struct {
	shard   *shard
	at      uint64 // its JetStream sequence
	header  header
	records []event.Record
}

// chunkCache keeps the chunks read last. Safe for concurrent use.
type chunkCache struct {
	mu   sync.Mutex
	ring [cachedChunks]cachedChunk
	hand int
}

// holding is the chunk of s that holds seq, and the place to look for it if the chunk before it is
// known; 0 otherwise.
func (c *chunkCache) holding(s *shard, seq uint64) (chunk cachedChunk, ok bool, at uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, chunk := range c.ring {
		if chunk.shard != s {
			continue
		}
		if chunk.header.First <= seq && seq < chunk.header.next() {
			return chunk, true, chunk.at
		}
		if chunk.header.next() == seq {
			at = chunk.at + 1
		}
	}
	return cachedChunk{}, false, at
}

func (c *chunkCache) keep(chunk cachedChunk) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ring[c.hand] = chunk
	c.hand = (c.hand + 1) % cachedChunks
}

// Fetch reads records from sequence from on, or from the first retained one after it, without
// waiting for any: at most maxRecords, and no more than maxBytes of keys and data, but at least one
// if there is one. The records may be shared with other readers.
func (l *Log) Fetch(ctx context.Context, stream string, shard int, from uint64, maxRecords, maxBytes int) ([]event.Record, error) {
	s, err := l.shard(stream, shard)
	if err != nil {
		return nil, err
	}
	b := s.bounds()
	var out []event.Record
	for from = max(from, b.first); from <= b.last && len(out) < maxRecords; {
		chunk, err := s.chunkWith(ctx, from)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		var full bool
		from = max(from, chunk.header.First)
		records := chunk.records[from-chunk.header.First:]
		out, maxBytes, full = take(out, records, maxRecords, maxBytes)
		if full {
			return out, nil
		}
		from = chunk.header.next()
	}
	return out, nil
}

// take moves records to out until a limit is met; full says that one was.
func take(out, records []event.Record, maxRecords, maxBytes int) (_ []event.Record, left int, full bool) {
	n := 0
	for n < len(records) && len(out)+n < maxRecords {
		size := len(records[n].PartitionKey) + len(records[n].Data)
		if size > maxBytes && len(out)+n > 0 {
			full = true
			break
		}
		maxBytes -= size
		n++
	}
	if out == nil {
		return records[:n:n], maxBytes, full
	}
	return append(out, records[:n]...), maxBytes, full
}

// chunkWith reads the chunk with the record seq, or the first one after it with records.
func (s *shard) chunkWith(ctx context.Context, seq uint64) (cachedChunk, error) {
	chunk, ok, at := s.log.chunks.holding(s, seq)
	if ok {
		return chunk, nil
	}
	if at == 0 {
		var err error
		if at, err = s.locate(ctx, seq); err != nil {
			return cachedChunk{}, err
		}
	}
	for ; ; at = chunk.at + 1 {
		var err error
		if chunk, err = s.readChunk(ctx, at); err != nil {
			return cachedChunk{}, err
		}
		if chunk.header.next() > seq && chunk.header.Count > 0 {
			s.log.chunks.keep(chunk)
			return chunk, nil
		}
	}
}

// readChunk reads and decodes the first chunk at or after the JetStream sequence at.
func (s *shard) readChunk(ctx context.Context, at uint64) (cachedChunk, error) {
	msg, err := s.store.at(ctx, at)
	if err != nil {
		return cachedChunk{}, err
	}
	chunk := cachedChunk{shard: s, at: msg.Sequence}
	if chunk.header, err = parseHeader(msg.Data); err == nil {
		chunk.records, err = chunk.header.decode(make([]event.Record, 0, chunk.header.Count), msg.Data)
	}
	if err != nil {
		return cachedChunk{}, fmt.Errorf("message %d of %s: %w", at, s.store.name, err)
	}
	s.places.learn(place{First: chunk.header.First, Arrived: chunk.header.Arrived, At: chunk.at})
	return chunk, nil
}
