package trace

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/contract"
)

func ident(name string) string   { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// within is the condition that a row is the record k, with its arrival as a second one: sequence
// numbers begin alike, so that only the arrival tells the warehouse which parts of a table to skip.
func (t *Tracer) within(k known, from, to time.Time) string {
	low, high := t.numbers(k)
	number := fmt.Sprintf("_sequence BETWEEN %s AND %s", literal(low), literal(high))
	if low == high {
		number = "_sequence = " + literal(low)
	}
	return fmt.Sprintf("%s AND _shard = %s AND _arrived_at BETWEEN %s AND %s",
		number, literal(t.cfg.Shards[k.shard].ID()), timestamp(from), timestamp(to))
}

func timestamp(at time.Time) string {
	return "TIMESTAMPTZ " + literal(at.UTC().Format("2006-01-02 15:04:05.000000Z07:00"))
}

// byKey selects the rows of a table that have the key, newest first. The key is compared by the
// column's type, so that a UUID is found however it is written; a text that cannot be of that type
// matches nothing.
func byKey(table *contract.Table, key string, limit int) string {
	value := literal(key)
	for _, c := range table.Columns {
		if c.Name == table.Key && c.Type.Kind != contract.Varchar {
			value = fmt.Sprintf("TRY_CAST(%s AS %s)", value, sqlType(c.Type))
		}
	}
	return fmt.Sprintf("SELECT * FROM %s WHERE %s = %s ORDER BY _arrived_at DESC LIMIT %d",
		ident(table.Name), ident(table.Key), value, limit)
}

func sqlType(t contract.Type) string {
	if t.Kind == contract.Timestamp {
		return "timestamptz"
	}
	return t.String()
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

// watermark is how far the warehouse has loaded a shard.
func (t *Tracer) watermark(ctx context.Context, shard int) (uint64, error) {
	rows, err := t.rows(ctx, fmt.Sprintf("SELECT position FROM _penstock.watermarks WHERE shard = %d", shard))
	if err != nil || len(rows) == 0 {
		return 0, err
	}
	return parseUint(rows[0].get("position")), nil
}

// load is a committed file the warehouse has dealt with.
type load struct {
	file, table    string
	number         uint64 // of its commit
	status, detail string
	at             time.Time
}

// loads are the files whose range holds the record, oldest commit first: that of its first delivery,
// and those of redrives, which have gaps and so need not hold it.
func (t *Tracer) loads(ctx context.Context, k known) ([]load, error) {
	low, high := t.numbers(k)
	rows, err := t.rows(ctx, fmt.Sprintf(`SELECT l.name, l.table_name, l.number, l.status, l.detail, coalesce(q.queryable_at, l.loaded_at) AS loaded
		FROM _penstock.loads l LEFT JOIN _penstock.queryable q ON q.load = l.load
		WHERE l.shard = %d AND l.first_sequence <= %s AND l.last_sequence >= %s ORDER BY l.number LIMIT %d`,
		k.shard, literal(high), literal(low), maxLoads))
	if err != nil {
		return nil, err
	}
	var all []load
	for _, r := range rows {
		all = append(all, load{file: r.get("name"), table: r.get("table_name"), number: parseUint(r.get("number")),
			status: r.get("status"), detail: r.get("detail"), at: parseTime(r.get("loaded"))})
	}
	return all, nil
}

// maxLoads bounds the files looked at for one record: those of its range commit, at most one for each
// table, and those of redrives around it.
const maxLoads = 2000
