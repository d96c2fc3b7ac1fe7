package duckdb

import (
	"context"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

var _ warehouse.Target = (*Client)(nil)

// Prepare makes the tables exist with at least their contract's columns, and the quarantine. Every
// later child prepares them too.
func (c *Client) Prepare(ctx context.Context, tables []*contract.Table) error {
	if _, err := call[none](ctx, c, pathPrepare, tables); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.tables = tables
	return nil
}

// Load applies a batch in one transaction; see warehouse.Target.
func (c *Client) Load(ctx context.Context, batch warehouse.Batch) (warehouse.Result, error) {
	return call[warehouse.Result](ctx, c, pathLoad, batch)
}

// Watermarks are the last loaded commit of each shard.
func (c *Client) Watermarks(ctx context.Context) ([]warehouse.Watermark, error) {
	return call[[]warehouse.Watermark](ctx, c, pathWatermarks, none{})
}

// Unloaded are the files that could not be loaded, or not wholly.
func (c *Client) Unloaded(ctx context.Context) ([]warehouse.UnloadedFile, error) {
	return call[[]warehouse.UnloadedFile](ctx, c, pathUnloaded, none{})
}

// Snapshot is the warehouse's side of the ledger, taken in one transaction.
func (c *Client) Snapshot(ctx context.Context) (warehouse.Snapshot, error) {
	return call[warehouse.Snapshot](ctx, c, pathSnapshot, none{})
}

// Describe lists the tables with their columns, without changing anything; compare with
// contracts by Alterations.
func (c *Client) Describe(ctx context.Context) ([]warehouse.TableShape, error) {
	return call[[]warehouse.TableShape](ctx, c, pathDescribe, none{})
}

// Check reports tables whose shape cannot become their contract's in place, without changing
// anything.
func (c *Client) Check(ctx context.Context, tables []*contract.Table) error {
	shapes, err := c.Describe(ctx)
	if err != nil {
		return err
	}
	return checkShapes(shapes, tables)
}
