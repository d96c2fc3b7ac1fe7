package duckdb

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/penstock/penstock/internal/event"
)

// guard keeps people's queries from hurting loads: it stops them when a load takes longer than it
// should, and when the process grows too large.
type guard struct {
	soft, hard int64
	slots      slots
	// filters are the bytes of the filters that recognize keys.
	filters atomic.Int64

	mu struct {
		sync.Mutex
		queries map[*running]struct{}
		// perRow is what a row of a load has lately cost when no query ran.
		perRow time.Duration
		// due is when the load in hand should have ended; zero while there is none.
		due time.Time
		// size of the process, in bytes, when it was last looked at.
		size int64
		// stopped is when a query was last stopped for its memory.
		stopped time.Time
	}
}

// running is one query in hand.
type running struct {
	cancel context.CancelCauseFunc
	// free gives back its slot.
	free    func()
	started time.Time
	// size of the process without the filters, in bytes, when the query began.
	size int64
	// told is when the query was told to stop, and inside when DuckDB was asked for what it has not
	// answered yet: nanoseconds since 1970, 0 for never and for not now.
	told, inside atomic.Int64
}

// enter and leave frame what DuckDB does for the query; what is not framed waits for a reader.
func (r *running) enter() { r.inside.Store(time.Now().UnixNano()) }
func (r *running) leave() { r.inside.Store(0) }

// stubborn reports whether DuckDB has gone on for too long after the query was told to stop: some of
// its functions, such as levenshtein, do not look up from a value they are at.
func (r *running) stubborn(now time.Time) bool {
	told, inside := r.told.Load(), r.inside.Load()
	return told != 0 && inside != 0 && now.UnixNano()-max(told, inside) > stubbornAfter.Nanoseconds()
}

// stubbornAfter is how long a query may take to stop. Whatever DuckDB does between two looks at
// its interrupt took below a second with the largest sorts and joins the memory allows.
const stubbornAfter = 5 * time.Second

// codeStopped is the code of queries that loads could not wait for.
const codeStopped = "query_stopped"

var errForLoad = &event.Error{Code: codeStopped, Message: "the query was stopped because it held up loading", Hint: "try it again, or narrow it down"}

func newGuard(cfg openConfig) *guard {
	g := &guard{soft: cfg.SoftMemory, hard: cfg.HardMemory, slots: newSlots()}
	g.mu.queries = map[*running]struct{}{}
	g.mu.perRow = 5 * time.Microsecond
	return g
}

// query registers a query, once there is a slot of its class for it; the context it returns ends when
// the query must stop, with the reason as its cause. The query is over with a call of done.
func (g *guard) query(ctx context.Context, class Class) (context.Context, *running, error) {
	free, err := g.slots.take(ctx, class, slotPatience)
	if err != nil {
		return nil, nil, err
	}
	g.admit(ctx)
	ctx, cancel := context.WithCancelCause(ctx)
	r := &running{cancel: cancel, free: free, started: time.Now()}
	context.AfterFunc(ctx, func() { r.told.Store(time.Now().UnixNano()) })
	g.mu.Lock()
	defer g.mu.Unlock()
	r.size = g.mu.size
	if size, err := residentBytes(); err == nil {
		r.size = size
	}
	r.size -= g.filters.Load()
	g.mu.queries[r] = struct{}{}
	return ctx, r, nil
}

func (g *guard) done(r *running) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.mu.queries, r)
	r.cancel(nil)
	r.free()
}

// watchQueries ends the process when a query does not stop: nothing else ends it, and a few of them
// would hold all slots.
func (g *guard) watchQueries() {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	for r := range g.mu.queries {
		if r.stubborn(now) {
			fmt.Fprintln(os.Stderr, "a query does not stop, so the duckdb process ends; it is started again")
			os.Exit(exitStubborn)
		}
	}
}

// stopQueries stops every query that has been running for a while.
func (g *guard) stopQueries(atLeast time.Duration, why error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for r := range g.mu.queries {
		if time.Since(r.started) >= atLeast {
			r.cancel(why)
		}
	}
}

// How much longer than expected a load may take: then no query begins any more, and then those in
// hand are stopped. What they take to stop, what is left of the load, and a restart of the process that a
// query can cost it all come on top, and queries may cost a load two seconds in all.
const (
	pausePatience = 250 * time.Millisecond
	loadPatience  = 750 * time.Millisecond
)

// loading is called when a load of so many rows begins; the returned function when it has ended.
func (g *guard) loading(rows int64) func() {
	g.mu.Lock()
	started := time.Now()
	expected := 2 * time.Duration(rows) * g.mu.perRow
	alone := len(g.mu.queries) == 0
	g.mu.due = started.Add(expected + pausePatience)
	g.mu.Unlock()
	timer := time.AfterFunc(expected+loadPatience, func() { g.stopQueries(0, errForLoad) })
	return func() {
		timer.Stop()
		g.mu.Lock()
		defer g.mu.Unlock()
		g.mu.due = time.Time{}
		if alone && rows >= 1000 {
			g.mu.perRow = (7*g.mu.perRow + time.Since(started)/time.Duration(rows)) / 8
		}
	}
}

// makeRoom stops all queries for a load that found no memory, and reports whether they are gone.
func (g *guard) makeRoom(ctx context.Context) bool {
	g.mu.Lock()
	g.mu.due = time.Now() // none begins before the load has ended
	held := len(g.mu.queries) > 0
	g.mu.Unlock()
	g.stopQueries(0, errForLoad)
	for deadline := time.Now().Add(roomPatience); held && time.Now().Before(deadline) && ctx.Err() == nil; {
		time.Sleep(memoryEvery)
		g.mu.Lock()
		held = len(g.mu.queries) > 0
		g.mu.Unlock()
	}
	return !held
}

// roomPatience is how long a load waits for the memory of queries that were stopped for it.
const roomPatience = time.Second

// admitAfter bounds the time for which a query waits for others to give back memory, and for a late load.
const admitAfter = 2 * time.Second

// admit waits while a query had better not begin.
func (g *guard) admit(ctx context.Context) {
	for deadline := time.Now().Add(admitAfter); time.Now().Before(deadline) && ctx.Err() == nil; time.Sleep(memoryEvery) {
		g.mu.Lock()
		late := !g.mu.due.IsZero() && time.Now().After(g.mu.due)
		wait := late || g.crowded()
		g.mu.Unlock()
		if !wait {
			return
		}
	}
}

// fatal reports an error after which DuckDB can only be started again: a fault of its own, or a database it
// has given up because a checkpoint failed, which refuses every statement from then on.
func fatal(err error) bool {
	return isKind(err, bindings.ErrorTypeFatal, bindings.ErrorTypeInternal) || err != nil && strings.Contains(err.Error(), "has been invalidated")
}
