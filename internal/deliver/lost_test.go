package deliver_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/catalog/catalogtest"
	"github.com/penstock/penstock/internal/deliver"
)

// accept is a person who accepts a loss, in a process of its own that dies at its only step if dies.
func (w *world) accept(t *testing.T, lost catalog.Range, dies, after bool) {
	t.Helper()
	dieAt := 0
	if dies {
		dieAt = 1
	}
	shards, err := w.catalog(t, catalogtest.NewCrash(dieAt, after, nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := shards.AcceptLoss(t.Context(), lost); err != nil && !errors.Is(err, catalogtest.ErrDied) {
		t.Fatal(err)
	}
}

// untilLost runs processes, the first ones with deaths, until one meets a loss. It checks that
// nothing after it is committed.
func (w *world) untilLost(t *testing.T, l life, deaths ...int) (catalog.Range, bool) {
	t.Helper()
	for _, l.dieAt = range append(deaths, 0) {
		_, err := w.live(t, l)
		if lost, ok := errors.AsType[*deliver.LostError](err); ok {
			shards, err := w.catalog(t, catalogtest.NewCrash(0, false, nil))
			if err != nil {
				t.Fatal(err)
			}
			plan, pending := shards.Pending()
			if position := shards.Position(); position >= lost.First || !pending && position+1 != lost.First ||
				pending && (plan.First > lost.First || plan.Last < lost.First) {
				t.Fatalf("records %d to %d are lost, %d is committed, and the plan is %+v", lost.First, lost.Last, position, plan)
			}
			return lost.Range, true
		}
		if err != nil && !errors.Is(err, catalogtest.ErrDied) {
			t.Fatal(err)
		}
	}
	return catalog.Range{}, false
}

// TestE2E5AcceptedLossIsCountedOnce: a disk loses records after the process died at any step, others die
// until the loss is met, accepted, and passed. Each record is in one place, or lost, and counted as that.
func TestE2E5AcceptedLossIsCountedOnce(t *testing.T) {
	const all = 120
	losses := map[string]func(w *world){
		"in the middle":        func(w *world) { w.log.lose(41, 60, false) },
		"of which one is told": func(w *world) { w.log.lose(41, 60, true) },
		"one record":           func(w *world) { w.log.lose(41, 41, false) },
		"the oldest":           func(w *world) { w.log.cut(30) },
		"the newest":           func(w *world) { w.log.lose(100, all, true) },
		"all":                  func(w *world) { w.log.lose(1, all, true) },
	}
	for name, lose := range losses {
		for _, processed := range []bool{false, true} {
			if processed && name != "in the middle" && name != "all" {
				continue
			}
			t.Run(fmt.Sprint(name, " processed ", processed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					for dieAt := range 14 { // two ranges and a bit
						lifetimes(t, lose, dieAt, false, processed)
						lifetimes(t, lose, dieAt, true, processed)
					}
				})
			})
		}
	}
}

func lifetimes(t *testing.T, lose func(*world), dieAt int, after, processed bool) {
	w := newWorld(t)
	l := life{after: after, forgetful: true}
	if processed {
		l.processor, l.results = &moody{}, deliver.NewFileResults(filepath.Join(t.TempDir(), "kept"))
	}
	w.log.append(events(1, 120)...)
	if l.dieAt = dieAt; dieAt > 0 {
		if _, err := w.live(t, l); err != nil && !errors.Is(err, catalogtest.ErrDied) {
			t.Fatal(err)
		}
	}
	lose(w)
	for losses := 0; ; losses++ {
		lost, met := w.untilLost(t, l, 1+dieAt%5, 2+dieAt%11)
		if !met {
			break
		}
		if losses > 2 {
			t.Fatalf("records %d to %d are still lost", lost.First, lost.Last)
		}
		w.accept(t, lost, true, after)
		w.accept(t, lost, false, after)
		w.accept(t, lost, false, after)
	}
	shards, err := w.catalog(t, catalogtest.NewCrash(0, false, nil))
	if err != nil {
		t.Fatal(err)
	}
	var lost uint64
	for _, c := range w.commits(t) {
		for _, r := range c.Lost {
			lost += r.Records()
		}
	}
	if got := shards.Totals().Lost; got != int64(lost) || len(shards.AcceptedLosses()) > 0 {
		t.Fatalf("%d are lost in all, %d by the commits; accepted and not passed: %v", got, lost, shards.AcceptedLosses())
	}
	if dieAt == 0 && lost == 0 {
		t.Fatal("nothing was lost")
	}
	if !processed {
		w.wantEverything(t)
		return
	}
	wantProcessed(t, w)
}

// wantProcessed checks that the commits of a Processor's outputs follow each other and count each record.
func wantProcessed(t *testing.T, w *world) {
	t.Helper()
	var position uint64
	for _, c := range w.commits(t) {
		if c.First != position+1 {
			t.Fatalf("after record %d comes a commit of %d to %d", position, c.First, c.Last)
		}
		position = c.Last
		var dropped int64
		rows := map[string]int64{}
		for n := c.First; n <= c.Last; n++ {
			switch where := place(n); {
			case isLost(c, n) || where == "dropped":
				dropped++
			default:
				rows[where]++
			}
		}
		for _, f := range c.Files {
			rows[f.Table] -= f.Rows
		}
		for table, off := range rows {
			if off != 0 {
				t.Fatalf("of %d to %d, table %s is off by %d", c.First, c.Last, table, off)
			}
		}
		if c.Dropped[catalog.NoContract] != dropped {
			t.Fatalf("of %d to %d, %v are dropped, want %d", c.First, c.Last, c.Dropped, dropped)
		}
	}
	if position != w.log.last() {
		t.Fatalf("committed up to %d of %d", position, w.log.last())
	}
}

// TestAcceptedLossThatIsNone: what the log has after all is delivered.
func TestAcceptedLossThatIsNone(t *testing.T) {
	w := newWorld(t)
	w.log.append(events(1, 60)...)
	w.accept(t, catalog.Range{First: 20, Last: 40}, false, false)
	if _, err := w.live(t, life{}); err != nil {
		t.Fatal(err)
	}
	w.wantEverything(t)
	shards, err := w.catalog(t, catalogtest.NewCrash(0, false, nil))
	if err != nil {
		t.Fatal(err)
	}
	if shards.Totals().Lost != 0 || len(shards.AcceptedLosses()) > 0 {
		t.Errorf("%d are lost, %v accepted", shards.Totals().Lost, shards.AcceptedLosses())
	}
}

// TestLossBeyondWhatWasAccepted: a person has accepted what was shown, and no record more.
func TestLossBeyondWhatWasAccepted(t *testing.T) {
	w := newWorld(t)
	w.log.append(events(1, 60)...)
	w.log.lose(20, 40, false)
	w.accept(t, catalog.Range{First: 20, Last: 30}, false, false)
	lost, met := w.untilLost(t, life{})
	if want := (catalog.Range{First: 31, Last: 40}); !met || lost != want {
		t.Fatalf("lost %v, %v; want %v", lost, met, want)
	}
}
