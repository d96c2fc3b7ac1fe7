package kinesis

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"
)

// budgetPatience is how long a request waits for memory that others hold. It is well below what
// SDKs wait for an answer, and long enough to pass a burst on without an error.
const budgetPatience = time.Second

// budget bounds the memory that all requests hold together.
type budget struct {
	free *semaphore.Weighted
	size int64
}

func newBudget(size int64) *budget {
	return &budget{free: semaphore.NewWeighted(size), size: size}
}

// grant is what one request holds of the budget. It belongs to the request's goroutine.
type grant struct {
	budget *budget
	held   int64
}

// raise makes the request hold at least n bytes; false if the others do not let go in time.
func (g *grant) raise(ctx context.Context, n int64) bool {
	more := n - g.held
	if more <= 0 {
		return true
	}
	if !g.budget.free.TryAcquire(more) {
		ctx, stop := context.WithTimeout(ctx, budgetPatience)
		defer stop()
		if g.budget.free.Acquire(ctx, more) != nil {
			return false
		}
	}
	g.held = n
	return true
}

// lower gives back all but n bytes.
func (g *grant) lower(n int64) {
	if n < g.held {
		g.budget.free.Release(g.held - n)
		g.held = n
	}
}

// outOfMemory is the answer to a request that the budget has no room for; SDKs try again later.
func (s *Server) outOfMemory() *failure {
	return failf("ProvisionedThroughputExceededException",
		"Rate exceeded: the requests in flight hold %d MiB of memory, the most they may. Slow down and try again.", s.budget.size/mib)
}
