package warehouse

import (
	"context"
	"errors"
	"sync"

	"github.com/penstock/penstock/internal/catalog"
)

// follower reads one shard's commits in order.
type follower struct {
	shard Shard
	// loaded is the last loaded commit, read the last one in queue.
	loaded, read uint64
	queue        []catalog.Commit
}

// queueLength bounds the commits read ahead for a shard: the catalog is asked once for so many.
const queueLength = 512

var errEnough = errors.New("the queue is full")

// fill reads commits until the queue is full or there are no more.
func (f *follower) fill(ctx context.Context) error {
	if len(f.queue) >= queueLength/2 {
		return nil
	}
	err := f.shard.Commits.CommitsAfter(ctx, f.read, func(c catalog.Commit) error {
		f.queue = append(f.queue, c)
		f.read = c.Number
		if len(f.queue) >= queueLength {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// rewind forgets what was read ahead.
func (f *follower) rewind(loaded uint64) {
	f.loaded, f.read, f.queue = loaded, loaded, nil
}

// pop removes the first n commits, which are loaded now.
func (f *follower) pop(n int) {
	f.loaded = f.queue[n-1].Number
	f.queue = append(f.queue[:0], f.queue[n:]...)
}

// watch sends to wake whenever a shard has commits that were not there before, until ctx ends.
// wake must have room for one.
func watch(ctx context.Context, shards []Shard, wake chan<- struct{}) (wait func()) {
	var group sync.WaitGroup
	for _, s := range shards {
		group.Go(func() {
			for {
				changed := s.Commits.Changed()
				select {
				case wake <- struct{}{}:
				default:
				}
				select {
				case <-changed:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	return group.Wait
}

// gather picks the next commits of all shards in the order they were committed in, up to the
// limits. It returns how many of each follower's queue it took.
func (l *Loader) gather() (commits []catalog.Commit, taken []int) {
	taken = make([]int, len(l.followers))
	var size batchSize
	for {
		next := -1
		for i, f := range l.followers {
			if taken[i] == len(f.queue) {
				continue
			}
			if next < 0 || f.queue[taken[i]].CommittedAt < l.followers[next].queue[taken[next]].CommittedAt {
				next = i
			}
		}
		if next < 0 {
			return commits, taken
		}
		c := l.followers[next].queue[taken[next]]
		size.add(c)
		if len(commits) > 0 && l.exceeds(size) {
			return commits, taken
		}
		commits = append(commits, c)
		taken[next]++
	}
}
