package warehouse

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// Files that never come back must not keep the others from being looked for.
func TestEveryMissingFileHasItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for i := range 3 * maxAgain {
			name := fmt.Sprintf("f%03d", i)
			b.lake.gone[name] = true
			b.add(0, name)
		}
		stop := b.run()
		defer stop()
		pass(time.Minute)
		last := fmt.Sprintf("f%03d", 3*maxAgain-1)
		b.expect("status", b.statuses(last), "[missing]")
		b.lake.set(func(l *fakeLake) { delete(l.gone, last) })
		pass(4 * time.Minute)
		b.expect("status", b.statuses("f000", last), "[missing loaded]")
	})
}

// A lake that was not mounted comes back whole, and is loaded without waiting between its files.
func TestFilesThatComeBackTogetherAreLoadedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for i := range 20 * maxAgain {
			name := fmt.Sprintf("f%04d", i)
			b.lake.gone[name] = true
			b.add(0, name)
		}
		stop := b.run()
		defer stop()
		pass(time.Second)
		b.lake.set(func(l *fakeLake) { clear(l.gone) })
		pass(2 * time.Minute)
		for i := range 20 * maxAgain {
			b.expect("status", b.statuses(fmt.Sprintf("f%04d", i)), "[loaded]")
		}
	})
}

// A warehouse that has more than the catalog knows of cannot be loaded into; that is said at growing
// intervals, not in a loop that takes a processor.
func TestWarehouseAheadOfTheCatalogIsTriedWithPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.target.fail = func(Batch) error { return fmt.Errorf("%w: a gap", ErrRewind) }
		b.add(0, "a")
		stop := b.run()
		defer stop()
		pass(time.Minute)
		if n := len(b.facts); n < 10 || n > 30 {
			t.Fatalf("%d attempts in a minute", n)
		}
	})
}

func TestEndOfAnOutageIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.lake.outage = fmt.Errorf("%w: away", ErrUnavailable)
		b.add(0, "a")
		stop := b.run()
		defer stop()
		pass(time.Minute)
		b.lake.set(func(l *fakeLake) { l.outage = nil })
		pass(10 * time.Second)
		var last event.Fact
		recovered := 0
		for len(b.facts) > 0 {
			last = <-b.facts
			if r, ok := last.(event.Recovered); ok && r.Step == "warehouse" {
				recovered++
			}
		}
		if _, ok := last.(event.Loaded); !ok || recovered != 1 {
			t.Fatalf("%d recoveries, and at last %#v", recovered, last)
		}
	})
}
