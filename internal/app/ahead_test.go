package app

import (
	"errors"
	"testing"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
)

type at struct{ position, commit uint64 }

func (a at) Position() uint64   { return a.position }
func (a at) LastCommit() uint64 { return a.commit }

func TestWarehouseMustNotBeAheadOfTheCatalog(t *testing.T) {
	for name, c := range map[string]struct {
		mark    warehouse.Watermark
		refused bool
	}{
		"it is behind":               {warehouse.Watermark{Position: 90, Number: 8}, false},
		"it is as far":               {warehouse.Watermark{Position: 100, Number: 9}, false},
		"it has more records":        {warehouse.Watermark{Position: 101, Number: 9}, true},
		"it has more commits":        {warehouse.Watermark{Position: 100, Number: 10}, true},
		"it has a shard that is not": {warehouse.Watermark{Shard: 1, Position: 1, Number: 1}, true},
	} {
		t.Run(name, func(t *testing.T) {
			err := ahead([]warehouse.Watermark{c.mark}, []progress{at{100, 9}})
			var told *event.Error
			if (err != nil) != c.refused || err != nil && (!errors.As(err, &told) || told.Hint == "") {
				t.Errorf("got %v", err)
			}
		})
	}
}
