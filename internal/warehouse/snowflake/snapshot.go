package snowflake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

// instant is a time in milliseconds since 1970, in SQL.
func instant(millis int64) string {
	return "CAST(" + literal(time.UnixMilli(millis).UTC().Format("2006-01-02 15:04:05.000")+" +00:00") + " AS TIMESTAMP_TZ)"
}

// Watermarks are the shards' last loaded commits. They are read once; after that only Load moves them.
func (c *Client) Watermarks(ctx context.Context) ([]warehouse.Watermark, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.watermarks(ctx)
}

func (c *Client) watermarks(ctx context.Context) ([]warehouse.Watermark, error) {
	if c.marks == nil {
		marks, err := readMarks(ctx, c.loader)
		if err != nil {
			return nil, unavailable("reading the watermarks", err)
		}
		c.marks = marks
	}
	all := []warehouse.Watermark{}
	for _, m := range c.marks {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b warehouse.Watermark) int { return a.Shard - b.Shard })
	return all, nil
}

// Unloaded are the files recorded with a status other than loaded.
func (c *Client) Unloaded(ctx context.Context) ([]warehouse.UnloadedFile, error) {
	s, err := c.Snapshot(ctx)
	return s.Unloaded, err
}

func (c *Client) unloaded(ctx context.Context) ([]warehouse.UnloadedFile, error) {
	files := []warehouse.UnloadedFile{}
	err := each(ctx, c.loader, `SELECT "NAME", "TABLE_NAME", "SHARD", "NUMBER", "STATUS", COALESCE("DETAIL", ''), "COMMITTED", "ROWS" + "DUPLICATES"
		FROM "_PENSTOCK_LOADS" WHERE "STATUS" <> 'loaded' ORDER BY "SHARD", "NUMBER", "NAME"`, func(scan func(...any) error) error {
		var f warehouse.UnloadedFile
		if err := scan(&f.Name, &f.Table, &f.Shard, &f.Number, &f.Status, &f.Detail, &f.Committed, &f.Rows); err != nil {
			return err
		}
		files = append(files, f)
		return nil
	})
	return files, err
}

// Snapshot counts the warehouse's side of the ledger. Until the next load the answer stays the same: counting again would
// cost credits and keep the virtual warehouse awake. While a load is in hand, which may take minutes, the answer is the
// count before it, whose figures are all of one moment.
func (c *Client) Snapshot(ctx context.Context) (warehouse.Snapshot, error) {
	for !c.mu.TryLock() {
		if last := c.last.Load(); last != nil && c.loading.Load() {
			return *last, nil
		}
		select {
		case <-ctx.Done():
			return warehouse.Snapshot{}, unavailable("waiting for a load to end", ctx.Err())
		case <-time.After(lockPause):
		}
	}
	defer c.mu.Unlock()
	if c.counted != nil {
		s := *c.counted
		s.At = time.Now()
		return s, nil
	}
	s, err := c.snapshot(ctx)
	if err != nil {
		return s, unavailable("counting the warehouse", err)
	}
	c.counted = &s
	c.last.Store(&s)
	return s, nil
}

// lockPause is how often a count looks whether it may begin.
const lockPause = 10 * time.Millisecond

func (c *Client) snapshot(ctx context.Context) (warehouse.Snapshot, error) {
	s := warehouse.Snapshot{At: time.Now(), Tables: []warehouse.TableCount{}, QuarantinedBy: map[string]int64{}, DroppedBy: map[string]int64{}, Moved: map[string]int64{}}
	var counts []string
	for name := range c.schema {
		if !strings.HasPrefix(name, ownPrefix) {
			counts = append(counts, fmt.Sprintf("SELECT %s, COUNT(*) FROM %s", literal(strings.ToLower(name)), quoted(name)))
		}
	}
	slices.Sort(counts)
	pairs := func(statement string, fn func(name string, n int64)) error {
		return each(ctx, c.loader, statement, func(scan func(...any) error) error {
			var name string
			var n int64
			err := scan(&name, &n)
			fn(name, n)
			return err
		})
	}
	err := pairs(strings.Join(counts, " UNION ALL "), func(table string, n int64) {
		if table == contract.QuarantineName {
			s.Quarantined = n
		} else {
			s.Tables = append(s.Tables, warehouse.TableCount{Table: table, Rows: n})
		}
	})
	if err != nil {
		return s, err
	}
	for _, part := range []struct {
		statement string
		fn        func(name string, n int64)
	}{
		{`SELECT COALESCE("CONTRACT", ''), COUNT(*) FROM ` + ident(contract.QuarantineName) + ` GROUP BY 1`, func(name string, n int64) { s.QuarantinedBy[name] += n }},
		{`SELECT "TABLE_NAME", SUM("DUPLICATES") FROM "_PENSTOCK_LOADS" GROUP BY 1 HAVING SUM("DUPLICATES") > 0`, func(name string, n int64) {
			s.Duplicates += n
			s.DroppedBy[name] += n
		}},
		{`SELECT "TABLE_NAME", SUM("EVENTS") FROM "_PENSTOCK_DROPPED" GROUP BY 1`, func(name string, n int64) {
			s.Dropped += n
			s.DroppedBy[name] += n
		}},
		{`SELECT "SOURCE", -SUM("EVENTS") FROM "_PENSTOCK_MOVED" GROUP BY 1`, func(name string, n int64) { s.Moved[name] += n }},
		{`SELECT "TARGET", SUM("EVENTS") FROM "_PENSTOCK_MOVED" GROUP BY 1`, func(name string, n int64) { s.Moved[name] += n }},
	} {
		if err := pairs(part.statement, part.fn); err != nil {
			return s, err
		}
	}
	if s.Watermarks, err = c.watermarks(ctx); err != nil {
		return s, err
	}
	s.Unloaded, err = c.unloaded(ctx)
	return s, err
}
