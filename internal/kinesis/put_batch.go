package kinesis

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/penstock/penstock/internal/event"
)

// batch is the records of one put request on their way into the shards of a stream.
type batch struct {
	entries []entry
	// puts are the records in order of their shards and, within a shard, of the request.
	puts  []event.Put
	parts []part
}

// putBuffers is the memory of a batch, which is used again.
type putBuffers struct{ batch batch }

// part is what goes into one shard, and what became of it.
type part struct {
	shard      int
	start, end int // in batch.puts
	appended   Appended
	err        error
}

// begin empties the batch for another request.
func (b *batch) begin() {
	b.entries = b.entries[:0]
	b.puts = b.puts[:0]
	b.parts = b.parts[:0]
}

// next is the entry to read the next record into.
func (b *batch) next() *entry {
	b.entries = slices.Grow(b.entries, 1)
	b.entries = b.entries[:len(b.entries)+1]
	return &b.entries[len(b.entries)-1]
}

// route finds the shard of every record and lays out puts and parts.
func (b *batch) route(info StreamInfo) *failure {
	b.parts = slices.Grow(b.parts[:0], info.Shards)[:info.Shards]
	for i := range b.parts {
		b.parts[i] = part{shard: i}
	}
	keys := newKeyspace(info.Shards)
	for i := range b.entries {
		e := &b.entries[i]
		e.shard = 0
		if info.Shards > 1 || e.hash.set { // the only shard takes every key
			h, fault := e.hashKey()
			if fault != nil {
				return fault
			}
			e.shard = keys.shardOf(h)
		}
		b.parts[e.shard].end++
	}
	b.layOut()
	return nil
}

// layOut turns the counts in parts[].end into ranges of puts and fills them.
func (b *batch) layOut() {
	n := len(b.entries)
	b.puts = slices.Grow(b.puts[:0], n)[:n]
	at := 0
	for i := range b.parts {
		p := &b.parts[i]
		p.start, p.end, at = at, at, at+p.end
	}
	for i := range b.entries {
		e := &b.entries[i]
		p := &b.parts[e.shard]
		e.place = p.end
		b.puts[p.end] = event.Put{PartitionKey: e.key.value, Data: e.data}
		p.end++
	}
}

// append makes the records durable, all shards at the same time, and returns when every shard
// has answered. Shards fail on their own.
func (b *batch) append(ctx context.Context, log Appender, stream string) {
	var rest sync.WaitGroup
	var own *part // one shard is left to this goroutine
	for i := range b.parts {
		p := &b.parts[i]
		if p.start == p.end {
			continue
		}
		if own != nil {
			rest.Go(func() { b.appendPart(ctx, log, stream, p) })
			continue
		}
		own = p
	}
	b.appendPart(ctx, log, stream, own)
	rest.Wait()
}

// appendPart appends the records of one shard. A panic in there stays a failure of that shard, as it
// may happen on a goroutine of its own, where it would end the process.
func (b *batch) appendPart(ctx context.Context, log Appender, stream string, p *part) {
	defer func() {
		if v := recover(); v != nil {
			p.err = fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	p.appended, p.err = log.Append(ctx, stream, p.shard, b.puts[p.start:p.end])
}

// unclear tells whether a shard failed without saying that it is done with the records' memory.
func (b *batch) unclear() bool {
	return slices.ContainsFunc(b.parts, func(p part) bool {
		return p.err != nil && !errors.Is(p.err, event.ErrThrottled) && !errors.Is(p.err, event.ErrNotFound)
	})
}

// number appends the sequence number of an entry that was appended.
func (b *batch) number(dst []byte, shard event.Shard, e *entry) []byte {
	p := &b.parts[e.shard]
	return shard.AppendSequenceNumber(dst, p.appended.First+uint64(e.place-p.start), p.appended.Arrived)
}
