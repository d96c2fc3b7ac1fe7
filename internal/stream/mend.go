package stream

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/penstock/penstock/internal/event"
)

// recover opens what the registry lists and removes what it does not.
func (l *Log) recover(ctx context.Context) error {
	journal, err := l.journal(ctx, registryJournal)
	if err != nil {
		return err
	}
	if l.registry, err = openRegistry(ctx, journal); err != nil {
		return err
	}
	known := map[string]bool{}
	for _, s := range l.registry.list.Streams {
		for index := range s.Shards {
			known[shardName(s.ID, index, s.Name)] = true
		}
	}
	if err := l.checkList(); err != nil {
		return err
	}
	if err := l.removeStray(ctx, known); err != nil {
		return err
	}
	for _, s := range l.registry.list.Streams {
		opened, err := l.openStream(ctx, s)
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.mu.streams[s.Name] = opened
		l.mu.Unlock()
	}
	return nil
}

// checkList refuses a log that has records and no list of streams: the list is lost, for a stream is in it before
// its first record is written. To go on would remove all records as what nobody knows.
func (l *Log) checkList() error {
	if l.registry.sequence > 0 {
		return nil
	}
	dir := streamsDir(l.cfg.Dir)
	shards, err := strayShards(dir, nil)
	if err != nil {
		return err
	}
	for _, name := range shards {
		if hasContent(filepath.Join(dir, name)) {
			return &event.Error{
				Code:    "log_list_lost",
				Message: "the list of streams is gone from the log, and records of " + name + " are there",
				Hint:    "restore the folder " + filepath.Join(dir, journalName(registryJournal)) + " from a backup; nothing was changed",
			}
		}
	}
	return nil
}

func (l *Log) removeStray(ctx context.Context, known map[string]bool) error {
	dir := streamsDir(l.cfg.Dir)
	stray, err := strayShards(dir, known)
	if err != nil {
		return err
	}
	for _, name := range stray {
		l.cfg.Logger.Info("removing what a crash left of a stream", slog.String("shard", name))
		if err := l.removeShard(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// openStream opens the shards of s and starts their writers.
func (l *Log) openStream(ctx context.Context, s registryStream) (*stream, error) {
	opened := &stream{id: s.ID, info: s.clone()}
	for index := range s.Shards {
		shard := newShard(l, opened, s.Info, index)
		gaps, err := shard.recover(ctx)
		if err != nil {
			return nil, fmt.Errorf("opening shard %d of stream %s: %w", index, s.Name, err)
		}
		l.report(gaps)
		opened.shards = append(opened.shards, shard)
	}
	for _, shard := range opened.shards {
		l.writers.Go(shard.run)
	}
	return opened, nil
}

// owns says whether a JetStream stream is one of ours. Streams in the middle of being deleted are
// not.
func (l *Log) owns(name string) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if strings.HasPrefix(name, "j-") {
		return true
	}
	for _, s := range l.mu.streams {
		for _, shard := range s.shards {
			if shard.store.name == name {
				return true
			}
		}
	}
	return false
}

// mend is called between two engines, with what brought the first one down.
func (l *Log) mend(cause error) error {
	if l.cfg.NoSync || outOfSpace(cause) {
		return nil
	}
	entries, err := os.ReadDir(streamsDir(l.cfg.Dir))
	if err != nil {
		return fmt.Errorf("mending the log: %w", err)
	}
	for _, entry := range entries {
		if path := filepath.Join(streamsDir(l.cfg.Dir), entry.Name()); strings.Contains(cause.Error(), entry.Name()) {
			if err := rewriteNewestBlock(path); err != nil {
				return err
			}
		}
	}
	return nil
}

// outOfSpace says that a write found no room: it reached neither the file nor the page cache, so there is
// nothing to mend, nor room for it. A sync that finds none, as on network file systems, has lost pages that
// were written before.
//
// The cause may have come from the server as text.
func outOfSpace(err error) bool {
	text := err.Error()
	return (strings.Contains(text, unix.ENOSPC.Error()) || strings.Contains(text, unix.EDQUOT.Error())) &&
		!strings.Contains(text, "sync /")
}
