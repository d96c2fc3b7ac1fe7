package app

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/monitor"
	"github.com/penstock/penstock/internal/pipeline"
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

// commits are the catalog, for the ledger.
type commits []*catalog.Shard

func (c commits) Committed() map[int]uint64 {
	positions := make(map[int]uint64, len(c))
	for shard, opened := range c {
		positions[shard] = opened.Position()
	}
	return positions
}

// Classified adds up the shards.
func (c commits) Classified(ctx context.Context, loaded map[int]uint64) (monitor.Classified, error) {
	sum := monitor.Classified{Committed: map[string]int64{}, Loaded: map[string]int64{}, Quarantined: map[string]int64{}}
	for shard, opened := range c {
		all, upTo, err := opened.Classified(ctx, loaded[shard])
		if err != nil {
			return monitor.Classified{}, err
		}
		sum.Lost += opened.Totals().Lost
		for contract, n := range all {
			sum.Committed[contract] += n.Events()
			sum.Quarantined[contract] += n.Quarantined
		}
		for contract, n := range upTo {
			sum.Loaded[contract] += n.Events()
		}
	}
	return sum, nil
}

// storage is the disk of the data folder.
type storage struct {
	dir     string
	reserve int64
}

func (s storage) Disk() (monitor.Disk, error) {
	var stat unix.Statfs_t
	if err := unix.Statfs(s.dir, &stat); err != nil {
		return monitor.Disk{}, fmt.Errorf("looking up the free space of %s: %w", s.dir, err)
	}
	return monitor.Disk{FreeBytes: int64(stat.Bavail) * stat.Bsize, ReserveBytes: s.reserve}, nil
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

// maxUnloaded is how many files that are not in the warehouse are named.
const maxUnloaded = 10

func watermark(w warehouse.Watermark) monitor.Watermark {
	return monitor.Watermark{Position: w.Position, Commit: w.Number, Arrived: w.Arrived}
}

func (c counted) Count(ctx context.Context) (monitor.WarehouseCount, error) {
	ctx, cancel := context.WithTimeout(ctx, countTime)
	defer cancel()
	snapshot, err := c.from.Snapshot(ctx)
	if err != nil {
		return monitor.WarehouseCount{}, err
	}
	count := monitor.WarehouseCount{
		Tables:        map[string]int64{},
		Quarantined:   snapshot.Quarantined,
		Dropped:       snapshot.Dropped,
		Duplicates:    snapshot.Duplicates,
		Moved:         snapshot.Moved,
		DroppedBy:     snapshot.DroppedBy,
		QuarantinedBy: snapshot.QuarantinedBy,
		Watermarks:    map[int]monitor.Watermark{},
	}
	for _, t := range snapshot.Tables {
		count.Tables[t.Table] = t.Rows
	}
	for _, w := range snapshot.Watermarks {
		count.Watermarks[w.Shard] = watermark(w)
	}
	count.Unloaded = len(snapshot.Unloaded)
	for i, f := range snapshot.Unloaded {
		if i == maxUnloaded {
			count.Problems = append(count.Problems, fmt.Sprintf("... and %d more lake files", count.Unloaded-i))
			break
		}
		count.Problems = append(count.Problems, fmt.Sprintf("lake file %s is %s (%d of %d rows): %s", f.Name, f.Status, f.Rows, f.Committed, f.Detail))
	}
	return count, nil
}

// alarmLimits are the pipeline file's.
func alarmLimits(a pipeline.Alarms) monitor.Limits {
	return monitor.Limits{
		Freshness: a.Freshness, Lag: int64(a.Lag), Quarantine: a.Quarantine, Window: a.Window, Ledger: a.Ledger,
		Disk: a.Disk, Clock: a.Clock, Failing: a.Failing,
	}
}

// webhook is nil without one.
func webhook(w pipeline.Webhook) monitor.Webhook {
	if w.URL == "" {
		return nil
	}
	return monitor.NewHTTPWebhook(w.URL, monitor.WebhookFormat(w.Format))
}
