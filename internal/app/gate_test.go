package app

import (
	"errors"
	"testing"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/stream"
)

// heldLog is a log that holds records first to last of one shard, 100 bytes each.
type heldLog struct{ first, last uint64 }

func (h heldLog) Bounds(string, int) (first, last uint64, err error) { return h.first, h.last, nil }
func (h heldLog) Bytes(string) int64                                 { return int64(h.last+1-h.first) * 100 }

func TestGateMeasuresWhatWaitsSinceTheStart(t *testing.T) {
	const limit = 10_000 // bytes: 100 records
	for name, c := range map[string]struct {
		log       heldLog
		committed uint64 // at the start
		loaded    uint64 // since; 0 for nothing
		refuses   bool
	}{
		"nothing was ever sent":                      {heldLog{1, 0}, 0, 0, false},
		"everything is loaded":                       {heldLog{1, 1000}, 0, 1000, false},
		"more than the limit waits":                  {heldLog{1, 1000}, 0, 800, true},
		"less than the limit waits":                  {heldLog{1, 1000}, 0, 950, false},
		"retention removed all, and nothing waits":   {heldLog{1001, 1000}, 1000, 0, false},
		"the warehouse was deleted":                  {heldLog{501, 1000}, 1000, 0, false},
		"the warehouse is loaded again":              {heldLog{501, 1000}, 1000, 300, false},
		"much came since the warehouse was deleted":  {heldLog{501, 1200}, 1000, 300, true},
		"much was not delivered when it was stopped": {heldLog{501, 1000}, 800, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate("orders", limit)
			g.setLoaded(0, c.committed)
			if c.loaded > 0 {
				g.hear(event.Loaded{Shard: 0, Through: c.loaded})
			}
			g.waiting.Store(g.measure(c.log, stream.Info{Name: "orders", Shards: 1}))
			for _, err := range []error{g.check(), g.admit("orders", 0)} {
				if (err != nil) != c.refuses || err != nil && !errors.Is(err, event.ErrThrottled) {
					t.Errorf("%d bytes wait, and the gate says %v", g.waiting.Load().total, err)
				}
			}
			if err := g.admit("another", 0); err != nil {
				t.Errorf("a stream without a pipeline is refused: %v", err)
			}
		})
	}
}

// shardedLog holds so many records of each shard, of 100 bytes each.
type shardedLog []uint64

func (l shardedLog) Bounds(_ string, shard int) (first, last uint64, err error) {
	return 1, l[shard], nil
}
func (l shardedLog) Bytes(string) int64 {
	var n uint64
	for _, records := range l {
		n += records
	}
	return int64(n) * 100
}

// One shard whose delivery stands still is slowed down by itself, until the others take their shares too.
func TestGateSlowsTheShardThatWaits(t *testing.T) {
	const limit = 40_000 // bytes: 400 records, of which each of four shards has a share of 100
	for name, c := range map[string]struct {
		waits   shardedLog
		refuses []bool
	}{
		"all that may wait is of one shard":      {shardedLog{400, 0, 0, 0}, []bool{false, false, false, false}},
		"one record more":                        {shardedLog{401, 0, 0, 0}, []bool{true, false, false, false}},
		"another has its share":                  {shardedLog{401, 100, 0, 0}, []bool{true, false, false, false}},
		"another has more than its share":        {shardedLog{401, 101, 0, 0}, []bool{true, true, false, false}},
		"all have their shares":                  {shardedLog{100, 100, 100, 100}, []bool{false, false, false, false}},
		"all have more":                          {shardedLog{101, 101, 101, 101}, []bool{true, true, true, true}},
		"as much as there can be, and no more":   {shardedLog{401, 101, 101, 101}, []bool{true, true, true, true}},
		"the share of an idle shard may be used": {shardedLog{130, 130, 130, 0}, []bool{false, false, false, false}},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate("orders", limit)
			g.waiting.Store(g.measure(c.waits, stream.Info{Name: "orders", Shards: 4}))
			for shard, want := range c.refuses {
				if err := g.admit("orders", shard); (err != nil) != want {
					t.Errorf("shard %d: %v", shard, err)
				}
			}
		})
	}
}
