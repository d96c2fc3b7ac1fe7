package deliver_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/catalog/catalogtest"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/deliver"
	"github.com/penstock/penstock/internal/event"
)

func TestE2EveryEventEndsInOnePlace(t *testing.T) {
	w := newWorld(t)
	w.log.append(events(1, 1000)...)
	var facts factList
	if _, err := w.live(t, life{facts: facts.add}); err != nil {
		t.Fatal(err)
	}
	w.wantEverything(t)
	var c event.Committed
	reasons := map[event.Reason]int64{}
	var flushed int
	for _, f := range facts.list() {
		switch f := f.(type) {
		case event.Committed:
			c.Rows, c.Quarantined, c.Dropped = c.Rows+f.Rows, c.Quarantined+f.Quarantined, c.Dropped+f.Dropped
		case event.Quarantined:
			for reason, n := range f.Reasons {
				reasons[reason] += n
			}
		case event.Flushed:
			flushed++
		default:
			t.Errorf("fact %+v", f)
		}
	}
	if c.Rows+c.Quarantined+c.Dropped != 1000 || flushed != len(w.commits(t)) ||
		reasons[event.ReasonNotJSON]+reasons[event.ReasonWrongType] != c.Quarantined || len(reasons) != 2 {
		t.Errorf("facts add up to %+v, reasons %v, %d flushes", c, reasons, flushed)
	}
}

// TestE5DeathAtEveryStep lets the process die before and after each of its writes, starts another
// one that may die too, and then one that lives.
func TestE5DeathAtEveryStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		probe := newWorld(t)
		probe.log.append(events(1, 120)...)
		steps, err := probe.live(t, life{})
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Join(steps, " ")
		if !strings.Contains(all, "journal append lake put") || !strings.Contains(all, "lake put journal append") {
			t.Fatalf("steps are %v", steps)
		}
		for at := 1; at <= len(steps); at++ {
			for _, after := range []bool{false, true} {
				w := newWorld(t)
				w.log.append(events(1, 120)...)
				for _, dieAt := range []int{at, 1 + at%7, 0} {
					if _, err := w.live(t, life{dieAt: dieAt, after: after}); err != nil && !errors.Is(err, catalogtest.ErrDied) {
						t.Fatalf("death at step %d (%s, after: %v): %v", at, steps[at-1], after, err)
					}
				}
				w.wantEverything(t)
				// The plan was finished under its own names: nothing was written twice.
				committed := 0
				for _, c := range w.commits(t) {
					committed += len(c.Files)
				}
				if stored := w.lake.len(); stored != committed {
					t.Fatalf("death at step %d (%s, after: %v): %d files are stored, %d committed", at, steps[at-1], after, stored, committed)
				}
			}
		}
	})
}

func TestE4OrderIsKeptAcrossRestarts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for last := uint64(50); last <= 500; last += 50 {
			w.log.append(events(last-49, last)...)
			if _, err := w.live(t, life{dieAt: int(last % 23), after: last%3 == 0}); err != nil && !errors.Is(err, catalogtest.ErrDied) {
				t.Fatal(err)
			}
		}
		if _, err := w.live(t, life{}); err != nil {
			t.Fatal(err)
		}
		w.wantEverything(t)
	})
}

func TestE5SecondWorkerFencesTheFirst(t *testing.T) {
	w := newWorld(t)
	crash := catalogtest.NewCrash(0, false, nil)
	first, err := w.catalog(t, crash)
	if err != nil {
		t.Fatal(err)
	}
	committed := make(chan struct{}, 100)
	worker := w.worker(t, life{}, deliver.Deps{
		Source: w.log, Catalog: first, Lake: w.lake, Contracts: w.set, Name: fileName, Differs: taken,
		Listener: func(f event.Fact) {
			if _, ok := f.(event.Committed); ok {
				committed <- struct{}{}
			}
		},
	})
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(t.Context()) }()
	w.log.append(events(1, 40)...)
	<-committed
	// The second one starts while the first one lives, and gets to write.
	second, err := w.catalog(t, crash)
	if err != nil {
		t.Fatal(err)
	}
	for err = errors.New("not yet"); err != nil; {
		if err = second.PutContracts(t.Context(), "c1-other", nil); errors.Is(err, event.ErrFenced) {
			second, err = w.catalog(t, crash)
			if err == nil {
				err = errors.New("not yet")
			}
		}
	}
	w.log.append(events(41, 200)...)
	if err := <-ended; !errors.Is(err, event.ErrFenced) {
		t.Fatalf("the first worker ended with %v", err)
	}
	if _, err := w.live(t, life{}); err != nil {
		t.Fatal(err)
	}
	w.wantEverything(t)
}

