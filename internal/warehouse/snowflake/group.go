package snowflake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/contract"
)

// group is files of one shard and table with the same columns and encoding, which one COPY INTO takes. A file with rows that
// the table refuses is a group of its own.
type group struct {
	table, format string
	columns       []contract.Column
	shard         int
	key           string
	window        time.Duration
	redrive       bool
	careful       bool
	records       []record
}

func (t *transaction) group(rec record, redrive bool) *group {
	careful := len(rec.Refused) > 0
	for _, g := range t.groups {
		if !careful && !g.careful && g.table == rec.Table && g.format == rec.Format && g.shard == rec.shard && g.key == rec.Key && g.window == rec.KeyWindow &&
			g.redrive == redrive && len(g.records) < t.together && slices.Equal(g.columns, rec.Columns) {
			return g
		}
	}
	g := &group{table: rec.Table, format: rec.Format, columns: rec.Columns, shard: rec.shard, key: rec.Key, window: rec.KeyWindow,
		redrive: redrive, careful: careful}
	t.groups = append(t.groups, g)
	return g
}

func (g *group) keyed() bool { return g.key != "" && g.window > 0 }

func (g *group) incoming() string { return quoted(incoming + strings.ToUpper(g.table)) }

// flush loads the groups.
func (t *transaction) flush(ctx context.Context) error {
	for _, g := range t.groups {
		err := t.loadGroup(ctx, g)
		if _, told := errors.AsType[*fileError](err); !told && aboutData(err) {
			err = &fileError{g.records[0].Name, err}
		}
		if err != nil {
			return err
		}
		t.records = append(t.records, g.records...)
	}
	t.groups = nil
	return nil
}

// loadGroup copies the files to where they belong. Rows that have to be looked at first come in by a table of their own.
func (t *transaction) loadGroup(ctx context.Context, g *group) error {
	into := ident(g.table)
	if g.keyed() || g.redrive || g.careful {
		into = g.incoming()
		if _, err := t.exec(ctx, "DELETE FROM "+into); err != nil {
			return err
		}
	}
	if err := t.copy(ctx, g, into); err != nil {
		return err
	}
	if g.careful {
		if err := t.leaveOut(ctx, g); err != nil {
			return err
		}
	}
	var arrived int64
	for _, rec := range g.records {
		arrived += rec.rows
	}
	if into == ident(g.table) {
		return t.countReasons(ctx, g)
	}
	if g.redrive {
		stay, err := t.exec(ctx, fmt.Sprintf(`DELETE FROM %s WHERE "_SEQUENCE" NOT IN (SELECT "_SEQUENCE" FROM %s)`, into, ident(contract.QuarantineName)))
		if err != nil {
			return err
		}
		arrived -= stay
		if _, err := t.takeOut(ctx, g.table, `"_SEQUENCE" IN (SELECT "_SEQUENCE" FROM `+into+`)`); err != nil {
			return err
		}
	}
	rows, err := t.takeIn(ctx, g)
	if err != nil {
		return err
	}
	g.share(rows, arrived-rows)
	if !g.careful || g.redrive { // what a redrive cannot bring in is in the quarantine already
		return nil
	}
	return t.quarantineRefused(ctx, g)
}

// share gives rows and duplicates of the whole group to its files, in order: they are told by shard and table.
func (g *group) share(rows, duplicates int64) {
	for i := range g.records {
		rec := &g.records[i]
		committed := rec.rows
		rec.rows = min(rows, committed)
		rec.duplicates = min(duplicates, committed-rec.rows)
		rows, duplicates = rows-rec.rows, duplicates-rec.duplicates
	}
}

// copy runs COPY INTO and compares each file's rows with what was committed, but for a file with refused rows.
func (t *transaction) copy(ctx context.Context, g *group, into string) error {
	names := make([]string, len(g.records))
	for i, rec := range g.records {
		names[i] = rec.Name
	}
	onError := abort
	if g.careful {
		onError = skipRows
	}
	rows, err := t.tx.QueryContext(ctx, copyInto(into, quoted(t.c.cfg.stage()), g.format, g.columns, names, onError))
	if err != nil {
		return err
	}
	loaded, err := copied(rows)
	if err != nil {
		return err
	}
	for i := range g.records {
		rec := &g.records[i]
		rec.rows = loaded.of(rec.Name).loaded
		if rec.rows != rec.Rows && !g.careful {
			return &fileError{rec.Name, fmt.Errorf("%d rows arrived of %d", rec.rows, rec.Rows)}
		}
	}
	return nil
}

// copied reads COPY INTO's answer: a row for each file, or one that says that there was none.
func copied(rows *sql.Rows) (outcomes, error) {
	defer rows.Close() //nolint:errcheck // Err below tells of a broken result
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	file, all := column(names, "file"), outcomes{}
	for rows.Next() {
		cells, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		if file < 0 {
			continue // "Copy executed with 0 files processed."
		}
		cell := func(name string) string {
			if at := column(names, name); at >= 0 {
				return cells[at].String
			}
			return ""
		}
		o := outcome{first: cell("first_error"), line: cell("first_error_line"), column: cell("first_error_column_name")}
		if _, err := fmt.Sscan(cell("rows_loaded"), &o.loaded); err != nil {
			return nil, fmt.Errorf("reading the answer of COPY INTO: %w", err)
		}
		_, _ = fmt.Sscan(cell("errors_seen"), &o.errors) // none when it is not told
		all[cells[file].String] = o
	}
	return all, rows.Err()
}

func column(names []string, name string) int {
	return slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// takeIn moves rows from the incoming table into their own, each key once in its window: the row that arrived first is taken,
// then all within its window are gone, until none are left. It returns how many were taken.
func (t *transaction) takeIn(ctx context.Context, g *group) (taken int64, err error) {
	table, in := ident(g.table), g.incoming()
	columns := idents(withMetadata(g.columns))
	if !g.keyed() {
		return t.exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", table, columns, columns, in))
	}
	key, seconds := ident(g.key), int64(g.window.Seconds())
	taken, err = t.exec(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s IS NULL", table, columns, columns, in, key))
	if err != nil {
		return 0, err
	}
	if _, err := t.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE %s IS NULL", in, key)); err != nil {
		return 0, err
	}
	for {
		// Both sides of the window: a row of another shard may have arrived later and be there already.
		_, err := t.exec(ctx, fmt.Sprintf(`DELETE FROM %s USING %s AS there WHERE %s.%s = there.%s AND ABS(DATEDIFF('second', there."_ARRIVED_AT", %s."_ARRIVED_AT")) < %d`,
			in, table, in, key, key, in, max(seconds, 1)))
		if err != nil {
			return 0, err
		}
		n, err := t.exec(ctx, fmt.Sprintf(`INSERT INTO %s (%s) SELECT %s FROM %s QUALIFY ROW_NUMBER() OVER (PARTITION BY %s ORDER BY "_ARRIVED_AT", "_SHARD", "_SEQUENCE") = 1`,
			table, columns, columns, in, key))
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return taken, nil
		}
		taken += n
	}
}
