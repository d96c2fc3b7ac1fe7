package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
)

// transaction is one load in the making.
type transaction struct {
	l     *loader
	load  int64
	marks map[int]warehouse.Watermark
	// groups are files that one INSERT takes together, in the order they came up in.
	groups []*group
	// records are the rows for the table of loads.
	records []record
	dropped map[dropKey]int64
	moved   map[move]int64
	results map[int]*warehouse.ShardResult
}

// group is files of one table, encoding and set of columns, with what became of each.
type group struct {
	source
	files   []warehouse.FileLoad
	records []*record
	key     string
	window  time.Duration
}

type dropKey struct {
	shard int
	table string
}

// record is a row of the table of loads.
type record struct {
	file        warehouse.FileLoad
	source      event.Shard
	number      uint64
	rows        int64
	duplicates  int64
	displaced   int64
	refused     int64
	quarantined map[event.Reason]int64
	// unclassified: the commit does not say whose the rows of its quarantine file are.
	unclassified bool
}

func (l *loader) begin(ctx context.Context) (*transaction, error) {
	if _, err := l.c.exec(ctx, "BEGIN TRANSACTION"); err != nil {
		return nil, err
	}
	l.keys.mark()
	return &transaction{
		l: l, load: l.next,
		marks: map[int]warehouse.Watermark{}, dropped: map[dropKey]int64{}, moved: map[move]int64{}, results: map[int]*warehouse.ShardResult{},
	}, nil
}

func (t *transaction) rollback() {
	// Without a transaction there is nothing to roll back and the error says so; with one DuckDB
	// does not fail.
	_, _ = t.l.c.exec(context.Background(), "ROLLBACK")
	t.l.keys.rollback()
}

// apply does everything but the commit.
func (t *transaction) apply(ctx context.Context, commits []warehouse.CommitLoad) error {
	for _, c := range commits {
		if c.Kind == catalog.CommitRedrive && !c.Again {
			// A redrive takes events out of the quarantine, so all before it must be there.
			if err := t.flush(ctx); err != nil {
				return err
			}
			if err := t.redrive(ctx, c); err != nil {
				return err
			}
		} else if err := t.collect(ctx, c); err != nil {
			return err
		}
		if c.Again {
			t.result(c.Shard, t.l.marks[c.Shard].Position)
			continue
		}
		before, ok := t.marks[c.Shard]
		if !ok {
			before = t.l.marks[c.Shard]
		}
		t.marks[c.Shard] = markAfter(before, c.Commit)
		t.result(c.Shard, c.Position)
		for table, n := range c.Dropped {
			t.dropped[dropKey{c.Shard, table}] += n
		}
	}
	if err := t.flush(ctx); err != nil {
		return err
	}
	return t.bookkeep(ctx)
}

func (t *transaction) result(shard int, through uint64) *warehouse.ShardResult {
	r := t.results[shard]
	if r == nil {
		r = &warehouse.ShardResult{Shard: shard, Quarantined: map[event.Reason]int64{}}
		t.results[shard] = r
	}
	r.Through = max(r.Through, through)
	return r
}

// collect sorts a commit's files into groups.
func (t *transaction) collect(ctx context.Context, c warehouse.CommitLoad) error {
	for _, f := range c.Loads {
		rec := &record{file: f, source: c.Source, number: c.Number, unclassified: c.Quarantined == nil}
		switch {
		case f.Status != warehouse.StatusLoaded && f.Status != warehouse.StatusShort:
			t.records = append(t.records, *rec)
		case len(f.Refused) > 0 || f.Status == warehouse.StatusShort || c.Kind == catalog.CommitRedrive:
			if err := t.careful(ctx, c, f, rec); err != nil {
				return err
			}
			t.records = append(t.records, *rec)
		default:
			t.group(f).add(f, rec)
		}
	}
	return nil
}

// maxGroup bounds the files of one INSERT: each is open with a buffer of its own.
const maxGroup = 64

func (t *transaction) group(f warehouse.FileLoad) *group {
	columns := t.l.schema.shapeFor(f.Table, f.Columns)
	for _, g := range t.groups {
		if g.table == f.Table && g.format == f.Format && g.key == f.Key && g.window == f.KeyWindow && len(g.files) < maxGroup && slices.Equal(g.columns, columns) {
			return g
		}
	}
	g := &group{source: source{table: f.Table, format: f.Format, columns: columns}, key: f.Key, window: f.KeyWindow}
	t.groups = append(t.groups, g)
	return g
}

func (g *group) add(f warehouse.FileLoad, rec *record) {
	g.files = append(g.files, f)
	g.records = append(g.records, rec)
	g.paths = append(g.paths, f.Path)
	g.longest = max(g.longest, f.LongestRow)
}

// committedRows is how many rows the files were committed with.
func (g *group) committedRows() int64 {
	var n int64
	for _, f := range g.files {
		n += f.Rows
	}
	return n
}

// flush loads the groups.
func (t *transaction) flush(ctx context.Context) error {
	for _, g := range t.groups {
		if err := t.loadGroup(ctx, g); err != nil {
			return err
		}
		for _, r := range g.records {
			t.records = append(t.records, *r)
		}
	}
	t.groups = nil
	return nil
}

// loadGroup loads files in one INSERT and compares the count.
func (t *transaction) loadGroup(ctx context.Context, g *group) error {
	for i, f := range g.files {
		g.records[i].rows = f.Rows
	}
	var rows, duplicates int64
	var err error
	if g.key != "" && g.window > 0 {
		rows, duplicates, err = t.loadKeyed(ctx, g)
	} else {
		t.l.keys.changed(g.table, nil)
		rows, err = t.l.c.exec(ctx, insertFrom(g.table, g.names(), g.relation(false)))
	}
	if err != nil {
		return &loadError{table: g.table, err: err}
	}
	if want := g.committedRows(); rows+duplicates != want {
		return &loadError{table: g.table, err: fmt.Errorf("%d rows arrived of %d", rows+duplicates, want)}
	}
	if g.table == contract.QuarantineName {
		return t.countReasons(ctx, g)
	}
	return nil
}

