package duckdb

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/internal/event"
)

// own makes sure that the database holds the rows of this stream and of no other: watermarks know
// shards by their number only, so those of another stream would let commits pass for loaded. A
// database that names no stream yet becomes this one's.
func own(ctx context.Context, c *conn, cfg openConfig) error {
	if cfg.Stream == "" {
		return nil
	}
	owner := ""
	err := c.rows(ctx, "SELECT stream FROM _penstock.owner", func(r row) error { owner = r.text(0); return nil })
	if err == nil && owner == "" {
		owner = cfg.Stream
		_, err = c.exec(ctx, "INSERT INTO _penstock.owner VALUES ("+literal(owner)+")")
	}
	if err != nil {
		return fmt.Errorf("read whose rows the warehouse holds: %w", err)
	}
	if owner != cfg.Stream {
		return &event.Error{
			Code: "warehouse_of_another_stream",
			Message: fmt.Sprintf("the warehouse file %s holds the rows of stream %s, and this pipeline's stream is %s",
				cfg.Path, owner, cfg.Stream),
			Hint: "give each pipeline a data folder of its own with --data, such as --data data-" + cfg.Stream,
		}
	}
	return nil
}
