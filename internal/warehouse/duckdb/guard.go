package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
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
	// slots bounds the queries that run at once; the others wait.
	slots chan struct{}

	mu struct {
		sync.Mutex
		queries map[*running]struct{}
		// perRow is what a row of a load has lately cost when no query ran.
		perRow time.Duration
	}
}

// running is one query in hand.
type running struct {
	cancel  context.CancelCauseFunc
	started time.Time
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

// Why a query was stopped.
var (
	errForLoad = &event.Error{Code: "query_stopped", Message: "the query was stopped because it held up loading", Hint: "try it again, or narrow it down"}
	errTooBig  = &event.Error{Code: "query_memory", Message: "the query was stopped because it needed too much memory", Hint: "narrow it down, or aggregate before sorting and joining"}
)

func newGuard(cfg openConfig) *guard {
	g := &guard{soft: cfg.SoftMemory, hard: cfg.HardMemory, slots: make(chan struct{}, maxQueries)}
	g.mu.queries = map[*running]struct{}{}
	g.mu.perRow = 5 * time.Microsecond
	return g
}

// maxQueries run at once: they share the memory, and a dashboard asks for a dozen charts together.
const maxQueries = 4

// query registers a query, once there is a slot for it; the context it returns ends when the query
// must stop, with the reason as its cause. The query is over with a call of done.
func (g *guard) query(ctx context.Context) (context.Context, *running, error) {
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	r := &running{cancel: cancel, started: time.Now()}
	context.AfterFunc(ctx, func() { r.told.Store(time.Now().UnixNano()) })
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mu.queries[r] = struct{}{}
	return ctx, r, nil
}

func (g *guard) done(r *running) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.mu.queries, r)
	r.cancel(nil)
	<-g.slots
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

// loadPatience is how much longer than expected a load may take before queries are stopped. With
// the time a query takes to stop it stays below the two seconds that queries may cost a load.
const loadPatience = 1500 * time.Millisecond

// loading is called when a load of so many rows begins; the returned function when it has ended.
func (g *guard) loading(rows int64) func() {
	g.mu.Lock()
	started := time.Now()
	expected := 2 * time.Duration(rows) * g.mu.perRow
	alone := len(g.mu.queries) == 0
	g.mu.Unlock()
	timer := time.AfterFunc(expected+loadPatience, func() { g.stopQueries(0, errForLoad) })
	return func() {
		timer.Stop()
		if !alone || rows < 1000 {
			return
		}
		perRow := time.Since(started) / time.Duration(rows)
		g.mu.Lock()
		defer g.mu.Unlock()
		g.mu.perRow = (7*g.mu.perRow + perRow) / 8
	}
}

// memoryEvery is how often the process looks at its size.
const memoryEvery = 50 * time.Millisecond

// watchMemory stops queries when the process is too large, and the process when that is not enough.
func (g *guard) watchMemory() {
	size, err := residentBytes()
	switch {
	case err != nil || size < g.soft:
	case size < g.hard:
		g.stopQueries(0, errTooBig)
	default:
		fmt.Fprintf(os.Stderr, "the duckdb process has grown to %d MiB and ends; it is started again\n", size/mib)
		os.Exit(exitMemory)
	}
}

// residentBytes is the process's resident size; an error where the system does not say.
func residentBytes() (int64, error) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, errors.New("/proc/self/statm has another form")
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}

// fatal reports an error after which DuckDB can only be started again.
func fatal(err error) bool {
	return isKind(err, bindings.ErrorTypeFatal, bindings.ErrorTypeInternal)
}
