package trace

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// growing is a log of one shard that a test appends to; what a Tail does not use panics.
type growing struct {
	Log
	mu      sync.Mutex
	records []event.Record
	// inMemory is how many of the newest records can be had at once.
	inMemory int
}

func (g *growing) append(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for range n {
		g.records = append(g.records, event.Record{Sequence: uint64(len(g.records) + 1), Data: []byte("{}")})
	}
}

func (g *growing) Bounds(int) (first, last uint64, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return 1, uint64(len(g.records)), nil
}

func (g *growing) Newest(_, n int) ([]event.Record, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	n = min(n, g.inMemory, len(g.records))
	return g.records[len(g.records)-n:], n > 0
}

func (g *growing) Fetch(_ context.Context, _ int, from uint64, n, _ int) ([]event.Record, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.records[from-1:][:n], nil
}

// In each second a tail shows the first 50 events, and then counts the others; the next second begins anew.
func TestATailShowsFiftyASecond(t *testing.T) {
	for name, c := range map[string]struct{ inMemory, arrive, shown, skipped int }{
		"none":                  {0, 0, 0, 0},
		"at the limit":          {0, 50, 50, 0},
		"one past it":           {0, 51, 50, 1},
		"all that is looked at": {0, glanceRecords, 50, glanceRecords - 50},
		"more than that":        {0, 10 * glanceRecords, 50, 10*glanceRecords - 50},
		"few in memory":         {7, 10 * glanceRecords, 7, 10*glanceRecords - 7},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := &growing{inMemory: c.inMemory}
				log.append(3) // what was there before is not shown
				filter, err := newFilter("")
				if err != nil {
					t.Fatal(err)
				}
				tail := &Tail{tracer: &Tracer{cfg: Config{Shards: []event.Shard{{Stream: "s"}}}, deps: Deps{Log: log}}, filter: filter}
				ctx, cancel := context.WithCancel(t.Context())
				shown, skipped, done := 0, 0, make(chan error)
				go func() {
					done <- tail.Run(ctx, func(Arrival) { shown++ }, func(s Skipped) { skipped += int(s.Count) })
				}()
				time.Sleep(glanceEvery / 2) // between two looks
				for second := range 3 {
					log.append(c.arrive)
					time.Sleep(time.Second)
					synctest.Wait()
					if want := (second + 1) * c.shown; shown != want || skipped != (second+1)*c.skipped {
						t.Errorf("after %d s: %d were shown and %d left out, want %d and %d", second+1, shown, skipped, want, (second+1)*c.skipped)
					}
				}
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
			})
		})
	}
}
