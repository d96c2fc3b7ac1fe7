package duckdb

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// keyedLoad is rows of which each key lands once within a window.
type keyedLoad struct {
	table  string
	names  []string
	key    string
	window time.Duration
	// relation is the rows as SQL, with a column fileColumn if asked for. It is read twice when keys
	// are suspect.
	relation func(filename bool) string
	// oldest and newest arrival of the rows, in microseconds.
	oldest, newest int64
}

// keyedResult says what became of the rows.
type keyedResult struct {
	landed int64
	// duplicates and displaced count by file name: rows that did not land, and rows of other files
	// that made room for rows that had arrived before them.
	duplicates map[string]int64
	displaced  map[string]int64
}

// keyedRow is a row whose key may have landed before.
type keyedRow struct {
	hash            uint64
	key             string
	arrived         int64
	shard, sequence string
	file            string
	// present: the row is in the table.
	present bool
}

// loadKeyed loads a group of files of a table with a key.
func (t *transaction) loadKeyed(ctx context.Context, g *group) (rows, duplicates int64, err error) {
	load := keyedLoad{table: g.table, names: g.names(), key: g.key, window: g.window, relation: g.relation}
	load.oldest, load.newest = g.files[0].FirstArrived*1000, g.files[0].LastArrived*1000
	byPath := map[string]*record{}
	for i, f := range g.files {
		load.oldest, load.newest = min(load.oldest, f.FirstArrived*1000), max(load.newest, f.LastArrived*1000)
		byPath[f.Path] = g.records[i]
	}
	result, err := t.insertKeyed(ctx, load)
	if err != nil {
		return 0, 0, err
	}
	for path, n := range result.duplicates {
		r := byPath[path]
		if r == nil {
			return 0, 0, fmt.Errorf("duckdb read rows from %s, which it was not asked to read", path)
		}
		r.rows -= n
		r.duplicates = n
		duplicates += n
	}
	for path, n := range result.displaced {
		byPath[path].displaced = n
	}
	return result.landed, duplicates, nil
}

// insertKeyed inserts what surely is new in one pass, with the filter's help, and looks at the rest.
func (t *transaction) insertKeyed(ctx context.Context, load keyedLoad) (keyedResult, error) {
	keyed, err := t.l.keys.of(ctx, t.l.c, load.table, load.key, load.window)
	if err != nil {
		return keyedResult{}, err
	}
	t.l.keys.changed(load.table, keyed)
	t.l.keys.begin(keyed)
	sql := insertFrom(load.table, load.names, load.relation(false)) +
		fmt.Sprintf(" WHERE %s IS NULL OR %s", ident(load.key), keyCall(newKey, keyed))
	landed, err := t.l.c.exec(ctx, sql)
	if err != nil || keyed.count == 0 {
		return keyedResult{landed: landed}, err
	}
	suspects, siblings, err := t.takeSuspects(ctx, load, keyed)
	if err != nil {
		return keyedResult{}, err
	}
	present, err := t.lookUp(ctx, load, keyed)
	if err != nil {
		return keyedResult{}, err
	}
	verdict := judge(append(suspects, present...), load.window)
	if err := t.settle(ctx, load, keyed, verdict); err != nil {
		return keyedResult{}, err
	}
	result := keyedResult{landed: landed - siblings + int64(len(verdict.land)), duplicates: map[string]int64{}, displaced: map[string]int64{}}
	for _, r := range verdict.duplicates {
		result.duplicates[r.file]++
	}
	for _, r := range verdict.displaced {
		result.displaced[r.file]++
	}
	return result, nil
}

func keyCall(function string, t *keyedTable) string {
	return fmt.Sprintf("%s(%d, hash(%s), epoch_us(_arrived_at))", function, t.number, ident(t.key))
}

// takeSuspects puts the rows whose keys are suspect into a temporary table. Among them are rows the
// first pass has inserted because they came before their likes; they are taken back, so that who
// lands does not depend on the order in which threads read the files.
func (t *transaction) takeSuspects(ctx context.Context, load keyedLoad, keyed *keyedTable) (rows []keyedRow, siblings int64, err error) {
	_, err = t.l.c.exec(ctx, fmt.Sprintf("CREATE OR REPLACE TEMP TABLE suspects AS SELECT * FROM %s AS r WHERE %s IS NOT NULL AND %s",
		load.relation(true), ident(load.key), keyCall(suspectKey, keyed)))
	if err != nil {
		return nil, 0, err
	}
	siblings, err = t.l.c.exec(ctx, fmt.Sprintf(
		"DELETE FROM %s WHERE _arrived_at >= make_timestamptz(%d) AND _sequence IN (SELECT _sequence FROM temp.suspects)",
		tableName(load.table), load.oldest))
	if err != nil {
		return nil, 0, err
	}
	rows, err = t.keyedRows(ctx, load, "temp.suspects", fileColumn, "true")
	return rows, siblings, err
}

