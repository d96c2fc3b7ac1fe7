package live

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/penstock/penstock/internal/chart"
	"github.com/penstock/penstock/internal/event"
)

// TooMany is the code of the error past Config.States.
const TooMany = "too_many_views"

// Hub computes the charts that are looked at. Its methods are safe for concurrent use.
type Hub struct {
	cfg       Config
	warehouse Warehouse
	freshness Freshness
	// wake tells Run that something may be due, look tells the freshness that somebody looks.
	wake, look chan struct{}

	mu struct {
		sync.Mutex
		views    map[string]*view
		watchers map[*watcher]struct{}
		// states counts who looks at each state.
		states map[string]int
		// loaded says that something was loaded that the views do not know of yet.
		loaded bool
		// slots are those of Config.Queries.
		slots []slot
		// bytes is what the views' results hold.
		bytes int64
		fresh Fresh
		// freshAt is when fresh was computed.
		freshAt time.Time
	}
}

// slot is room for one query. It rests after each for as long as that took, so that charts never use
// more than half of it.
type slot struct {
	busy      bool
	restUntil time.Time
}

// New returns a hub that computes nothing until Run.
func New(cfg Config, warehouse Warehouse, freshness Freshness) *Hub {
	h := &Hub{
		cfg: cfg.withDefaults(), warehouse: warehouse, freshness: freshness,
		wake: make(chan struct{}, 1), look: make(chan struct{}, 1),
	}
	h.mu.views = map[string]*view{}
	h.mu.watchers = map[*watcher]struct{}{}
	h.mu.states = map[string]int{}
	h.mu.slots = make([]slot, h.cfg.Queries)
	return h
}

// Hear takes a fact: what was loaded makes charts out of date.
func (h *Hub) Hear(f event.Fact) {
	if _, ok := f.(event.Loaded); !ok {
		return
	}
	h.mu.Lock()
	h.mu.loaded = true
	h.mu.Unlock()
	signal(h.wake)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Admit refuses a state of a dashboard that nobody looks at yet when too many are looked at. The error is an
// *event.Error with the code TooMany.
func (h *Hub) Admit(d *chart.Dashboard, state chart.State) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.admit(stateKey(d, state))
}

func (h *Hub) admit(key string) error {
	if h.mu.states[key] > 0 || len(h.mu.states) < h.cfg.States {
		return nil
	}
	return &event.Error{
		Code: TooMany, Message: fmt.Sprintf("%d different views of dashboards are open, and no more are computed at once", h.cfg.States),
		Hint: "take fewer filters or a range that others use, or try again in a moment",
	}
}

func stateKey(d *chart.Dashboard, state chart.State) string { return d.Name + "\x00" + state.Key() }

// enter counts somebody who looks at a state, and leave takes them off again.
func (h *Hub) enter(key string) error {
	if err := h.admit(key); err != nil {
		return err
	}
	h.mu.states[key]++
	return nil
}

func (h *Hub) leave(key string) {
	if h.mu.states[key]--; h.mu.states[key] == 0 {
		delete(h.mu.states, key)
	}
}

// Watch sends a dashboard's charts, and how fresh they are, until ctx ends: at first what is known,
// then whenever something changed. send is called with the event's name, a key, and its data as JSON
// in one line, from several goroutines, and must not block; an event may take the place of an earlier one
// with the same name and key. The error is Admit's.
func (h *Hub) Watch(ctx context.Context, d *chart.Dashboard, state chart.State, send func(event, key string, data []byte)) error {
	w := &watcher{send: send}
	key := stateKey(d, state)
	h.mu.Lock()
	if err := h.enter(key); err != nil {
		h.mu.Unlock()
		return err
	}
	h.mu.watchers[w] = struct{}{}
	if !h.mu.freshAt.IsZero() {
		w.fresh(h.mu.fresh)
	}
	views := make([]*view, len(d.Charts))
	for i, c := range d.Charts {
		v := h.view(d, c, state)
		v.watchers[w] = struct{}{}
		views[i] = v
		for _, known := range []json.RawMessage{v.good, v.failed} {
			if known != nil {
				send("chart", c.ID, known)
			}
		}
		if v.outdated(h.cfg.Now()) && !v.running {
			v.expire(h.cfg.Now())
		}
	}
	h.mu.Unlock()
	signal(h.wake)
	signal(h.look)
	<-ctx.Done()
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.mu.watchers, w)
	for _, v := range views {
		delete(v.watchers, w)
		v.lookedAt = h.cfg.Now()
	}
	h.leave(key)
	return nil
}

// Chart is a chart's data once, as JSON: what is known if it is not out of date, or computed. The error is
// Admit's, the query's, or ctx's.
func (h *Hub) Chart(ctx context.Context, d *chart.Dashboard, c *chart.Chart, state chart.State) (json.RawMessage, error) {
	key := stateKey(d, state)
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.enter(key); err != nil {
		return nil, err
	}
	defer h.leave(key)
	v := h.view(d, c, state)
	v.waiting++
	defer func() {
		v.waiting--
		v.lookedAt = h.cfg.Now()
	}()
	asked := h.cfg.Now()
	for v.outdated(asked) && v.began.Before(asked) {
		if v.failure != nil && v.notBefore.After(asked) {
			break // it failed a moment ago, and is tried again by and by
		}
		if !v.running {
			v.expire(asked)
		}
		done := v.done
		h.mu.Unlock()
		signal(h.wake)
		var err error
		select {
		case <-done:
		case <-ctx.Done():
			err = ctx.Err()
		}
		h.mu.Lock()
		if err != nil {
			return nil, err
		}
	}
	if v.failure != nil {
		return nil, v.failure
	}
	return v.good, nil
}

// view is the view of a chart in a state, made if need be.
func (h *Hub) view(d *chart.Dashboard, c *chart.Chart, state chart.State) *view {
	key := d.Name + "\x00" + c.ID + "\x00" + c.Key(state)
	if v := h.mu.views[key]; v != nil {
		return v
	}
	v := &view{
		key: key, chart: c, state: state, interval: d.Interval,
		watchers: map[*watcher]struct{}{}, done: make(chan struct{}),
	}
	if h.warehouse.Metered() && v.interval == 0 {
		v.interval = h.cfg.Metered
	}
	h.mu.views[key] = v
	return v
}

// outdated reports whether there is no result, or one that no longer holds.
func (v *view) outdated(now time.Time) bool {
	return v.good == nil || v.failure != nil || !v.stale.IsZero() || !v.movesAt.IsZero() && now.After(v.movesAt)
}

// expire makes the view due.
func (v *view) expire(now time.Time) {
	if v.stale.IsZero() {
		v.stale = now
	}
}
