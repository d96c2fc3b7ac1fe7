package app

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/monitor"
	"github.com/penstock/penstock/internal/stream"
	"github.com/penstock/penstock/internal/warehouse"
)

// accepted is the source stream, for the ledger.
type accepted struct {
	log    *stream.Log
	stream string
	shards int
}

func (a accepted) Accepted() map[int]uint64 {
	positions := make(map[int]uint64, a.shards)
	for shard := range a.shards {
		if _, last, err := a.log.Bounds(a.stream, shard); err == nil {
			positions[shard] = last
		}
	}
	return positions
}

// committed is the catalog, for the ledger.
type committed []*catalog.Shard

func (c committed) Committed() map[int]uint64 {
	positions := make(map[int]uint64, len(c))
	for shard, opened := range c {
		positions[shard] = opened.Position()
	}
	return positions
}

// snapshots is a warehouse that counts its side of the ledger.
type snapshots interface {
	Snapshot(ctx context.Context) (warehouse.Snapshot, error)
}

// counted is the warehouse, for the ledger.
type counted struct{ from snapshots }

// countTime bounds a count, so that a status is told also while the warehouse is being restarted
// or hangs.
const countTime = 10 * time.Second

func (c counted) Count(ctx context.Context) (monitor.WarehouseCount, error) {
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	snapshot, err := c.from.Snapshot(ctx)
	if err != nil {
		return monitor.WarehouseCount{}, err
	}
	count := monitor.WarehouseCount{
		Tables:      map[string]int64{},
		Quarantined: snapshot.Quarantined,
		Dropped:     snapshot.Dropped,
		Duplicates:  snapshot.Duplicates,
		Watermarks:  map[int]monitor.Watermark{},
	}
	for _, t := range snapshot.Tables {
		count.Tables[t.Table] = t.Rows
	}
	for _, w := range snapshot.Watermarks {
		count.Watermarks[w.Shard] = monitor.Watermark{Position: w.Position, Arrived: w.Arrived}
	}
	for _, f := range snapshot.Unloaded {
		count.Problems = append(count.Problems, fmt.Sprintf("lake file %s is %s (%d of %d rows): %s", f.Name, f.Status, f.Rows, f.Committed, f.Detail))
	}
	return count, nil
}
