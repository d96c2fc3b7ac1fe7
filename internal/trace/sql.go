package trace

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/dialect"
)

// within is the condition that a row is the record k, with its arrival as a second one: sequence
// numbers begin alike, so that only the arrival tells the warehouse which parts of a table to skip.
func (t *Tracer) within(k known, from, to time.Time) string {
	low, high := t.numbers(k)
	number := fmt.Sprintf("_sequence BETWEEN %s AND %s", dialect.Text(low), dialect.Text(high))
	if low == high {
		number = "_sequence = " + dialect.Text(low)
	}
	return fmt.Sprintf("%s AND _shard = %s AND _arrived_at BETWEEN %s AND %s",
		number, dialect.Text(t.cfg.Shards[k.shard].ID()), dialect.Time(from), dialect.Time(to))
}

// byKey selects the rows of a table that have the key, newest first. The key is compared by the
// column's type, so that a UUID is found however it is written; ok is false for a text that cannot be of
// that type, and so is no row's key.
func byKey(table *contract.Table, key string, limit int) (sql string, ok bool) {
	for _, c := range table.Columns {
		if c.Name != table.Key {
			continue
		}
		value, ok := keyLiteral(c.Type, key)
		return fmt.Sprintf("SELECT * FROM %s WHERE %s = %s ORDER BY _arrived_at DESC LIMIT %d",
			dialect.Name(table.Name), dialect.Name(table.Key), value, limit), ok
	}
	return "", false
}

// withKey are the rows of a table that have the key.
func (t *Tracer) withKey(ctx context.Context, table *contract.Table, key string) ([]Row, error) {
	sql, ok := byKey(table, key, maxFound)
	if !ok {
		return nil, nil
	}
	return t.rows(ctx, sql)
}

// rows runs a statement and pairs the cells with their columns.
func (t *Tracer) rows(ctx context.Context, sql string) ([]Row, error) {
	columns, cells, err := t.deps.Warehouse.Select(ctx, sql)
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(cells))
	for i, line := range cells {
		for j, value := range line {
			rows[i] = append(rows[i], Cell{columns[j], value})
		}
	}
	return rows, nil
}

// loads are the files whose range holds the record, oldest commit first: that of its first delivery,
// and those of redrives, which have gaps and so need not hold it.
func (t *Tracer) loads(ctx context.Context, k known) ([]Load, error) {
	low, high := t.numbers(k)
	return t.deps.Warehouse.Loads(ctx, k.shard, low, high, maxLoads)
}

// maxLoads bounds the files looked at for one record: those of its range commit, at most one for each
// table, and those of redrives around it.
const maxLoads = 2000
