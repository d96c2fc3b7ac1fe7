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
	owner, err := readOwner(ctx, c)
	if err == nil && owner == "" {
		owner = cfg.Stream
		_, err = c.exec(ctx, "INSERT INTO _penstock.owner VALUES ("+literal(owner)+")")
	}
	if err != nil {
		return fmt.Errorf("read whose rows the warehouse holds: %w", err)
	}
	return CheckOwner(cfg.Path, owner, cfg.Stream)
}

// owned is own for a database that is open for reading only. One that names no stream yet may become
// this one's.
func owned(ctx context.Context, e *engine, cfg openConfig) error {
	if cfg.Stream == "" {
		return nil
	}
	c, err := e.session(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	known, err := hasInternal(ctx, c, "owner")
	if err != nil || !known {
		return err
	}
	owner, err := readOwner(ctx, c)
	if err != nil || owner == "" {
		return err
	}
	return CheckOwner(cfg.Path, owner, cfg.Stream)
}

func readOwner(ctx context.Context, c *conn) (owner string, err error) {
	err = c.rows(ctx, "SELECT stream FROM _penstock.owner", func(r row) error { owner = r.text(0); return nil })
	return owner, err
}

// OtherStream is the code of the error that says that the database holds the rows of another stream.
const OtherStream = "warehouse_of_another_stream"

// CheckOwner returns an error with the code OtherStream unless the stream whose rows
// the database file at path holds, its owner, is the given one.
func CheckOwner(path, owner, stream string) error {
	if owner == stream {
		return nil
	}
	return &event.Error{
		Code:    OtherStream,
		Message: fmt.Sprintf("the warehouse file %s holds the rows of stream %s, and this pipeline's stream is %s", path, owner, stream),
		Hint:    "give each pipeline a data folder of its own with --data, such as --data data-" + stream,
	}
}
