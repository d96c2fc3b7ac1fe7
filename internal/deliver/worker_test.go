package deliver_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"

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

// In a bubble, so that both workers end their first file with the same record.
func TestForeignFileUnderAPlannedName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
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
	})
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
