package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"

	"github.com/penstock/penstock/internal/event"
)

// Log is the durable log of one data folder. Safe for concurrent use.
type Log struct {
	cfg     Config
	disk    *disk
	engines *supervisor
	// waiting holds a unit for each byte of an append that is not yet durable.
	waiting *semaphore.Weighted
	spare   spares
	chunks  chunkCache
	// looks limits the chunks read in search of a place.
	looks *rate.Limiter
	// open ends when Close begins; calls that may wait long give up then.
	open    context.Context
	endOpen context.CancelFunc
	// writers are the goroutines of the shards.
	writers sync.WaitGroup
	// supervised runs the engine and ends after the writers, which need the engine to finish.
	supervised sync.WaitGroup
	stopEngine context.CancelFunc

	// changing is held while the set of streams is changed; it guards registry and lastID.
	changing sync.Mutex
	registry *registry
	lastID   uint64 // highest ID ever tried

	mu struct {
		sync.RWMutex
		closed   bool
		streams  map[string]*stream
		journals map[string]*Journal
		gaps     []Gap
	}
}

// stream is an open stream.
type stream struct {
	id     uint64
	shards []*shard

	mu   sync.RWMutex
	info Info
}

func (s *stream) Info() Info {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.info.clone()
}

// Open opens the log in cfg.Dir, or makes it. It returns when every stream can be used; after a
// crash the log is read through once, about a second for each gigabyte. Records found missing are
// reported as errors in the log and by Gaps; they do not keep the log from opening.
func Open(ctx context.Context, cfg Config) (*Log, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	var err error
	if cfg.Dir, err = filepath.Abs(cfg.Dir); err != nil {
		return nil, openError(cfg.Dir, err)
	}
	if err := makeFolder(cfg.Dir); err != nil {
		return nil, openError(cfg.Dir, err)
	}
	if err := removeHalfMade(streamsDir(cfg.Dir)); err != nil {
		return nil, openError(cfg.Dir, err)
	}
	space, err := newDisk(cfg.Dir, cfg.DiskReserve)
	if err != nil {
		return nil, openError(cfg.Dir, err)
	}
	l := &Log{cfg: cfg, disk: space, waiting: semaphore.NewWeighted(cfg.MaxWaiting), looks: rate.NewLimiter(looksPerSecond, looksAtOnce)}
	l.mu.streams, l.mu.journals = map[string]*stream{}, map[string]*Journal{}
	if l.engines, err = newSupervisor(cfg, l.owns, l.mend); err != nil {
		return nil, openError(cfg.Dir, err)
	}
	l.start()
	if err := l.recover(ctx); err != nil {
		return nil, errors.Join(openError(cfg.Dir, err), l.Close())
	}
	return l, nil
}

func openError(dir string, err error) error {
	return &event.Error{
		Code:    "log_open",
		Message: "the log in " + dir + " cannot be opened",
		Hint:    "check that the folder is writable, has free space, and is used by this process only",
		Err:     err,
	}
}

// start sets the supervisor going.
func (l *Log) start() {
	l.open, l.endOpen = context.WithCancel(context.Background())
	ctx, stopEngine := context.WithCancel(context.Background())
	l.stopEngine = stopEngine
	l.supervised.Go(func() { l.engines.run(ctx) })
}

// Close refuses new appends, finishes those that wait, and stops the server.
func (l *Log) Close() error {
	l.endOpen()
	l.changing.Lock()
	defer l.changing.Unlock()
	l.mu.Lock()
	closed := l.mu.closed
	l.mu.closed = true
	streams := l.mu.streams
	l.mu.streams = map[string]*stream{}
	l.mu.Unlock()
	if closed {
		return nil
	}
	for _, s := range streams {
		for _, shard := range s.shards {
			shard.close(errClosed)
		}
	}
	l.writers.Wait()
	l.stopEngine()
	l.supervised.Wait()
	return nil
}

// recover opens what the registry lists and removes what it does not.
func (l *Log) recover(ctx context.Context) error {
	journal, err := l.journal(ctx, "streams")
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
	opened := &stream{id: s.ID, info: s.Info.clone()}
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

// Gap is a stretch of a shard's sequence numbers whose records are missing from the log although
// they were stored once.
type Gap struct {
	Stream string
	Shard  int
	// First and Last are the numbers missing. At the end of a shard Last is an upper bound.
	First, Last uint64
}

// report remembers gaps and says loudly that there are any, each once.
func (l *Log) report(gaps []Gap) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, gap := range gaps {
		if slices.Contains(l.mu.gaps, gap) {
			continue
		}
		l.mu.gaps = append(l.mu.gaps, gap)
		l.cfg.Logger.Error("records are missing from the log: they were stored once and are lost",
			slog.String("stream", gap.Stream), slog.Int("shard", gap.Shard),
			slog.Uint64("first", gap.First), slog.Uint64("last", gap.Last))
	}
}

// Gaps are the losses that were found since Open.
func (l *Log) Gaps() []Gap {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.mu.gaps)
}

// whileOpen is ctx, ended also when the log is closed.
func (l *Log) whileOpen(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(l.open, func() { cancel(errClosed) })
	return ctx, func() { stop(); cancel(nil) }
}

// Stream describes the stream of that name, if there is one.
func (l *Log) Stream(name string) (Info, bool) {
	s, err := l.find(name)
	if err != nil {
		return Info{}, false
	}
	return s.Info(), true
}

// Streams describes all streams, in the order of their names.
func (l *Log) Streams() []Info {
	l.mu.RLock()
	defer l.mu.RUnlock()
	infos := make([]Info, 0, len(l.mu.streams))
	for _, s := range l.mu.streams {
		infos = append(infos, s.Info())
	}
	slices.SortFunc(infos, func(a, b Info) int { return cmp.Compare(a.Name, b.Name) })
	return infos
}

func (l *Log) find(name string) (*stream, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if s, ok := l.mu.streams[name]; ok {
		return s, nil
	}
	if l.mu.closed {
		return nil, errClosed
	}
	return nil, fmt.Errorf("stream %s: %w", name, event.ErrNotFound)
}

func (l *Log) shard(name string, index int) (*shard, error) {
	s, err := l.find(name)
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= len(s.shards) {
		return nil, fmt.Errorf("shard %d of stream %s: %w", index, name, event.ErrNotFound)
	}
	return s.shards[index], nil
}

// Bytes is how much disk the records of a stream take; 0 for an unknown stream.
func (l *Log) Bytes(name string) int64 {
	s, err := l.find(name)
	if err != nil {
		return 0
	}
	var sum int64
	for _, shard := range s.shards {
		sum += shard.bytes()
	}
	return sum
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

func closedError(closed bool) error {
	if closed {
		return errClosed
	}
	return nil
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
		// A write for which there is no room reaches neither the file nor the page cache.
		return nil
	}
	entries, err := os.ReadDir(streamsDir(l.cfg.Dir))
	if err != nil {
		return fmt.Errorf("mending the log: %w", err)
	}
	for _, entry := range entries {
		if path := streamsDir(l.cfg.Dir) + "/" + entry.Name(); strings.Contains(cause.Error(), entry.Name()) {
			if err := rewriteNewestBlock(path); err != nil {
				return err
			}
		}
	}
	return nil
}

func outOfSpace(err error) bool { return strings.Contains(err.Error(), "no space left on device") }