// lookUp finds the suspects' likes in the table, in those parts of it where the filter saw them.
func (t *transaction) lookUp(ctx context.Context, load keyedLoad, keyed *keyedTable) ([]keyedRow, error) {
	where := fmt.Sprintf("%s AND %s IN (SELECT %s FROM temp.suspects)",
		t.l.keys.ranges(keyed, load.oldest, load.newest), ident(load.key), ident(load.key))
	rows, err := t.keyedRows(ctx, load, tableName(load.table), "''", where)
	for i := range rows {
		rows[i].present = true
	}
	return rows, err
}

func (t *transaction) keyedRows(ctx context.Context, load keyedLoad, from, file, where string) ([]keyedRow, error) {
	var rows []keyedRow
	sql := fmt.Sprintf("SELECT hash(%[1]s), CAST(%[1]s AS VARCHAR), epoch_us(_arrived_at), _shard, _sequence, %[2]s FROM %[3]s WHERE %[4]s",
		ident(load.key), file, from, where)
	err := t.l.c.rows(ctx, sql, func(r row) error {
		rows = append(rows, keyedRow{hash: uint64(r.int(0)), key: r.text(1), arrived: r.int(2), shard: r.text(3), sequence: r.text(4), file: r.text(5)})
		return nil
	})
	return rows, err
}

// verdict sorts suspects and their likes.
type verdict struct {
	// land are suspects that are to be inserted, duplicates those that are not.
	land, duplicates []keyedRow
	// displaced are rows of the table that a row with an earlier arrival takes the place of; file
	// is the file of that row.
	displaced []keyedRow
}

// judge lets each key land once within the window: the row that arrived first. It depends on the
// rows only, not on the order they are loaded in, so that a warehouse rebuilt from the lake has the
// same rows.
func judge(rows []keyedRow, window time.Duration) verdict {
	slices.SortFunc(rows, func(a, b keyedRow) int {
		return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.arrived, b.arrived),
			cmp.Compare(a.shard, b.shard), cmp.Compare(a.sequence, b.sequence))
	})
	var v verdict
	var last *keyedRow // the row that landed last
	for i := range rows {
		r := &rows[i]
		if last == nil || last.key != r.key || r.arrived-last.arrived >= window.Microseconds() {
			last = r
			if !r.present {
				v.land = append(v.land, *r)
			}
			continue
		}
		if !r.present {
			v.duplicates = append(v.duplicates, *r)
			continue
		}
		if last.present {
			continue // both were there before: not for this load to judge
		}
		r.file = last.file
		v.displaced = append(v.displaced, *r)
	}
	return v
}

// settle carries a verdict out.
func (t *transaction) settle(ctx context.Context, load keyedLoad, keyed *keyedTable, v verdict) error {
	defer func() { _, _ = t.l.c.exec(context.Background(), "DROP TABLE IF EXISTS temp.suspects") }()
	for part := range slices.Chunk(v.displaced, rowsPerList) {
		lo, hi := part[0].arrived, part[0].arrived
		for _, r := range part {
			lo, hi = min(lo, r.arrived), max(hi, r.arrived)
		}
		n, err := t.l.c.exec(ctx, fmt.Sprintf("DELETE FROM %s WHERE _arrived_at BETWEEN make_timestamptz(%d) AND make_timestamptz(%d) AND _sequence IN (%s)",
			tableName(load.table), lo, hi, rowList(part)))
		if err == nil && n != int64(len(part)) {
			err = fmt.Errorf("%d rows of %d made room for earlier ones", n, len(part))
		}
		if err != nil {
			return err
		}
	}
	if len(v.land) == 0 {
		return nil
	}
	for part := range slices.Chunk(v.duplicates, rowsPerList) {
		if _, err := t.l.c.exec(ctx, "DELETE FROM temp.suspects WHERE _sequence IN ("+rowList(part)+")"); err != nil {
			return err
		}
	}
	n, err := t.l.c.exec(ctx, insertFrom(load.table, load.names, "temp.suspects"))
	if err == nil && n != int64(len(v.land)) {
		err = fmt.Errorf("%d rows landed of %d", n, len(v.land))
	}
	if err != nil {
		return err
	}
	return t.l.keys.landed(keyed, v.land)
}

// rowsPerList bounds the length of a list of rows in one statement.
const rowsPerList = 20_000

func rowList(rows []keyedRow) string {
	var b strings.Builder
	for i, r := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(literal(r.sequence))
	}
	return b.String()
}