func insertFrom(table string, names []string, relation string) string {
	columns := idents(names)
	return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s", tableName(table), columns, columns, relation)
}

// countReasons counts what entered the quarantine, for the facts; files of the quarantine are few
// and small.
func (t *transaction) countReasons(ctx context.Context, g *group) error {
	for i, f := range g.files {
		one := g.source
		one.paths = []string{f.Path}
		counts := map[event.Reason]int64{}
		err := t.l.c.rows(ctx, "SELECT reason, coalesce(contract, ''), count(*) FROM "+one.relation(false)+" GROUP BY ALL", func(r row) error {
			counts[event.Reason(r.text(0))] += r.int(2)
			if g.records[i].unclassified {
				t.move(catalog.NoContract, r.text(1), r.int(2))
			}
			return nil
		})
		if err != nil {
			return err
		}
		g.records[i].quarantined = counts
	}
	return nil
}

// loadError is a failure of the files' content, or of our reading it; the loader then looks at each
// file on its own.
type loadError struct {
	table string
	err   error
}

func (e *loadError) Error() string { return "load table " + e.table + ": " + e.err.Error() }
func (e *loadError) Unwrap() error { return e.err }

// bookkeep writes what was loaded into the loader's own tables.
func (t *transaction) bookkeep(ctx context.Context) error {
	var sql strings.Builder
	if done := t.l.committed; done != nil {
		sql.WriteString(done.insert() + ";\n")
	}
	if again := t.recordedBefore(); len(again) > 0 {
		fmt.Fprintf(&sql, "DELETE FROM _penstock.loads WHERE name IN (%s);\n", literals(again))
	}
	for i, r := range t.records {
		if i == 0 {
			sql.WriteString("INSERT INTO _penstock.loads VALUES ")
		} else {
			sql.WriteString(", ")
		}
		sql.WriteString(r.values(t.load, time.Now()))
	}
	if len(t.records) > 0 {
		sql.WriteString(";\n")
	}
	for _, m := range t.marks {
		if _, ok := t.l.marks[m.Shard]; ok {
			fmt.Fprintf(&sql, "UPDATE _penstock.watermarks SET number = %d, position = %d, arrived = %d WHERE shard = %d;\n", m.Number, m.Position, m.Arrived, m.Shard)
		} else {
			fmt.Fprintf(&sql, "INSERT INTO _penstock.watermarks VALUES (%d, %d, %d, %d);\n", m.Shard, m.Number, m.Position, m.Arrived)
		}
	}
	for key, n := range t.dropped {
		if t.l.dropped[key] {
			fmt.Fprintf(&sql, "UPDATE _penstock.dropped SET events = events + %d WHERE shard = %d AND table_name = %s;\n", n, key.shard, safeLiteral(key.table))
		} else {
			fmt.Fprintf(&sql, "INSERT INTO _penstock.dropped VALUES (%d, %s, %d);\n", key.shard, safeLiteral(key.table), n)
		}
	}
	for m, n := range t.moved {
		sql.WriteString(m.insert(n) + ";\n")
	}
	_, err := t.l.c.exec(ctx, sql.String())
	return err
}

// recordedBefore are files that have a row in the table of loads, of an attempt that failed.
func (t *transaction) recordedBefore() []string {
	var names []string
	for _, r := range t.records {
		if r.number <= t.l.marks[r.source.Index].Number {
			names = append(names, r.file.Name)
		}
	}
	return names
}

func (r record) values(load int64, now time.Time) string {
	first := r.source.SequenceNumber(r.file.First, 0)
	last := r.source.SequenceNumber(r.file.Last, lastMillis)
	return fmt.Sprintf("(%s, %s, %d, %d, %s, %s, %d, %d, %d, %d, %d, %s, %s, %d, make_timestamptz(%d))",
		literal(r.file.Name), literal(r.file.Table), r.source.Index, r.number, literal(first), literal(last),
		r.file.Rows, r.rows, r.duplicates, r.displaced, r.refused,
		literal(string(r.file.Status)), safeLiteral(r.file.Detail), load, now.UnixMicro())
}

// lastMillis is the greatest time a sequence number can hold, so that a range of sequence numbers
// ends after every number of its last record.
const lastMillis = (1<<36 - 1) * 1000

// commit makes it so, and updates what the loader remembers.
func (t *transaction) commit(ctx context.Context) (warehouse.Result, error) {
	if _, err := t.l.c.exec(ctx, "COMMIT"); err != nil {
		t.rollback()
		return warehouse.Result{}, fmt.Errorf("%w: commit the load: %w", warehouse.ErrUnavailable, err)
	}
	t.l.committed = &committedLoad{load: t.load, at: time.Now()}
	t.l.next = t.load + 1
	for shard, m := range t.marks {
		t.l.marks[shard] = m
	}
	for key := range t.dropped {
		t.l.dropped[key] = true
	}
	for _, r := range t.records {
		s := t.result(r.source.Index, 0)
		s.Files++
		if r.file.Table != contract.QuarantineName {
			s.Rows += r.rows
		}
		s.Duplicates += r.duplicates
		for reason, n := range r.quarantined {
			s.Quarantined[reason] += n
		}
	}
	var result warehouse.Result
	for _, r := range t.results {
		result.Shards = append(result.Shards, *r)
	}
	slices.SortFunc(result.Shards, func(a, b warehouse.ShardResult) int { return a.Shard - b.Shard })
	return result, nil
}
