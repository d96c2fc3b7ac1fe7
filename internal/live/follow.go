package live

import (
	"context"
	"encoding/json"
	"time"
)

const (
	// freshEvery is how often freshness is computed while somebody looks.
	freshEvery = time.Second
	// freshRepeat is after how long it is sent although it did not change.
	freshRepeat = 5 * time.Second
	// freshAge is how old it may be to be told with a chart.
	freshAge = time.Second
	// freshTime bounds one computation.
	freshTime = 5 * time.Second
)

// follow tells those who look how fresh the data is, until ctx ends.
func (h *Hub) follow(ctx context.Context) {
	tick := time.NewTicker(freshEvery)
	defer tick.Stop()
	var sent Fresh
	var sentAt time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.look:
		case <-tick.C:
		}
		if !h.watched() {
			continue
		}
		fresh := h.renew(ctx)
		now := h.cfg.Now()
		h.mu.Lock()
		if fresh != sent || now.Sub(sentAt) >= freshRepeat {
			sent, sentAt = fresh, now
			for w := range h.mu.watchers {
				w.fresh(fresh)
			}
		}
		h.mu.Unlock()
	}
}

// renew computes how fresh the data is.
func (h *Hub) renew(ctx context.Context) Fresh {
	ctx, cancel := context.WithTimeout(ctx, freshTime)
	defer cancel()
	fresh := h.freshness.Freshness(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.mu.fresh, h.mu.freshAt = fresh, h.cfg.Now()
	return fresh
}

// known is how fresh the data was a moment ago at the most.
func (h *Hub) known(ctx context.Context) Fresh {
	h.mu.Lock()
	fresh, at := h.mu.fresh, h.mu.freshAt
	h.mu.Unlock()
	if h.cfg.Now().Sub(at) <= freshAge {
		return fresh
	}
	return h.renew(ctx)
}

func (h *Hub) watched() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.mu.watchers) > 0
}

func (w *watcher) fresh(f Fresh) {
	data, err := json.Marshal(f)
	if err != nil { // times before year 0 or after 9999 are not JSON; nobody learns anything from one
		return
	}
	w.send("freshness", "", data)
}
