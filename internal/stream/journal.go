package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/penstock/penstock/internal/event"
)

// fewEntries is up to how many entries are read one by one; more are streamed.
const fewEntries = 8

// Journal is a durable, append-only list of entries with compare-and-set. Safe for concurrent use.
type Journal struct {
	store *store
	disk  *disk

	// turn is held while the end of the journal is looked at or moved.
	turn  sync.Mutex
	known bool // store.last is true
}

// Journal opens the journal of that name, or makes it. The same name gives the same *Journal.
// Journals are apart from streams; names may be any text of up to 80 bytes.
func (l *Log) Journal(ctx context.Context, name string) (*Journal, error) {
	if name == "" || len(name) > 80 {
		return nil, fmt.Errorf("stream: %q is not a journal name: use 1 to 80 bytes", name)
	}
	return l.journal(ctx, "user."+name)
}

func (l *Log) journal(ctx context.Context, name string) (*Journal, error) {
	ctx, cancel := l.whileOpen(ctx)
	defer cancel()
	l.changing.Lock()
	defer l.changing.Unlock()
	l.mu.RLock()
	j, closed := l.mu.journals[name], l.mu.closed
	l.mu.RUnlock()
	if j != nil || closed {
		return j, closedError(closed)
	}
	j, err := openJournal(ctx, l.cfg, l.engines, l.disk, name)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.mu.journals[name] = j
	l.mu.Unlock()
	return j, nil
}

func openJournal(ctx context.Context, cfg Config, engines *supervisor, disk *disk, name string) (*Journal, error) {
	j := &Journal{store: newStore(cfg, engines, journalName(name)), disk: disk}
	_, err := j.store.state(ctx)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		err = j.store.create(ctx, cfg.Dir)
	case err == nil:
		// Whoever made it may have died before it was durable. Shards are listed only once they are.
		err = j.store.settle(cfg.Dir)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the journal %s: %w", name, err)
	}
	return j, nil
}

// Append adds entry, of at most 12 MiB, if the last sequence is expect (0: empty), and returns the
// new last sequence once the entry is durable. It answers event.ErrConflict if the last sequence is
// another, and event.ErrThrottled if the disk is full. After any other error the entry may or may
// not be there: Last tells.
func (j *Journal) Append(ctx context.Context, expect uint64, entry []byte) (uint64, error) {
	if err := j.disk.admitEntry(int64(len(entry))); err != nil {
		return 0, err
	}
	j.turn.Lock()
	defer j.turn.Unlock()
	if err := j.locate(ctx); err != nil {
		return 0, err
	}
	if expect != j.store.last {
		return 0, fmt.Errorf("appending to %s: %w (it is %d, not %d)", j.store.name, event.ErrConflict, j.store.last, expect)
	}
	err := j.store.append(entry)
	if err == nil {
		return j.store.last, nil
	}
	j.known = false
	if errors.Is(err, errMoved) {
		err = fmt.Errorf("%w: %w", event.ErrConflict, err)
	}
	return 0, fmt.Errorf("appending to %s: %w", j.store.name, err)
}

// locate makes sure the last sequence is known. turn is held.
func (j *Journal) locate(ctx context.Context) error {
	if j.known {
		return nil
	}
	state, err := j.store.state(ctx)
	if err != nil {
		return err
	}
	j.store.last, j.known = state.LastSeq, true
	return nil
}

func (j *Journal) last(ctx context.Context) (uint64, error) {
	j.turn.Lock()
	defer j.turn.Unlock()
	err := j.locate(ctx)
	return j.store.last, err
}

// Last returns the last sequence and entry; 0 and nil when the journal is empty.
func (j *Journal) Last(ctx context.Context) (uint64, []byte, error) {
	last, err := j.last(ctx)
	if err != nil || last == 0 {
		return 0, nil, err
	}
	msg, err := j.store.at(ctx, last)
	if err != nil {
		return 0, nil, err
	}
	return last, msg.Data, nil
}

// Read calls fn for each retained entry with sequence >= from that is there when Read begins, in
// order, until fn fails. fn may keep the entry.
func (j *Journal) Read(ctx context.Context, from uint64, fn func(sequence uint64, entry []byte) error) error {
	last, err := j.last(ctx)
	if err != nil {
		return err
	}
	from = max(from, 1)
	if from > last {
		return nil
	}
	all := newMessages(j.store, from)
	var entries entryReader = &all
	if last-from < fewEntries {
		entries = &singles{store: j.store, next: from}
	}
	defer entries.close()
	for {
		sequence, entry, err := entries.read(ctx, last)
		if err != nil {
			return err
		}
		if err := fn(sequence, entry); err != nil {
			return err
		}
		if sequence >= last {
			return nil
		}
	}
}

// entryReader reads one entry after the other, up to newest.
type entryReader interface {
	read(ctx context.Context, newest uint64) (sequence uint64, entry []byte, err error)
	close()
}

// singles reads entries with a request for each, which for a few is cheaper than a consumer.
type singles struct {
	store *store
	next  uint64
}

func (s *singles) read(ctx context.Context, _ uint64) (uint64, []byte, error) {
	msg, err := s.store.at(ctx, s.next)
	if err != nil {
		return 0, nil, err
	}
	s.next = msg.Sequence + 1
	return msg.Sequence, msg.Data, nil
}

func (s *singles) close() {}

// Trim removes entries with sequence < before. The newest entry stays in any case: it is what
// remembers where the journal stands.
func (j *Journal) Trim(ctx context.Context, before uint64) error {
	last, err := j.last(ctx)
	if err != nil {
		return err
	}
	before = min(before, last)
	if before <= 1 {
		return nil
	}
	return j.store.purge(ctx, before)
}
