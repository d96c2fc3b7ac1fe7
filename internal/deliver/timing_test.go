package deliver_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock/penstock/internal/catalog/catalogtest"
	"github.com/penstock/penstock/internal/deliver"
	"github.com/penstock/penstock/internal/event"
)

func TestLogOutageIsWaitedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.log.append(events(1, 100)...)
		var facts factList
		ended := make(chan error, 1)
		go func() {
			_, err := w.live(t, life{facts: facts.add, cfg: deliver.Config{BufferInterval: time.Second}})
			ended <- err
		}()
		w.log.fail(errors.New("the log is away"))
		time.Sleep(5 * time.Second)
		w.log.fail(nil)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		w.wantEverything(t)
		if failed := countFailed(facts.list(), "log"); failed < 3 || failed > 20 {
			t.Errorf("%d failures reported in 5 s", failed)
		}
		if !slices.Contains(facts.list(), event.Fact(event.Recovered{Step: "log", Shard: shard.Index})) {
			t.Error("the end of the outage was not reported")
		}
	})
}

func countFailed(facts []event.Fact, step string) (n int) {
	for _, f := range facts {
		if f, ok := f.(event.Failed); ok && f.Step == step {
			n++
		}
	}
	return n
}

func TestLakeOutageStopsReadingAndQuarantinesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.lake.setAway(true)
		w.log.append(events(1, 5000)...)
		var facts factList
		ended := make(chan error, 1)
		go func() {
			_, err := w.live(t, life{facts: facts.add})
			ended <- err
		}()
		time.Sleep(10 * time.Second)
		reads := w.log.readSoFar()
		time.Sleep(10 * time.Second)
		if later := w.log.readSoFar(); later != reads || reads > 50 {
			t.Errorf("%d chunks were read ten seconds into the outage, %d twenty seconds", reads, later)
		}
		if len(w.commits(t)) > 0 {
			t.Error("something was committed without the lake")
		}
		w.lake.setAway(false)
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		w.wantEverything(t)
		if failed := countFailed(facts.list(), "lake"); failed < 4 || failed > 40 {
			t.Errorf("%d failures reported in 20 s", failed)
		}
		if !slices.Contains(facts.list(), event.Fact(event.Recovered{Step: "lake", Shard: shard.Index})) {
			t.Error("the end of the outage was not reported")
		}
	})
}

func TestBufferIntervalCountsFromTheFirstRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		crash := catalogtest.NewCrash(0, false, nil)
		shards, err := w.catalog(t, crash)
		if err != nil {
			t.Fatal(err)
		}
		committed := make(chan event.Committed, 10)
		ctx, cancel := context.WithCancel(t.Context())
		worker := w.worker(t, life{cfg: deliver.Config{BufferInterval: 3 * time.Second}}, deliver.Deps{
			Source: w.log, Catalog: shards, Lake: w.lake, Contracts: w.set, Name: fileName, Differs: taken,
			Listener: func(f event.Fact) {
				if c, ok := f.(event.Committed); ok {
					committed <- c
				}
			},
		})
		ended := make(chan error, 1)
		go func() { ended <- worker.Run(ctx) }()
		for round := range uint64(3) {
			time.Sleep(100 * time.Second) // idle: nothing may be committed
			start, first := time.Now(), 2*round+1
			w.log.append(eventNumber(first))
			time.Sleep(2 * time.Second)
			w.log.append(eventNumber(first + 1))
			c := <-committed
			if c.First != first || c.Last != first+1 || time.Since(start) != 3*time.Second {
				t.Errorf("committed %d to %d after %v", c.First, c.Last, time.Since(start))
			}
		}
		// What is buffered at the end is committed at once.
		w.log.append(eventNumber(7))
		synctest.Wait()
		start := time.Now()
		cancel()
		if err := <-ended; err != nil || time.Since(start) > 0 || (<-committed).Last != 7 {
			t.Errorf("ended after %v with %v", time.Since(start), err)
		}
	})
}

func TestShutdownGivesUpAfterItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.lake.setAway(true)
		shards, err := w.catalog(t, catalogtest.NewCrash(0, false, nil))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		worker := w.worker(t, life{cfg: deliver.Config{ShutdownTimeout: 7 * time.Second}}, deliver.Deps{
			Source: w.log, Catalog: shards, Lake: w.lake, Contracts: w.set, Name: fileName, Differs: taken,
		})
		ended := make(chan error, 1)
		go func() { ended <- worker.Run(ctx) }()
		w.log.append(events(1, 10)...)
		time.Sleep(time.Minute)
		start := time.Now()
		cancel()
		if err := <-ended; err != nil || time.Since(start) != 7*time.Second {
			t.Errorf("ended after %v with %v", time.Since(start), err)
		}
		w.lake.setAway(false)
		if _, err := w.live(t, life{}); err != nil {
			t.Fatal(err)
		}
		w.wantEverything(t)
	})
}

// TestE2StopDeliversWhatWasAccepted: also what the worker has not read yet when it is stopped.
func TestE2StopDeliversWhatWasAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.log.append(events(1, 5000)...)
		shards, err := w.catalog(t, catalogtest.NewCrash(0, false, nil))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		worker := w.worker(t, life{cfg: deliver.Config{ShutdownTimeout: 10 * time.Second}}, deliver.Deps{
			Source: w.log, Catalog: shards, Lake: w.lake, Contracts: w.set, Name: fileName, Differs: taken,
			Listener: func(f event.Fact) {
				if _, ok := f.(event.Flushed); ok {
					cancel()
				}
			},
		})
		start := time.Now()
		if err := worker.Run(ctx); err != nil || time.Since(start) > time.Second {
			t.Errorf("ended after %v with %v", time.Since(start), err)
		}
		if shards.Position() != 5000 {
			t.Errorf("%d of 5000 records were delivered before the stop", shards.Position())
		}
		w.wantEverything(t)
	})
}

// TestStopEndsReadingAfterHalfItsTime: what keeps coming, or comes slowly, cannot hold a stop up.
func TestStopEndsReadingAfterHalfItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.log.append(events(1, 100)...)
		shards, err := w.catalog(t, catalogtest.NewCrash(0, false, nil))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		worker := w.worker(t, life{cfg: deliver.Config{ShutdownTimeout: 8 * time.Second}}, deliver.Deps{
			Source: w.log, Catalog: shards, Lake: w.lake, Contracts: w.set, Name: fileName, Differs: taken,
		})
		ended := make(chan error, 1)
		go func() { ended <- worker.Run(ctx) }()
		time.Sleep(time.Minute)
		w.log.fail(errors.New("the log is away"))
		w.log.append(events(101, 200)...)
		synctest.Wait()
		start := time.Now()
		cancel()
		if err := <-ended; err != nil || time.Since(start) != 4*time.Second {
			t.Errorf("ended after %v with %v", time.Since(start), err)
		}
		if shards.Position() != 100 {
			t.Errorf("position %d", shards.Position())
		}
	})
}

func TestBacklogMakesLargerFiles(t *testing.T) {
	w := newWorld(t)
	w.log.append(events(1, 5000)...)
	if _, err := w.live(t, life{cfg: deliver.Config{BufferSize: 2000, MaxBuffer: 100_000, BufferInterval: time.Minute}}); err != nil {
		t.Fatal(err)
	}
	w.wantEverything(t)
	commits := w.commits(t)
	if n := len(commits); n > 10 {
		t.Errorf("5000 events made %d commits", n)
	}
}
