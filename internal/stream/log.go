package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
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
	// recent holds a unit for each byte that is kept for readers at the end of a shard.
	recent *semaphore.Weighted
	chunks chunkCache
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
	l := &Log{
		cfg: cfg, disk: space,
		waiting: semaphore.NewWeighted(cfg.MaxWaiting),
		recent:  semaphore.NewWeighted(recentBytes),
		looks:   rate.NewLimiter(looksPerSecond, looksAtOnce),
	}
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

func closedError(closed bool) error {
	if closed {
		return errClosed
	}
	return nil
}
