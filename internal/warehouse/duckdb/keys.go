package duckdb

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// keys has the filters of all tables with a key.
//
// DuckDB's threads ask it in the middle of a load, several at once; hence the mutex, which is taken
// once for 2,048 rows.
type keys struct {
	budget int64
	held   *atomic.Int64
	mu     struct {
		sync.Mutex
		tables []*keyedTable
	}
}

// keyedTable is a table with a key, and what the load in hand has found out.
type keyedTable struct {
	number int64
	name   string
	key    string
	window time.Duration
	filter *keyFilter
	// suspects are hashes newKey was not sure of in this load; slices is where they may be.
	suspects map[uint64]struct{}
	count    int64 // rows newKey was not sure of
	slices   sliceSet
	// wide: the load has rows that need times the filter does not know, or the slices' ids have
	// changed since it began (shifts is what the filter had then), so that slices says too little.
	wide   bool
	shifts int
}

// newKeys makes filters that hold at most budget bytes together, and count them in held.
func newKeys(c *conn, budget int64, held *atomic.Int64) (*keys, error) {
	k := &keys{budget: budget, held: held}
	for name, fn := range map[string]tableFunction{newKey: (*keyedTable).areNew, suspectKey: (*keyedTable).areSuspect, knownKey: (*keyedTable).addKnown} {
		if err := registerKeyFunction(c, name, k.withTable(fn)); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// tableFunction answers for many rows of one table at a time. The lock is held.
type tableFunction func(t *keyedTable, hashes []uint64, arrived []int64, out []bool) error

// withTable is fn for the table of a number.
func (k *keys) withTable(fn tableFunction) keyFunction {
	return func(number int64, hashes []uint64, arrived []int64, out []bool) error {
		k.mu.Lock()
		defer k.mu.Unlock()
		if number < 0 || int(number) >= len(k.mu.tables) {
			return fmt.Errorf("there is no key filter %d", number)
		}
		return fn(k.mu.tables[number], hashes, arrived, out)
	}
}

func (t *keyedTable) areNew(hashes []uint64, arrived []int64, out []bool) error {
	for i, h := range hashes {
		// What is forgotten in the middle of a load counts from the next row on.
		late := t.filter.covered > arrived[i]-t.filter.window
		if known := t.filter.lookup(h, &t.slices); known || late {
			t.wide = t.wide || late
			t.suspects[h] = struct{}{}
			t.count++
			out[i] = false
			continue
		}
		if err := t.filter.add(h, arrived[i]); err != nil {
			return err
		}
		out[i] = true
	}
	return nil
}

func (t *keyedTable) areSuspect(hashes []uint64, _ []int64, out []bool) error {
	for i, h := range hashes {
		_, out[i] = t.suspects[h]
	}
	return nil
}

func (t *keyedTable) addKnown(hashes []uint64, arrived []int64, out []bool) error {
	for i, h := range hashes {
		if err := t.filter.add(h, arrived[i]); err != nil {
			return err
		}
		out[i] = true
	}
	return nil
}

// of returns the keyed table, building its filter from the table's rows when it is new or its key
// has changed.
func (k *keys) of(ctx context.Context, c *conn, name, key string, window time.Duration) (*keyedTable, error) {
	k.mu.Lock()
	for _, t := range k.mu.tables {
		if strings.EqualFold(t.name, name) && t.key == key && t.window == window {
			k.mu.Unlock()
			return t, nil
		}
	}
	number := int64(len(k.mu.tables))
	k.mu.Unlock()
	since, expected, err := countKeys(ctx, c, name, key, window)
	if err != nil {
		return nil, err
	}
	filter, err := k.newFilter(window, expected)
	if err != nil {
		return nil, err
	}
	t := &keyedTable{number: number, name: name, key: key, window: window, filter: filter, suspects: map[uint64]struct{}{}}
	k.mu.Lock()
	k.mu.tables = append(k.mu.tables, t)
	k.mu.Unlock()
	filter.covered = since
	if expected == 0 {
		return t, nil
	}
	sql := fmt.Sprintf("SELECT count(*) FROM %s WHERE _arrived_at >= make_timestamptz(%d) AND %s IS NOT NULL AND %s(%d, hash(%s), epoch_us(_arrived_at))",
		tableName(name), since, ident(key), knownKey, number, ident(key))
	if err := c.rows(ctx, sql, func(row) error { return nil }); err != nil {
		k.drop(t)
		return nil, fmt.Errorf("read the keys of table %s: %w", name, err)
	}
	return t, nil
}

// newFilter makes a filter that shares the memory with the others. Its room is asked for while mu is
// held.
func (k *keys) newFilter(window time.Duration, expected int64) (*keyFilter, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return newKeyFilter(window, expected, func() int64 {
		left := k.budget
		for _, t := range k.mu.tables {
			left -= t.filter.bytes()
		}
		return left
	}, k.held)
}

// drop makes a half-built filter unusable; its number is not given out again.
func (k *keys) drop(t *keyedTable) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t.discard()
}

// discard gives the filter's memory back. The lock is held.
func (t *keyedTable) discard() {
	t.name, t.key = "", ""
	t.filter.close()
}

// margin is the part of a window, beside the window itself, that a filter is made from: as late as
// that a row may be and still need nothing the filter does not know.
const margin = 8

// countKeys says from which arrival on a filter is to know the table's keys, and how many there are
// since.
func countKeys(ctx context.Context, c *conn, name, key string, window time.Duration) (since, n int64, err error) {
	since = math.MinInt64
	err = c.rows(ctx, "SELECT epoch_us(max(_arrived_at)) FROM "+tableName(name), func(r row) error {
		if !r.null(0) {
			since = r.int(0) - (window + window/margin).Microseconds()
		}
		return nil
	})
	if err != nil || since == math.MinInt64 {
		return since, 0, err
	}
	err = c.rows(ctx, fmt.Sprintf("SELECT count(%s) FROM %s WHERE _arrived_at >= make_timestamptz(%d)",
		ident(key), tableName(name), since), func(r row) error {
		n = r.int(0)
		return nil
	})
	return since, n, err
}

// begin makes the table ready for a load.
func (k *keys) begin(t *keyedTable) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t.forgetSuspects()
}

