package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/penstock/penstock/internal/warehouse"
)

// lookTime bounds one look into the table of loads: somebody waits for it.
const lookTime = 10 * time.Second

// Watermark is a shard's last record that is loaded; 0 if none is. It never waits for a load.
func (c *Client) Watermark(ctx context.Context, shard int) (position uint64, err error) {
	err = c.look(ctx, fmt.Sprintf("SELECT position FROM _penstock.watermarks WHERE shard = %d", shard), func(row []Cell) error {
		position, err = strconv.ParseUint(row[0].Text, 10, 64)
		return err
	})
	return position, err
}

// LoadsOf are the files of a shard whose range of sequence numbers meets low to high, at most so many, the oldest commit
// first. It never waits for a load.
func (c *Client) LoadsOf(ctx context.Context, shard int, low, high string, most int) ([]warehouse.LoadedFile, error) {
	var all []warehouse.LoadedFile
	err := c.look(ctx, fmt.Sprintf(`SELECT l.name, l.table_name, l.number, l.status, l.detail, coalesce(q.queryable_at, l.loaded_at)
		FROM _penstock.loads l LEFT JOIN _penstock.queryable q ON q.load = l.load
		WHERE l.shard = %d AND l.first_sequence <= %s AND l.last_sequence >= %s ORDER BY l.number LIMIT %d`,
		shard, literal(high), literal(low), most), func(row []Cell) error {
		f := warehouse.LoadedFile{Name: row[0].Text, Table: row[1].Text, Status: warehouse.Status(row[3].Text), Detail: row[4].Text}
		var err error
		if f.Number, err = strconv.ParseUint(row[2].Text, 10, 64); err != nil {
			return err
		}
		if !row[5].Null {
			f.At, err = time.Parse(time.RFC3339, row[5].Text)
		}
		all = append(all, f)
		return err
	})
	return all, err
}

// look runs a statement about the loader's own tables and calls fn with each row.
func (c *Client) look(ctx context.Context, sql string, fn func([]Cell) error) error {
	rows, err := c.Query(ctx, sql, Limits{Class: Pages, Timeout: lookTime})
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // read to its end, or given up
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = fn(row)
		}
		if err != nil {
			return fmt.Errorf("reading what was loaded: %w", err)
		}
	}
}
