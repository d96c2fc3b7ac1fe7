package snowflake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/warehouse"
)

// lookTime bounds one look into the table of loads: somebody waits for it.
const lookTime = 30 * time.Second

// Watermark is a shard's last record that is loaded; 0 if none is. It never waits for a load.
func (c *Client) Watermark(ctx context.Context, shard int) (position uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	err = c.loader.QueryRowContext(ctx, fmt.Sprintf(`SELECT "POSITION" FROM "_PENSTOCK_WATERMARKS" WHERE "SHARD" = %d`, shard)).Scan(&position)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, unavailable("reading a watermark", err)
	}
	return position, nil
}

// LoadsOf are the files of a shard whose range of sequence numbers meets low to high, at most so many, the oldest commit
// first. It never waits for a load.
func (c *Client) LoadsOf(ctx context.Context, shard int, low, high string, most int) ([]warehouse.LoadedFile, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	var all []warehouse.LoadedFile
	err := each(ctx, c.loader, fmt.Sprintf(`SELECT "NAME", "TABLE_NAME", "NUMBER", "STATUS", COALESCE("DETAIL", ''), "LOADED_AT" FROM "_PENSTOCK_LOADS"
		WHERE "SHARD" = %d AND "FIRST_SEQUENCE" <= %s AND "LAST_SEQUENCE" >= %s ORDER BY "NUMBER" LIMIT %d`, shard, literal(high), literal(low), most),
		func(scan func(...any) error) error {
			var f warehouse.LoadedFile
			if err := scan(&f.Name, &f.Table, &f.Number, &f.Status, &f.Detail, &f.At); err != nil {
				return err
			}
			f.At = f.At.UTC()
			all = append(all, f)
			return nil
		})
	if err != nil {
		return nil, unavailable("reading what was loaded", err)
	}
	return all, nil
}