// changed says that rows are about to land in a table otherwise than by the filter of except: under
// contracts without a key, or with another key or window. The other filters would take their keys for
// new, so they are made again from the table when they are next needed.
func (k *keys) changed(table string, except *keyedTable) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, t := range k.mu.tables {
		if t != except && strings.EqualFold(t.name, table) {
			t.discard()
		}
	}
}

func (t *keyedTable) forgetSuspects() {
	clear(t.suspects)
	t.count, t.slices, t.wide, t.shifts = 0, sliceSet{}, false, t.filter.shifts
}

// mark begins recording, in every filter, what a transaction adds.
func (k *keys) mark() { k.each((*keyFilter).mark) }

// rollback takes it out again.
func (k *keys) rollback() { k.each((*keyFilter).rollback) }

func (k *keys) each(fn func(*keyFilter)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, t := range k.mu.tables {
		fn(t.filter)
	}
}

// landed adds keys that were suspects and have landed.
func (k *keys) landed(t *keyedTable, rows []keyedRow) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range rows {
		if err := t.filter.add(r.hash, r.arrived); err != nil {
			return err
		}
	}
	return nil
}

// ranges are the arrivals, as SQL, among which the suspects must be looked up.
func (k *keys) ranges(t *keyedTable, oldest, newest int64) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	between := func(lo, hi int64) string {
		return fmt.Sprintf("_arrived_at BETWEEN make_timestamptz(%d) AND make_timestamptz(%d)", lo, hi)
	}
	window := t.window.Microseconds()
	if t.wide || t.shifts != t.filter.shifts {
		return between(oldest-window, newest+window)
	}
	var parts []string
	for id, s := range t.filter.slices {
		if t.slices.has(uint8(id)) {
			parts = append(parts, between(s.lo, s.hi))
		}
	}
	if len(parts) == 0 {
		return "false"
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}
