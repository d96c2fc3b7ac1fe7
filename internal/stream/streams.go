package stream

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/penstock/penstock/internal/event"
)

const maxShards = 1000

// check fills in defaults and says everything that is wrong with i.
func (i *Info) check(now int64) error {
	var faults []error
	faults = append(faults, checkName(i.Name))
	if i.Shards < 1 || i.Shards > maxShards {
		faults = append(faults, fmt.Errorf("stream %s: %d shards; give 1 to %d", i.Name, i.Shards, maxShards))
	}
	if i.Retention < 0 {
		faults = append(faults, fmt.Errorf("stream %s: retention %s is negative", i.Name, i.Retention))
	}
	if i.MaxRecordBytes == 0 {
		i.MaxRecordBytes = 1 << 20
	}
	if i.MaxRecordBytes < 1 || i.MaxRecordBytes > maxRecordBytes {
		faults = append(faults, fmt.Errorf("stream %s: records of %d bytes; give 1 to %d", i.Name, i.MaxRecordBytes, maxRecordBytes))
	}
	if i.Created == 0 {
		i.Created = now
	}
	return errors.Join(faults...)
}

// CreateStream makes a stream, durably: after a crash it is there whole or not at all. It answers
// event.ErrExists if there is one of that name.
func (l *Log) CreateStream(ctx context.Context, info Info) error {
	if err := info.check(l.cfg.Clock().Unix()); err != nil {
		return err
	}
	if err := l.disk.admitEntry(0); err != nil {
		return err
	}
	ctx, cancel := l.whileOpen(ctx)
	defer cancel()
	l.changing.Lock()
	defer l.changing.Unlock()
	if _, err := l.find(info.Name); !errors.Is(err, event.ErrNotFound) {
		if err != nil {
			return err
		}
		return fmt.Errorf("stream %s: %w", info.Name, event.ErrExists)
	}
	l.lastID = max(l.lastID+1, l.registry.list.NextID)
	entry := registryStream{ID: l.lastID, Info: info.clone()}
	opened, err := l.makeStream(ctx, entry)
	if err != nil {
		return errors.Join(err, l.unmake(ctx, entry))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.streams[info.Name] = opened
	return nil
}

// unmake takes back a stream that could not be made whole. As long as the registry lists it, its
// shards stay, so that the next Open finds all of it.
func (l *Log) unmake(ctx context.Context, entry registryStream) error {
	listed := slices.ContainsFunc(l.registry.list.Streams, func(s registryStream) bool { return s.ID == entry.ID })
	if listed {
		if err := l.registry.change(ctx, func(list *registryEntry) { list.remove(entry.ID) }); err != nil {
			return err
		}
	}
	return l.removeShards(ctx, entry)
}

// makeStream makes the shards, then the entry in the registry, from which on the stream exists.
func (l *Log) makeStream(ctx context.Context, entry registryStream) (*stream, error) {
	for index := range entry.Shards {
		store := newStore(l.cfg, l.engines, shardName(entry.ID, index, entry.Name))
		if err := store.create(ctx, l.cfg.Dir); err != nil {
			return nil, err
		}
	}
	if err := l.registry.change(ctx, func(list *registryEntry) { list.put(entry) }); err != nil {
		return nil, err
	}
	return l.openStream(ctx, entry)
}

// DeleteStream removes a stream and its records, durably. It answers event.ErrNotFound if there is
// none. From the moment it begins, appends and readers of the stream fail with event.ErrNotFound.
func (l *Log) DeleteStream(ctx context.Context, name string) error {
	ctx, cancel := l.whileOpen(ctx)
	defer cancel()
	l.changing.Lock()
	defer l.changing.Unlock()
	s, err := l.find(name)
	if err != nil {
		return err
	}
	// Without its entry the stream is gone; what is left of it is then removed, or by the next Open.
	if err := l.registry.change(ctx, func(list *registryEntry) { list.remove(s.id) }); err != nil {
		return err
	}
	l.mu.Lock()
	delete(l.mu.streams, name)
	l.mu.Unlock()
	for _, shard := range s.shards {
		shard.close(fmt.Errorf("stream %s: %w", name, event.ErrNotFound))
		<-shard.done
	}
	return l.removeShards(ctx, registryStream{ID: s.id, Info: s.Info()})
}

// UpdateStream applies fn to the stream's description and makes the result durable. Name, Created
// and Shards cannot be changed. An error of fn is returned as it is and changes nothing.
func (l *Log) UpdateStream(ctx context.Context, name string, fn func(*Info) error) error {
	ctx, cancel := l.whileOpen(ctx)
	defer cancel()
	l.changing.Lock()
	defer l.changing.Unlock()
	s, err := l.find(name)
	if err != nil {
		return err
	}
	before := s.Info()
	after := before.clone()
	if err := fn(&after); err != nil {
		return err
	}
	if after.Name != before.Name || after.Created != before.Created || after.Shards != before.Shards {
		return fmt.Errorf("stream %s: name, creation time and number of shards cannot be changed", name)
	}
	if err := after.check(before.Created); err != nil {
		return err
	}
	entry := registryStream{ID: s.id, Info: after.clone()}
	if err := l.registry.change(ctx, func(list *registryEntry) { list.put(entry) }); err != nil {
		return err
	}
	s.mu.Lock()
	s.info = after
	s.mu.Unlock()
	for _, shard := range s.shards {
		shard.maxRecord.Store(int64(after.MaxRecordBytes))
	}
	return nil
}

// removeShards removes what there is of the shards of entry.
func (l *Log) removeShards(ctx context.Context, entry registryStream) error {
	for index := range entry.Shards {
		if err := l.removeShard(ctx, shardName(entry.ID, index, entry.Name)); err != nil {
			return err
		}
	}
	return nil
}

// removeShard removes one JetStream stream and its folder, if they are there.
func (l *Log) removeShard(ctx context.Context, name string) error {
	e, err := l.engines.wait(ctx)
	if err != nil {
		return err
	}
	err = e.during(ctx, func(ctx context.Context) error { return e.js.DeleteStream(ctx, name) })
	if err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("removing %s: %w", name, err)
	}
	dir := streamsDir(l.cfg.Dir)
	if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
		return fmt.Errorf("removing %s: %w", name, err)
	}
	if l.cfg.NoSync {
		return nil
	}
	return syncPath(dir)
}
