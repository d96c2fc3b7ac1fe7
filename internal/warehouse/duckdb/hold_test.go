package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/warehouse"
)

// hostile queries want all memory, all time, or all temporary space; some do not look up when told to stop.
var hostile = []string{
	"select count(*) from range(1000000000) a, range(1000000000) b",
	"select count(*) from orders a, orders b, orders c, orders d, orders e where a.name || b.name || c.name <> d.name || e.name",
	"select length(string_agg(repeat('x', 1000000), '')) from range(100000000)",
	"select list(range) from range(1000000000)",
	"select count(distinct hash(a.range) || repeat('y', 50)) from range(100000000) a",
	"select * from range(100000000) a order by hash(a.range) limit 1 offset 99999990",
	"select length(repeat('x', 2000000000))",
	"with recursive r as (select 1 as n, repeat('x', 1000) as t union all select n + 1, t || t from r) select max(n) from r",
}

// Eight people run the worst queries there are, all the time. On a busy machine a single load may meet
// the end of the process; what must not be is that loads are held up again and again, or for good.
func TestHostileQueriesDoNotHoldUpLoads(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 15 s")
	}
	r := newRig(t)
	r.prepare(ordersTable)
	lines := make([]line, 2000)
	for i := range lines {
		lines[i].values = fmt.Sprintf("%d,name %d,1", i, i)
	}
	r.load(r.commit(0, r.file(0, ordersTable, lines...)))
	ctx, cancel := context.WithCancel(context.Background())
	var people sync.WaitGroup
	for i := range hostile {
		people.Go(func() {
			for n := i; ctx.Err() == nil; n++ {
				if rows, err := r.client.Query(ctx, hostile[n%len(hostile)], Limits{Timeout: 4 * time.Second}); err == nil {
					for err == nil {
						_, err = rows.Next()
					}
					rows.Close()
				}
			}
		})
	}
	var took []time.Duration
	for began := time.Now(); time.Since(began) < 15*time.Second || len(took) < 40; {
		c := r.commit(0, r.file(0, ordersTable, lines[:20]...))
		started := time.Now()
		for {
			_, err := r.client.Load(context.Background(), warehouse.Batch{Commits: []warehouse.CommitLoad{c}})
			if err == nil {
				break
			}
			if strings.Contains(err.Error(), "is aborted") || time.Since(started) > time.Minute {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond) // as the loader does
		}
		took = append(took, time.Since(started))
	}
	cancel()
	people.Wait()
	slices.Sort(took)
	at := func(percent int) time.Duration { return took[(len(took)-1)*percent/100].Round(time.Millisecond) }
	t.Logf("%d loads: p50 %s, p90 %s, p99 %s, at most %s; %d deaths", len(took), at(50), at(90), at(99), at(100), r.client.Deaths())
	if at(50) > 2*time.Second {
		t.Errorf("a load typically took %s", at(50))
	}
	if at(100) > time.Minute {
		t.Errorf("a load took %s", at(100))
	}
}

// A transaction that is left on the loader's connection, as a rollback without memory leaves it, must not
// fail every load after it.
func TestLoadsGoOnAfterARollbackThatFailed(t *testing.T) {
	ctx := t.Context()
	c := testConn(t)
	l, err := newLoader(ctx, c, openConfig{KeyMemory: mib}, new(atomic.Int64))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.exec(ctx, "BEGIN TRANSACTION; SELECT error('on purpose')"); err == nil {
		t.Fatal("it did not fail")
	}
	one := warehouse.CommitLoad{}
	one.Number, one.Kind, one.First, one.Last, one.Position = 1, catalog.CommitRange, 1, 1, 1
	_, first := l.load(ctx, warehouse.Batch{Commits: []warehouse.CommitLoad{one}})
	if _, err := l.load(ctx, warehouse.Batch{Commits: []warehouse.CommitLoad{one}}); err != nil {
		t.Errorf("%v, after %v", err, first)
	}
	equal(t, "watermark", l.marks[0].Number, 1)
}
