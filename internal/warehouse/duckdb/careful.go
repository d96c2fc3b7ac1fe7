package duckdb

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
)

// redrive moves records out of the quarantine: to the commit's files, or to dropped. Only what is
// in the quarantine now is moved, so doing it twice does nothing.
func (t *transaction) redrive(ctx context.Context, c warehouse.CommitLoad) error {
	if err := t.collect(ctx, c); err != nil {
		return err
	}
	if len(c.DroppedSequences) == 0 {
		return nil
	}
	n, err := t.takeOut(ctx, c.DroppedContract, fmt.Sprintf("_shard = %s AND _sequence IN (%s)", literal(c.Source.ID()), literals(c.DroppedSequences)))
	if err != nil {
		return err
	}
	if n > 0 {
		t.dropped[dropKey{c.Shard, c.DroppedContract}] += n
	}
	return nil
}

// careful loads one file by way of a temporary table: a redriven one, one with rows that were
// refused, or one that is short.
func (t *transaction) careful(ctx context.Context, c warehouse.CommitLoad, f warehouse.FileLoad, rec *record) error {
	redriven := c.Kind == catalog.CommitRedrive
	src := source{table: f.Table, format: f.Format, columns: t.l.schema.shapeFor(f.Table, f.Columns),
		paths: []string{f.Path}, longest: f.LongestRow, rejects: true}
	if err := t.stage(ctx, src, redriven); err != nil {
		return &loadError{table: f.Table, err: err}
	}
	defer func() { _, _ = t.l.c.exec(context.Background(), "DROP TABLE IF EXISTS temp.careful") }()
	if redriven {
		if _, err := t.takeOut(ctx, f.Table, "_sequence IN (SELECT _sequence FROM temp.careful)"); err != nil {
			return err
		}
	}
	if err := t.insertCareful(ctx, src, f, rec); err != nil {
		return err
	}
	if redriven {
		return nil // what was refused is in the quarantine already
	}
	rec.refused = int64(len(f.Refused))
	if got := rec.rows + rec.duplicates + rec.refused; got != f.Rows && f.Status == warehouse.StatusLoaded {
		return &loadError{table: f.Table, err: fmt.Errorf("%d rows arrived of %d", got, f.Rows)}
	}
	return t.quarantineRefused(ctx, f, rec)
}

func (t *transaction) insertCareful(ctx context.Context, src source, f warehouse.FileLoad, rec *record) error {
	if f.Key == "" || f.KeyWindow <= 0 {
		t.l.keys.changed(f.Table, nil)
		n, err := t.l.c.exec(ctx, insertFrom(f.Table, src.names(), "temp.careful"))
		rec.rows = n
		return err
	}
	result, err := t.insertKeyed(ctx, keyedLoad{
		table: f.Table, names: src.names(), key: f.Key, window: f.KeyWindow,
		oldest: f.FirstArrived * 1000, newest: f.LastArrived * 1000,
		relation: func(filename bool) string {
			if filename {
				return "(SELECT *, '' AS " + fileColumn + " FROM temp.careful)"
			}
			return "temp.careful"
		},
	})
	rec.rows, rec.duplicates, rec.displaced = result.landed, result.duplicates[""], result.displaced[""]
	return err
}

// stage reads a file into the temporary table careful, without the rows DuckDB refuses. Of a
// redriven file it takes what is in the quarantine.
func (t *transaction) stage(ctx context.Context, src source, redriven bool) error {
	where := ""
	if redriven {
		where = " WHERE _sequence IN (SELECT _sequence FROM " + tableName(contract.QuarantineName) + ")"
	}
	relation := src.relation(false)
	if src.parquet() {
		relation = src.tolerantParquet()
	}
	_, err := t.l.c.exec(ctx, "CREATE OR REPLACE TEMP TABLE careful AS SELECT * FROM "+relation+" AS r"+where)
	return err
}

// quarantineRefused puts the events of refused rows into the quarantine.
func (t *transaction) quarantineRefused(ctx context.Context, f warehouse.FileLoad, rec *record) error {
	if len(f.Refused) == 0 {
		return nil
	}
	var rows []string
	for _, r := range f.Refused {
		rows = append(rows, quarantineRow(rec.source.ID(), f.Table, r))
	}
	columns := source{columns: TableColumns(contract.QuarantineTable().Columns)}.names()
	n, err := t.l.c.exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES %s", tableName(contract.QuarantineName), idents(columns), strings.Join(rows, ", ")))
	if err != nil {
		return fmt.Errorf("quarantine refused rows: %w", err)
	}
	rec.quarantined = map[event.Reason]int64{event.ReasonRefused: n}
	return nil
}

func quarantineRow(shard, table string, r warehouse.RefusedRow) string {
	raw := string(r.Raw)
	if r.Raw == nil {
		raw = r.Row
	}
	exact := "NULL"
	if !utf8.ValidString(raw) || strings.IndexByte(raw, 0) >= 0 {
		exact = literal(base64.StdEncoding.EncodeToString([]byte(raw)))
	}
	return fmt.Sprintf("(%s, %s, make_timestamptz(%d), %s, %s, %s, %s, %s, %s, %s, %s)",
		literal(shard), literal(r.Sequence), r.Arrived*1000, literal(string(event.ReasonRefused)),
		safeLiteral(r.Field), safeLiteral(r.Detail), safeLiteral(table), safeLiteral(r.Version),
		safeLiteral(r.PartitionKey), safeLiteral(raw), exact)
}

// tolerantParquet reads a Parquet file without the rows that have a value its column cannot take.
func (s source) tolerantParquet() string {
	columns := make([]string, len(s.columns))
	var fits []string
	for i, c := range s.columns {
		columns[i] = fmt.Sprintf("TRY_CAST(%s AS %s) AS %s", ident(c.Name), c.Type, ident(c.Name))
		fits = append(fits, fmt.Sprintf("(%[1]s IS NULL OR TRY_CAST(%[1]s AS %[2]s) IS NOT NULL)", ident(c.Name), c.Type))
	}
	return fmt.Sprintf("(SELECT %s FROM read_parquet([%s], hive_partitioning = false) WHERE %s)",
		strings.Join(columns, ", "), globbed(s.paths), strings.Join(fits, " AND "))
}
