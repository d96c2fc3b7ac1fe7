package monitor

import (
	"maps"
	"slices"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// windowParts is into how many parts a window is divided: what leaves it does so in such steps.
const windowParts = 60

// sums are counts at a moment.
type sums struct {
	at                    time.Time
	delivered, refused    int64            // events committed, and those that went to the quarantine
	deliveredBy, refuseBy map[string]int64 // the same by contract
}

// window knows what happened in the last while: what was quarantined, and how much was in flight.
// Not safe for concurrent use.
type window struct {
	span time.Duration
	now  sums
	past []sums
	// least is the smallest number in flight of each part of the window, oldest first; parts is when
	// the last one began.
	least []int64
	part  time.Time
	began time.Time
}

func newWindow(span time.Duration) window {
	return window{span: max(span, windowParts*time.Millisecond)}
}

func (w *window) hear(fact event.Fact) {
	switch fact := fact.(type) {
	case event.Committed:
		w.now.delivered += fact.Rows + fact.Quarantined + fact.Dropped
	case event.Quarantined:
		for _, n := range fact.Reasons {
			w.now.refused += n
		}
	}
}

// classified takes what all commits hold by contract.
func (w *window) classified(c Classified) {
	w.now.deliveredBy, w.now.refuseBy = c.Committed, c.Quarantined
	if len(w.past) > 0 && w.past[0].deliveredBy == nil {
		for i := range w.past { // counted for the first time: all that is known is from before
			w.past[i].deliveredBy, w.past[i].refuseBy = c.Committed, c.Quarantined
		}
	}
}

// add takes how much is in flight at now.
func (w *window) add(now time.Time, inFlight int64) {
	if w.began.IsZero() {
		w.began = now
	}
	step := w.span / windowParts
	if len(w.past) == 0 || now.Sub(w.past[len(w.past)-1].at) >= step {
		w.now.at = now
		w.past = append(w.past, w.now)
		for len(w.past) > 1 && now.Sub(w.past[1].at) >= w.span {
			w.past = w.past[1:]
		}
	}
	if len(w.least) == 0 || now.Sub(w.part) >= step {
		w.least, w.part = append(w.least, inFlight), now
		w.least = w.least[max(len(w.least)-windowParts, 0):]
	}
	last := &w.least[len(w.least)-1]
	*last = min(*last, inFlight)
}

// full says whether the watching has lasted for a window.
func (w *window) full(now time.Time) bool { return !w.began.IsZero() && now.Sub(w.began) >= w.span }

// growing says whether what is in flight has become more over the whole window: the least of each
// quarter is above that of the quarter before. A pipeline that keeps up comes near 0 in each.
func (w *window) growing() bool {
	if len(w.least) < windowParts {
		return false
	}
	quarter := windowParts / 4
	before := int64(-1)
	for i := 0; i < windowParts; i += quarter {
		least := slices.Min(w.least[i : i+quarter])
		if least <= before {
			return false
		}
		before = least
	}
	return true
}

// share is the largest share of quarantined events in the window, of all or of one contract.
// contract is empty for all. ok is false when nothing was delivered.
func (w *window) share() (share float64, refused int64, contract string, ok bool) {
	if len(w.past) == 0 {
		return 0, 0, "", false
	}
	from := w.past[0]
	look := func(name string, delivered, bad int64) {
		if delivered <= 0 {
			return
		}
		ok = true
		if bad < fewest {
			return
		}
		if s := min(float64(bad)/float64(delivered), 1); s > share {
			share, refused, contract = s, bad, name
		}
	}
	look("", w.now.delivered-from.delivered, w.now.refused-from.refused)
	for _, name := range slices.Sorted(maps.Keys(w.now.deliveredBy)) {
		if name != Unclassified {
			look(name, w.now.deliveredBy[name]-from.deliveredBy[name], w.now.refuseBy[name]-from.refuseBy[name])
		}
	}
	return share, refused, contract, ok
}
