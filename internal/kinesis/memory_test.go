package kinesis

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/penstock/penstock/internal/event"
)

// memory is a Log in memory. Unlike the real one it can be told to fail, and it takes its clock
// from the test.
type memory struct {
	now func() int64 // milliseconds

	mu      sync.Mutex
	streams map[string]*memoryStream
	// fail is asked before each append.
	fail func(stream string, shard int) error
}

type memoryStream struct {
	info   StreamInfo
	shards []memoryShard
}

type memoryShard struct {
	trimmed uint64
	records []event.Record
}

func newMemory(now func() int64, streams ...StreamInfo) *memory {
	m := &memory{now: now, streams: map[string]*memoryStream{}}
	for _, info := range streams {
		if err := m.CreateStream(context.Background(), info); err != nil {
			panic(err)
		}
	}
	return m
}

func (m *memory) CreateStream(_ context.Context, info StreamInfo) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.streams[info.Name] != nil {
		return event.ErrExists
	}
	m.streams[info.Name] = &memoryStream{info: info, shards: make([]memoryShard, info.Shards)}
	return nil
}

func (m *memory) DeleteStream(_ context.Context, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.streams[name] == nil:
		return fmt.Errorf("stream %s: %w", name, event.ErrNotFound)
	case strings.HasPrefix(name, "pipeline"):
		return event.ErrInUse
	}
	delete(m.streams, name)
	return nil
}

func (m *memory) Stream(name string) (StreamInfo, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.streams[name]
	if s == nil {
		return StreamInfo{}, false
	}
	return s.info, true
}

func (m *memory) Streams() (all []StreamInfo) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(m.streams)) {
		all = append(all, m.streams[name].info)
	}
	return all
}

func (m *memory) UpdateStream(_ context.Context, name string, change func(*StreamInfo) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.streams[name]
	if s == nil {
		return event.ErrNotFound
	}
	info := s.info
	if err := change(&info); err != nil {
		return err
	}
	s.info = info
	return nil
}

func (m *memory) Append(_ context.Context, stream string, shard int, puts []event.Put) (Appended, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.fail != nil {
		if err := m.fail(stream, shard); err != nil {
			return Appended{}, err
		}
	}
	s, err := m.shard(stream, shard)
	if err != nil {
		return Appended{}, err
	}
	first := s.trimmed + uint64(len(s.records)) + 1
	for i, p := range puts {
		s.records = append(s.records, event.Record{Sequence: first + uint64(i), Arrived: m.now(),
			PartitionKey: strings.Clone(p.PartitionKey), Data: slices.Clone(p.Data)})
	}
	return Appended{First: first, Arrived: m.now()}, nil
}

// shard needs the lock.
func (m *memory) shard(stream string, index int) (*memoryShard, error) {
	s := m.streams[stream]
	if s == nil || index >= len(s.shards) {
		return nil, event.ErrNotFound
	}
	return &s.shards[index], nil
}

func (m *memory) Bounds(stream string, shard int) (first, last uint64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.shard(stream, shard)
	if err != nil {
		return 0, 0, err
	}
	return s.trimmed + 1, s.trimmed + uint64(len(s.records)), nil
}

func (m *memory) Fetch(_ context.Context, stream string, shard int, from uint64, maxRecords, maxBytes int) (found []event.Record, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.shard(stream, shard)
	if err != nil {
		return nil, err
	}
	for _, r := range s.records {
		if r.Sequence < from {
			continue
		}
		maxBytes -= len(r.Data) + len(r.PartitionKey)
		if len(found) == maxRecords || len(found) > 0 && maxBytes < 0 {
			break
		}
		found = append(found, r)
	}
	return found, nil
}

func (m *memory) SeekTime(_ context.Context, stream string, shard int, millis int64) (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.shard(stream, shard)
	if err != nil {
		return 0, err
	}
	for _, r := range s.records {
		if r.Arrived >= millis {
			return r.Sequence, nil
		}
	}
	return s.trimmed + uint64(len(s.records)) + 1, nil
}

// trim drops the records before a sequence, as retention does.
func (m *memory) trim(stream string, shard int, before uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := &m.streams[stream].shards[shard]
	for s.trimmed+1 < before {
		s.trimmed++
		s.records = s.records[1:]
	}
}
