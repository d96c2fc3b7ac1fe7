package monitor

import (
	"context"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// counted is a count of the warehouse, with what went wrong instead.
type counted struct {
	WarehouseCount
	err error
	// classified are the commits by contract, read right after; classifyErr is why they are not known.
	classified  Classified
	classifyErr error
	// at is when it was done, and took how long that was; number counts counts.
	at     time.Time
	took   time.Duration
	number int64
}

const (
	// countPause is the least pause between counts while somebody looks, idleCountPause while only
	// alarms need them.
	countPause     = time.Second
	idleCountPause = 5 * time.Second
	// countShare bounds the part of the time that counting takes, as 1 to so many: counting must not
	// slow the loads of a warehouse in which it takes long.
	countShare = 20
)

// longestPause bounds the pause that countShare makes.
const longestPause = time.Minute

// due says how long after the last count another one may begin.
func (c counted) due(least time.Duration) time.Duration {
	if c.err != nil {
		return least // it counted nothing, and its end is to be noticed soon
	}
	return min(max(least, countShare*c.took), longestPause)
}

// count counts the warehouse now.
func (m *Monitor) count(ctx context.Context) counted {
	m.counting.Lock()
	defer m.counting.Unlock()
	return m.countLocked(ctx)
}

// countSince returns the last count, or a new one if that is due.
func (m *Monitor) countSince(ctx context.Context, least time.Duration) counted {
	m.counting.Lock()
	defer m.counting.Unlock()
	if last := m.lastCount(); last.number > 0 && m.cfg.Now().Sub(last.at) < last.due(least) {
		return last
	}
	if c := m.countLocked(ctx); ctx.Err() != nil {
		return c
	}
	return m.lastCount()
}

func (m *Monitor) lastCount() counted {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.mu.counted
}

// countLocked counts; the caller holds counting.
func (m *Monitor) countLocked(ctx context.Context) counted {
	m.mu.Lock()
	clear(m.mu.heard)
	m.mu.Unlock()
	began := m.cfg.Now()
	var c counted
	c.WarehouseCount, c.err = m.deps.Warehouse.Count(ctx)
	if c.err == nil {
		loaded := map[int]uint64{}
		for shard, at := range c.Watermarks {
			loaded[shard] = at.Commit
		}
		c.classified, c.classifyErr = m.deps.Catalog.Classified(ctx, loaded)
	}
	c.at = m.cfg.Now()
	c.took = c.at.Sub(began)
	balanced, explained := m.balance(c)
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.err == nil {
		m.mu.uneven, m.mu.unevenFor = m.mu.uneven+1, explained
		if balanced {
			m.mu.uneven = 0
		}
		m.mu.window.classified(c.classified)
	}
	c.number = m.mu.counted.number + 1
	if c.err != nil && ctx.Err() == nil {
		m.mu.failures.counts[StepWarehouse]++
	}
	if c.err != nil && ctx.Err() != nil {
		return c // who asked is gone; that says nothing of the warehouse
	}
	if c.err == nil {
		m.mu.counted = c
		m.mu.path.counted(c.Watermarks, m.mu.heard)
		m.mu.warehouseGone = time.Time{}
		return c
	}
	if m.mu.warehouseGone.IsZero() {
		m.mu.warehouseGone = began
	}
	// What was counted last is what is known until the warehouse answers again.
	failed := c
	failed.WarehouseCount, failed.classified, failed.classifyErr = m.mu.counted.WarehouseCount, m.mu.counted.classified, m.mu.counted.classifyErr
	m.mu.counted = failed
	return c
}

// balance says whether the ledger of a count adds up, of the whole and of every contract, or else
// what does not.
func (m *Monitor) balance(c counted) (balanced bool, explained string) {
	w := m.whole(c)
	if !w.balanced {
		return false, w.problems[len(w.problems)-1]
	}
	var r Reading
	r.Ledger, r.Balanced = w.ledger, true
	m.byContract(&r, c)
	return r.Balanced, strings.Join(r.Problems, "; ")
}

// Start takes how far the warehouse is, when the watching begins.
func (m *Monitor) Start(loaded map[int]Watermark) {
	for shard, at := range loaded {
		m.Hear(event.Loaded{Shard: shard, Through: at.Position})
	}
	m.observe()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.path.counted(loaded, nil)
	m.mu.path.load = event.Loaded{}
}

// observe takes the positions of the log and the catalog.
func (m *Monitor) observe() {
	accepted, committed := m.deps.Log.Accepted(), m.deps.Catalog.Committed()
	now := m.cfg.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.path.observe(now, accepted, committed)
	m.mu.rates.add(now, m.mu.path.totals())
}
