package stream

import (
	"context"
	"sync"
	"sync/atomic"
)

// shard is one shard of a stream: a store of chunks with one writer.
type shard struct {
	log    *Log
	stream string
	index  int
	store  *store
	// maxRecord is the stream's MaxRecordBytes.
	maxRecord atomic.Int64
	// wake tells the writer that there is a batch, or that the shard is closed.
	wake chan struct{}
	// done is closed when the writer has ended.
	done chan struct{}
	// known says that bounds and store.last are what the log says. Belongs to the writer.
	known  bool
	places places
	recent *recent
	// trimming is held by the one Trim at work.
	trimming sync.Mutex

	mu struct {
		sync.Mutex
		bounds
		changed chan struct{} // closed at the next durable record; nil while nobody waits
		queue   []*batch      // the last one takes more
		closed  error         // why no append is taken any more
	}
}

// bounds is what a shard holds, all of it durable.
type bounds struct {
	first, last  uint64 // sequences; first = last+1 when there is no record
	firstArrived int64  // of the oldest chunk, in milliseconds
	arrived      int64  // of the newest chunk, in milliseconds
	oldest       uint64 // JetStream sequence of the first message
	newest       uint64 // JetStream sequence of the last message
	bytes        int64  // on disk
}

func newShard(l *Log, s *stream, info Info, index int) *shard {
	shard := &shard{
		log:    l,
		stream: info.Name,
		index:  index,
		store:  newStore(l.cfg, l.engines, shardName(s.id, index, info.Name)),
		wake:   make(chan struct{}, 1),
		done:   make(chan struct{}),
		recent: newRecent(l.recent),
	}
	shard.maxRecord.Store(int64(info.MaxRecordBytes))
	return shard
}

func (s *shard) bounds() bounds {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.bounds
}

func (s *shard) bytes() int64 { return s.bounds().bytes }

// setBounds replaces the bounds and wakes those who wait for records.
func (s *shard) setBounds(b bounds) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.bounds = b
	s.announce()
}

// announce wakes those who wait for records. The lock is held.
func (s *shard) announce() {
	if s.mu.changed != nil {
		close(s.mu.changed)
		s.mu.changed = nil
	}
}

// close refuses appends with cause from now on. The writer ends after what is already queued.
func (s *shard) close(cause error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.mu.closed == nil {
		s.mu.closed = cause
	}
	s.announce()
	s.rouse()
}

// rouse makes the writer look at the queue.
func (s *shard) rouse() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// wait returns when the last durable sequence is greater than after.
func (s *shard) wait(ctx context.Context, after uint64) error {
	for {
		s.mu.Lock()
		if s.mu.last > after {
			s.mu.Unlock()
			return nil
		}
		if err := s.mu.closed; err != nil {
			s.mu.Unlock()
			return err
		}
		if s.mu.changed == nil {
			s.mu.changed = make(chan struct{})
		}
		changed := s.mu.changed
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Bounds is the first retained and the last durable sequence of a shard; when it holds no records
// first is last+1. It costs next to nothing.
func (l *Log) Bounds(stream string, shard int) (first, last uint64, err error) {
	s, err := l.shard(stream, shard)
	if err != nil {
		return 0, 0, err
	}
	b := s.bounds()
	return b.first, b.last, nil
}

// Wait returns when the shard's last durable sequence is greater than after, or ctx ends.
func (l *Log) Wait(ctx context.Context, stream string, shard int, after uint64) error {
	s, err := l.shard(stream, shard)
	if err != nil {
		return err
	}
	return s.wait(ctx, after)
}
