package app

import (
	"fmt"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
)

// progress is how far the catalog of a shard is.
type progress interface {
	Position() uint64
	LastCommit() uint64
}

// ahead refuses a warehouse that has more than the catalog has committed. The loader would take the
// first new commits for ones it has loaded, and their events would never become rows.
func ahead(marks []warehouse.Watermark, shards []progress) error {
	for _, mark := range marks {
		var position, commit uint64
		if mark.Shard < len(shards) {
			position, commit = shards[mark.Shard].Position(), shards[mark.Shard].LastCommit()
		}
		if mark.Position <= position && mark.Number <= commit {
			continue
		}
		return &event.Error{
			Code: "warehouse_ahead",
			Message: fmt.Sprintf("the warehouse has %s loaded up to record %d, and only records up to %d are committed",
				event.ShardID(mark.Shard), mark.Position, position),
			Hint: "the folder log/ was lost or restored from an older backup, or the warehouse is another pipeline's; restore the " +
				"data folder as a whole, or start on a new one and keep this one's lake and warehouse",
		}
	}
	return nil
}
