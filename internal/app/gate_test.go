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
			g := newGate(limit)
			g.setLoaded(0, c.committed)
			if c.loaded > 0 {
				g.hear(event.Loaded{Shard: 0, Through: c.loaded})
			}
			g.waiting.Store(g.measure(c.log, stream.Info{Name: "orders", Shards: 1}))
			if err := g.check(); (err != nil) != c.refuses || err != nil && !errors.Is(err, event.ErrThrottled) {
				t.Errorf("%d bytes wait, and the gate says %v", g.waiting.Load(), err)
			}
		})
	}
}
