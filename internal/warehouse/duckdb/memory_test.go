package duckdb

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// A query is stopped for what the process grew by since it began, and for nothing else.
func TestQueriesThatCanBeTheCauseAreStopped(t *testing.T) {
	const soft, hard = 400 * mib, 600 * mib
	for name, tc := range map[string]struct {
		began, size int64
		ran         time.Duration
		stopped     bool
	}{
		"below soft":                   {100 * mib, soft - 1, time.Minute, false},
		"grew by enough":               {soft - blameGrowth, soft, blameAge, true},
		"grew by too little":           {soft - blameGrowth + 1, soft, time.Minute, false},
		"too young":                    {100 * mib, soft, blameAge - 1, false},
		"too young, below the mark":    {100 * mib, 500*mib - 1, blameAge - 1, false},
		"young, at the mark":           {100 * mib, 500 * mib, 0, true},
		"the process was as large":     {590 * mib, 599 * mib, time.Minute, false},
		"and grew on, beyond the mark": {500 * mib, 500*mib + blameGrowth, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGuard(openConfig{SoftMemory: soft, HardMemory: hard})
			ctx, r, err := g.query(context.Background(), People)
			if err != nil {
				t.Fatal(err)
			}
			defer g.done(r)
			r.size = tc.began
			g.sized(tc.size, r.started.Add(tc.ran))
			equal(t, "stopped", ctx.Err() != nil, tc.stopped)
		})
	}
}

// Those who were stopped get the time to give their memory back before others are stopped.
func TestOthersAreNotStoppedBeforeMemoryIsGivenBack(t *testing.T) {
	g := newGuard(openConfig{SoftMemory: 100 * mib, HardMemory: 500 * mib})
	begin := func(size int64) (context.Context, *running) {
		ctx, r, err := g.query(context.Background(), People)
		if err != nil {
			t.Fatal(err)
		}
		r.size = size
		return ctx, r
	}
	_, first := begin(0)
	defer g.done(first)
	now := first.started.Add(time.Minute)
	g.sized(120*mib, now)
	ctx, second := begin(100 * mib)
	defer g.done(second)
	second.started = first.started
	g.sized(150*mib, now.Add(letGo-1))
	equal(t, "stopped at once", ctx.Err() != nil, false)
	g.sized(150*mib, now.Add(letGo))
	equal(t, "stopped later", ctx.Err() != nil, true)
}

// The process is larger than it should be by loads alone: the smallest query is not to be blamed.
func TestLargeLoadsStopNoQuery(t *testing.T) {
	r := newRig(t)
	r.client.Close()
	r.cfg.MemoryLimit, r.cfg.SoftMemory, r.cfg.HardMemory = 64*mib, 64*mib, 1024*mib
	r.start()
	r.prepare(ordersTable)
	for n := range 20 {
		r.load(r.commit(0, r.file(0, ordersTable, rowsOf(fmt.Sprintf("%d,a,1", n))...)))
		for range 20 {
			r.query("select count(*), sum(hash(range)) > 0 from orders, range(200000)")
		}
	}
}

// While one query eats memory and is stopped again and again, small ones beside it get their answers.
func TestSmallQueriesBesideOneThatEatsMemory(t *testing.T) {
	r := newRig(t)
	r.client.Close()
	r.cfg.SoftMemory, r.cfg.HardMemory = 256*mib, 2048*mib
	r.start()
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1")...)))
	ctx, cancel := context.WithCancel(context.Background())
	var eater sync.WaitGroup
	eater.Go(func() {
		for stopped := 0; ctx.Err() == nil; {
			_, err := queryRows(r.client, "select length(string_agg(repeat('x', 1000000), '')) from range(1000)", Limits{Timeout: time.Minute})
			var e *event.Error
			if errors.As(err, &e) && e.Code == codeMemory {
				if stopped++; stopped == 3 {
					cancel()
				}
			}
		}
	})
	asked := 0
	for deadline := time.Now().Add(3 * time.Minute); ctx.Err() == nil; asked++ {
		if time.Now().After(deadline) {
			cancel()
			t.Error("nothing was stopped")
		}
		if rows, err := queryRows(r.client, "select count(*) from orders", Limits{}); err != nil || rows[0] != "1" {
			t.Errorf("the %dth small query: %q, %v", asked, rows, err)
		}
	}
	eater.Wait()
	t.Logf("%d small queries", asked)
}

// A query whose process is killed under it is run again by the next.
func TestQueryIsRunAgainAfterADeath(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1")...)))
	pid := r.client.Pid()
	for at := time.Duration(0); at < 40*time.Millisecond; at += 10 * time.Millisecond {
		var killer sync.WaitGroup
		killer.Go(func() {
			time.Sleep(at) // some moment of the query below
			if pid := r.client.Pid(); pid != 0 {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		})
		rows, err := queryRows(r.client, "select count(*) from orders, range(3000000) where hash(range) <> 7", Limits{})
		killer.Wait()
		if err != nil || rows[0] != "3000000" {
			t.Errorf("killed %s into the query: %q, %v", at, rows, err)
		}
	}
	if r.client.Deaths() == 0 && r.client.Pid() == pid {
		t.Error("the process was not killed")
	}
}

// A query that brings the process down by itself does so once.
func TestQueryThatBringsTheProcessDownIsNotRunAgain(t *testing.T) {
	r := newRig(t)
	r.client.Close()
	r.cfg.MemoryLimit, r.cfg.SoftMemory, r.cfg.HardMemory = 128*mib, 128*mib, 160*mib
	r.start()
	_, err := queryRows(r.client, "select length(repeat('x', 3000000000))", Limits{})
	var e *event.Error
	if !errors.As(err, &e) || e.Code != codeMemory {
		t.Error(err)
	}
	if n := r.client.Deaths(); n > 1 {
		t.Errorf("%d deaths", n)
	}
}

// A query is not blamed for a filter that grows beside it.
func TestFiltersAreNoQuerysFault(t *testing.T) {
	const soft, hard = 400 * mib, 600 * mib
	for _, tc := range []struct {
		filters int64
		stopped bool
	}{{100 * mib, false}, {100*mib - blameGrowth + 1, false}, {100*mib - blameGrowth, true}} {
		g := newGuard(openConfig{SoftMemory: soft, HardMemory: hard})
		g.filters.Store(20 * mib)
		ctx, r, err := g.query(context.Background(), People)
		if err != nil {
			t.Fatal(err)
		}
		r.size = 300 * mib
		g.filters.Store(tc.filters)
		g.sized(r.size+100*mib, r.started.Add(time.Minute))
		equal(t, "stopped", ctx.Err() != nil, tc.stopped)
		g.done(r)
	}
}
