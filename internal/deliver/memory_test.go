package deliver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/deliver"
	"github.com/penstock/penstock/internal/event"
)

// memoryLog is a shard of the log in memory, read in chunks.
type memoryLog struct {
	mu      sync.Mutex
	first   uint64
	records []event.Record
	more    chan struct{} // closed at the next append
	chunk   int
	reads   int
	failing error // of every Next
	hole    catalog.Range
	told    bool // Missing knows of the hole; otherwise only reading shows it
}

func newMemoryLog() *memoryLog {
	return &memoryLog{first: 1, more: make(chan struct{}), chunk: 7}
}

const firstArrival = 1_800_000_000_000

func (l *memoryLog) append(events ...[]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, data := range events {
		n := l.first + uint64(len(l.records))
		l.records = append(l.records, event.Record{
			Sequence: n, Arrived: firstArrival + int64(n), PartitionKey: fmt.Sprintf("key-%d", n), Data: data,
		})
	}
	close(l.more)
	l.more = make(chan struct{})
}

// cut loses all records before first.
func (l *memoryLog) cut(first uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = l.records[first-l.first:]
	l.first = first
}

// lose loses the records first..last from the middle or the end.
func (l *memoryLog) lose(first, last uint64, told bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hole, l.told = catalog.Range{First: first, Last: last}, told
}

func (l *memoryLog) Missing(seq uint64) (uint64, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.told && l.hole.First <= seq && seq <= l.hole.Last {
		return l.hole.Last, true
	}
	return l.first - 1, seq < l.first
}

func (l *memoryLog) last() uint64 {
	_, last, _ := l.Bounds()
	return last
}

func (l *memoryLog) readSoFar() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reads
}

func (l *memoryLog) Bounds() (uint64, uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first, l.first + uint64(len(l.records)) - 1, nil
}

func (l *memoryLog) Tail(_ context.Context, from uint64) (deliver.Tail, error) {
	return &memoryTail{log: l, next: from}, nil
}

func (l *memoryLog) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failing = err
	close(l.more)
	l.more = make(chan struct{})
}

type memoryTail struct {
	log   *memoryLog
	next  uint64
	slice []event.Record
}

func (t *memoryTail) Next(ctx context.Context) ([]event.Record, error) {
	for {
		records, more, err := t.read()
		if err != nil || len(records) > 0 {
			return records, err
		}
		if more == nil {
			continue // nothing but a hole
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-more:
		}
	}
}

func (t *memoryTail) read() ([]event.Record, <-chan struct{}, error) {
	l := t.log
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failing != nil {
		return nil, nil, l.failing
	}
	t.next = max(t.next, l.first)
	at := int(t.next - l.first)
	if at >= len(l.records) {
		return nil, l.more, nil
	}
	l.reads++
	clear(t.slice) // what the reader kept of the last call is no longer valid
	t.slice = t.slice[:0]
	for _, r := range l.records[at:min(at+l.chunk, len(l.records))] {
		if t.next++; l.hole.First > r.Sequence || l.hole.Last < r.Sequence {
			t.slice = append(t.slice, r)
		}
	}
	return t.slice, nil, nil
}

func (t *memoryTail) Pending() bool { return t.next <= t.log.last() }
func (t *memoryTail) Close()        {}

var (
	errTaken = errors.New("the name is taken")
	errAway  = errors.New("the lake is away")
)

func taken(err error) bool { return errors.Is(err, errTaken) }

// memoryLake is a lake in memory.
type memoryLake struct {
	mu    sync.Mutex
	files map[string][]byte
	away  bool
	tried chan struct{} // gets a token at every attempt while away, if there is room
}

func newMemoryLake() *memoryLake {
	return &memoryLake{files: map[string][]byte{}, tried: make(chan struct{}, 1)}
}

func (l *memoryLake) Put(ctx context.Context, name string, body []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.away {
		select {
		case l.tried <- struct{}{}:
		default:
		}
		return errAway
	}
	if old, exists := l.files[name]; exists && !bytes.Equal(old, body) {
		return errTaken
	}
	l.files[name] = bytes.Clone(body)
	return nil
}

func (l *memoryLake) setAway(away bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.away = away
}

func (l *memoryLake) get(name string) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.files[name]
}

func (l *memoryLake) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.files)
}
