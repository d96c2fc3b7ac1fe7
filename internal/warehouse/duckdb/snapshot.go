package duckdb

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
)

func readWatermarks(ctx context.Context, c *conn) ([]warehouse.Watermark, error) {
	marks := []warehouse.Watermark{}
	err := c.rows(ctx, "SELECT CAST(shard AS BIGINT), number, position, arrived FROM _penstock.watermarks ORDER BY shard", func(r row) error {
		marks = append(marks, warehouse.Watermark{Shard: int(r.int(0)), Number: uint64(r.int(1)), Position: uint64(r.int(2)), Arrived: r.int(3)})
		return nil
	})
	return marks, err
}

func readUnloaded(ctx context.Context, c *conn) ([]warehouse.UnloadedFile, error) {
	files := []warehouse.UnloadedFile{}
	err := c.rows(ctx, `SELECT name, table_name, CAST(shard AS BIGINT), number, status, coalesce(detail, ''), committed, rows + duplicates + refused
		FROM _penstock.loads WHERE status <> 'loaded' ORDER BY shard, number, name`, func(r row) error {
		files = append(files, warehouse.UnloadedFile{
			Name: r.text(0), Table: r.text(1), Shard: int(r.int(2)), Number: uint64(r.int(3)),
			Status: warehouse.Status(r.text(4)), Detail: r.text(5), Committed: r.int(6), Rows: r.int(7),
		})
		return nil
	})
	return files, err
}

// snapshot counts everything in one transaction.
func snapshot(ctx context.Context, c *conn) (warehouse.Snapshot, error) {
	if _, err := c.exec(ctx, "BEGIN TRANSACTION READ ONLY"); err != nil {
		return warehouse.Snapshot{}, err
	}
	// Nothing was written, so there is nothing to lose either way.
	defer func() { _, _ = c.exec(context.Background(), "ROLLBACK") }()
	s := warehouse.Snapshot{At: time.Now(), Tables: []warehouse.TableCount{}}
	shapes, err := describe(ctx, c)
	if err != nil {
		return s, err
	}
	if err := notOurs(ctx, c); err != nil {
		return s, err
	}
	for _, t := range shapes {
		var n int64
		err := c.rows(ctx, "SELECT count(*) FROM "+tableName(t.Name), func(r row) error { n = r.int(0); return nil })
		if err != nil {
			return s, err
		}
		if strings.EqualFold(t.Name, contract.QuarantineName) {
			s.Quarantined = n
		} else {
			s.Tables = append(s.Tables, warehouse.TableCount{Table: t.Name, Rows: n})
		}
	}
	if err := countByContract(ctx, c, &s); err != nil {
		return s, err
	}
	if s.Watermarks, err = readWatermarks(ctx, c); err != nil {
		return s, err
	}
	s.Unloaded, err = readUnloaded(ctx, c)
	return s, err
}

// countByContract counts the quarantine and what was dropped, whole and by contract.
func countByContract(ctx context.Context, c *conn, s *warehouse.Snapshot) error {
	s.QuarantinedBy, s.DroppedBy, s.Moved = map[string]int64{}, map[string]int64{}, map[string]int64{}
	err := c.rows(ctx, `SELECT table_name, CAST(sum(duplicates + displaced) AS BIGINT) FROM _penstock.loads
		GROUP BY 1 HAVING sum(duplicates + displaced) > 0`, func(r row) error {
		s.Duplicates += r.int(1)
		s.DroppedBy[r.text(0)] += r.int(1)
		return nil
	})
	if err != nil {
		return err
	}
	err = c.rows(ctx, `SELECT table_name, CAST(sum(events) AS BIGINT) FROM _penstock.dropped GROUP BY 1`, func(r row) error {
		s.Dropped += r.int(1)
		s.DroppedBy[r.text(0)] += r.int(1)
		return nil
	})
	if err != nil {
		return err
	}
	err = c.rows(ctx, `SELECT source, target, CAST(sum(events) AS BIGINT) FROM _penstock.moved GROUP BY 1, 2`, func(r row) error {
		s.Moved[r.text(0)] -= r.int(2)
		s.Moved[r.text(1)] += r.int(2)
		return nil
	})
	if err != nil || s.Quarantined == 0 {
		return err
	}
	return c.rows(ctx, `SELECT coalesce(contract, ''), count(*) FROM `+tableName(contract.QuarantineName)+` GROUP BY 1`, func(r row) error {
		s.QuarantinedBy[r.text(0)] = r.int(1)
		return nil
	})
}

// notOurs fails for a database the loader has never written.
func notOurs(ctx context.Context, c *conn) error {
	found, err := hasInternal(ctx, c, "loads")
	if err == nil && !found {
		err = &event.Error{Code: "warehouse_foreign", Message: "the database file was not made by Penstock, or nothing was ever loaded into it"}
	}
	return err
}

// hasInternal reports whether the database has a table of the loader's own.
func hasInternal(ctx context.Context, c *conn, name string) (found bool, err error) {
	err = c.rows(ctx, "SELECT 1 FROM duckdb_tables() WHERE database_name = "+literal(catalogAlias)+" AND schema_name = '_penstock' AND table_name = "+literal(name),
		func(row) error { found = true; return nil })
	return found, err
}

// Latency is how long rows took from an event's own time to the moment queries could see them.
type Latency struct {
	Rows     int64
	P50, P99 time.Duration
}

// latencyRequest names the column that holds an event's own time.
type latencyRequest struct {
	Table, Column string
}

var errNoRows = errors.New("no rows to measure")

// latency joins rows to the loads that brought them.
func latency(ctx context.Context, c *conn, req latencyRequest) (Latency, error) {
	var result Latency
	err := c.rows(ctx, `SELECT count(*), quantile_disc(took, 0.5), quantile_disc(took, 0.99) FROM (
		SELECT epoch_us(q.queryable_at) - epoch_us(r.`+ident(req.Column)+`) AS took
		FROM `+tableName(req.Table)+` r
		ASOF JOIN (SELECT * FROM _penstock.loads WHERE table_name = `+literal(req.Table)+` AND rows > 0) l ON r._sequence >= l.first_sequence
		JOIN _penstock.queryable q ON q.load = l.load)`, func(r row) error {
		result = Latency{r.int(0), time.Duration(r.int(1)) * time.Microsecond, time.Duration(r.int(2)) * time.Microsecond}
		return nil
	})
	if err == nil && result.Rows == 0 {
		return result, errNoRows
	}
	return result, err
}