func TestChangedContractsTakeOverAfterThePendingPlan(t *testing.T) {
	w := newWorld(t)
	w.log.append(events(1, 30)...)
	steps, err := w.live(t, life{dieAt: 5}) // dies at the first file
	if err != nil || steps[4] != "lake put" {
		t.Fatalf("steps %v, %v", steps, err)
	}
	// Meanwhile somebody makes words a number short.
	w.set = compile(t, numbersYAML+"  - {name: more, type: varchar, default: new}\n", wordsYAML)
	if _, err := w.live(t, life{}); err != nil {
		t.Fatal(err)
	}
	w.wantEverything(t)
	commits := w.commits(t)
	if commits[0].Version == w.set.Version() || commits[1].Version != w.set.Version() {
		t.Errorf("versions are %s and %s; the present one is %s", commits[0].Version, commits[1].Version, w.set.Version())
	}
	for n, rows := range w.rows(t, commits) {
		if _, has := rows[0].fields["more"]; rows[0].table == "numbers" && has != (n > commits[0].Last) {
			t.Errorf("record %d: %v", n, rows[0].fields)
		}
	}
}

func TestForeignFileUnderAPlannedName(t *testing.T) {
	w := newWorld(t)
	w.log.append(events(1, 60)...)
	name := fileName(deliver.NewFile{Table: "numbers", Shard: 2, First: 1, Last: 28, Generation: 1, Extension: "csv.gz"})
	probe := newWorld(t)
	probe.log.append(events(1, 60)...)
	if _, err := probe.live(t, life{}); err != nil {
		t.Fatal(err)
	}
	for _, f := range probe.commits(t)[0].Files {
		if f.Table == "numbers" {
			name = f.Name
		}
	}
	if err := w.lake.Put(t.Context(), name, []byte("somebody else's")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.live(t, life{}); err != nil {
		t.Fatal(err)
	}
	w.wantEverything(t)
	if got := w.commits(t)[0].Files[0].Name; !strings.Contains(got, "-2.csv.gz") {
		t.Errorf("the first file is %s, not of generation 2", got)
	}
	if string(w.lake.get(name)) != "somebody else's" {
		t.Error("the foreign file was changed")
	}
}

func TestMissingRecordsAreALoudLoss(t *testing.T) {
	cases := map[string]struct {
		prepare func(w *world)
		want    string
	}{
		"trimmed":                 {func(w *world) { w.log.cut(90) }, "records "},
		"trimmed in a plan":       {func(w *world) { w.log.cut(w.log.last() + 1) }, "records "},
		"the log is an older one": {func(w *world) { w.log.records = w.log.records[:10] }, "records 11 to "},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.log.append(events(1, 100)...)
			if _, err := w.live(t, life{dieAt: 9}); err != nil {
				t.Fatal(err)
			}
			tc.prepare(w)
			shards, err := w.catalog(t, catalogtest.NewCrash(0, false, nil))
			if err != nil {
				t.Fatal(err)
			}
			before := shards.Position()
			worker := w.worker(t, life{}, deliver.Deps{Source: w.log, Catalog: shards, Lake: w.lake, Contracts: w.set, Name: fileName, Differs: taken})
			err = worker.Run(t.Context())
			var lost *event.Error
			if !errors.As(err, &lost) || lost.Code != "records_lost" || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
			if shards.Position() != before {
				t.Errorf("the position went from %d to %d", before, shards.Position())
			}
		})
	}
}

func TestGapWhileReadingIsALoudLoss(t *testing.T) {
	w := newWorld(t)
	w.log.append(events(1, 20)...)
	w.log.records[9].Sequence++
	_, err := w.live(t, life{})
	if err == nil || !strings.Contains(err.Error(), "records 10 to 10 of events") {
		t.Errorf("error %v", err)
	}
}

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

func TestConfigReportsEveryFault(t *testing.T) {
	_, err := deliver.New(deliver.Config{BufferSize: -1, BufferInterval: -1}, deliver.Deps{})
	for _, want := range []string{"no stream", "BufferSize", "BufferInterval", "Source is missing", "Differs is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not speak of %q", err, want)
		}
	}
}

func TestNamesAgree(t *testing.T) {
	if catalog.QuarantineTable != contract.QuarantineName {
		t.Errorf("catalog says %q, contract says %q", catalog.QuarantineTable, contract.QuarantineName)
	}
}
