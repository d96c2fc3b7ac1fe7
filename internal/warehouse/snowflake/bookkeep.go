package snowflake

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
)

func withMetadata(columns []contract.Column) []contract.Column {
	return warehouse.WithMetadata(columns)
}

// bookkeep writes what was loaded into the loader's own tables.
func (t *transaction) bookkeep(ctx context.Context) error {
	var statements []string
	if len(t.records) > 0 {
		names, values := make([]string, len(t.records)), make([]string, len(t.records))
		for i, r := range t.records {
			names[i] = r.Name
			values[i] = r.values()
		}
		statements = append(statements, `DELETE FROM "_PENSTOCK_LOADS" WHERE "NAME" IN (`+literals(names)+`)`,
			`INSERT INTO "_PENSTOCK_LOADS" (`+loadColumns+`) SELECT * FROM VALUES `+strings.Join(values, ", "))
	}
	for _, shard := range t.changed {
		m := t.marks[shard]
		statements = append(statements, fmt.Sprintf(`DELETE FROM "_PENSTOCK_WATERMARKS" WHERE "SHARD" = %d`, shard),
			fmt.Sprintf(`INSERT INTO "_PENSTOCK_WATERMARKS" VALUES (%d, %d, %d, %d)`, shard, m.Number, m.Position, m.Arrived))
	}
	for key, n := range t.dropped {
		if n > 0 {
			statements = append(statements, fmt.Sprintf(`INSERT INTO "_PENSTOCK_DROPPED" VALUES (%d, %s, %d)`, key.shard, literal(key.table), n))
		}
	}
	for m, n := range t.moved {
		statements = append(statements, fmt.Sprintf(`INSERT INTO "_PENSTOCK_MOVED" VALUES (%s, %s, %d)`, literal(m.source), literal(m.target), n))
	}
	for _, statement := range statements {
		if _, err := t.exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

// loadColumns are the columns of the table of loads as values has them.
const loadColumns = `"NAME", "TABLE_NAME", "SHARD", "NUMBER", "COMMITTED", "ROWS", "DUPLICATES", "REFUSED", "STATUS", "DETAIL", "LOADED_AT", "FIRST_SEQUENCE", "LAST_SEQUENCE"`

func (r record) values() string {
	return fmt.Sprintf("(%s, %s, %d, %d, %d, %d, %d, %d, %s, %s, CURRENT_TIMESTAMP(), %s, %s)", literal(r.Name), literal(r.Table), r.shard, r.number,
		r.Rows, r.rows, r.duplicates, r.refused, literal(string(r.Status)), literal(r.Detail),
		literal(r.source.SequenceNumber(r.First, 0)), literal(r.source.SequenceNumber(r.Last, lastMillis)))
}

// lastMillis is the greatest time a sequence number can hold, so that a range of sequence numbers ends after every number
// of its last record.
const lastMillis = (1<<36 - 1) * 1000

// countReasons counts what entered the quarantine, for the facts.
func (t *transaction) countReasons(ctx context.Context, g *group) error {
	if g.table != contract.QuarantineName {
		return nil
	}
	result := t.shardResult(g.shard)
	for _, rec := range g.records {
		source := event.Shard{Index: g.shard}
		err := each(ctx, t.tx, fmt.Sprintf(`SELECT "REASON", COUNT(*) FROM %s WHERE "_SHARD" = %s AND "_ARRIVED_AT" BETWEEN %s AND %s GROUP BY 1`,
			ident(g.table), literal(source.ID()), instant(rec.FirstArrived), instant(rec.LastArrived)), func(scan func(...any) error) error {
			var reason string
			var n int64
			if err := scan(&reason, &n); err != nil {
				return err
			}
			result.Quarantined[event.Reason(reason)] += n
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// queryer is a transaction or a pool.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each calls fn for each row.
func each(ctx context.Context, from queryer, statement string, fn func(scan func(...any) error) error) error {
	rows, err := from.QueryContext(ctx, statement)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // Err below tells of a broken result
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func readMarks(ctx context.Context, from queryer) (map[int]warehouse.Watermark, error) {
	marks := map[int]warehouse.Watermark{}
	err := each(ctx, from, `SELECT "SHARD", "NUMBER", "POSITION", "ARRIVED" FROM "_PENSTOCK_WATERMARKS"`, func(scan func(...any) error) error {
		var m warehouse.Watermark
		if err := scan(&m.Shard, &m.Number, &m.Position, &m.Arrived); err != nil {
			return err
		}
		marks[m.Shard] = m
		return nil
	})
	return marks, err
}
