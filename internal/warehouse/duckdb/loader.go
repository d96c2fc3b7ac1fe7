package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

// loader is the child's writing side. One load runs at a time, on one connection.
type loader struct {
	tempDir string

	mu     sync.Mutex // held for the whole of a load, and of anything else that writes
	c      *conn
	schema *schema
	keys   *keys
	marks  map[int]warehouse.Watermark
	// dropped has the sums that have a row in the table of drops.
	dropped map[dropKey]bool
	// next is the number of the next load transaction.
	next int64
	// committed, if set, is a load whose time of commit is not stored yet.
	committed *committedLoad
}

// committedLoad is when rows of a load became visible to queries.
type committedLoad struct {
	load int64
	at   time.Time
}

// newLoader reads what the database knows of earlier loads. c belongs to the loader from here on. The bytes
// of its filters are counted in held.
func newLoader(ctx context.Context, c *conn, cfg openConfig, held *atomic.Int64) (*loader, error) {
	l := &loader{tempDir: cfg.TempDir, c: c, marks: map[int]warehouse.Watermark{}, dropped: map[dropKey]bool{}}
	if _, err := c.exec(ctx, internalSchema); err != nil {
		return nil, fmt.Errorf("make the loader's tables: %w", err)
	}
	if err := own(ctx, c, cfg); err != nil {
		return nil, err
	}
	if err := ensureMoved(ctx, c); err != nil {
		return nil, err
	}
	var err error
	if l.schema, err = loadSchema(ctx, c); err != nil {
		return nil, err
	}
	if l.keys, err = newKeys(c, cfg.KeyMemory, held); err != nil {
		return nil, err
	}
	marks, err := readWatermarks(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, m := range marks {
		l.marks[m.Shard] = m
	}
	err = c.rows(ctx, "SELECT CAST(shard AS BIGINT), table_name FROM _penstock.dropped", func(r row) error {
		l.dropped[dropKey{int(r.int(0)), r.text(1)}] = true
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = c.rows(ctx, "SELECT coalesce(max(load), 0) + 1 FROM _penstock.loads", func(r row) error {
		l.next = r.int(0)
		return nil
	})
	return l, err
}

// prepare makes the tables exist and reads the keys that are in them.
func (l *loader) prepare(ctx context.Context, tables []*contract.Table) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range slices.Concat(tables, []*contract.Table{contract.QuarantineTable()}) {
		if err := l.schema.ensure(ctx, l.c, t.Name, t.Columns); err != nil {
			return err
		}
	}
	for _, t := range tables {
		if t.Key == "" || t.KeyWindow <= 0 {
			continue
		}
		if _, err := l.keys.of(ctx, l.c, t.Name, t.Key, t.KeyWindow); err != nil {
			return err
		}
	}
	return nil
}

// load applies a batch in one transaction.
func (l *loader) load(ctx context.Context, batch warehouse.Batch) (warehouse.Result, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	result, err := l.loadLocked(ctx, batch)
	if err != nil {
		l.clean()
	}
	return result, err
}

// clean makes sure that no transaction is left on the connection: without memory a rollback fails too,
// and every statement after it.
func (l *loader) clean() {
	var err error
	for range cleanTries {
		_, err = l.c.exec(context.Background(), "ROLLBACK")
		if err == nil || strings.Contains(err.Error(), "no transaction is active") {
			return
		}
		time.Sleep(cleanPause)
	}
	die(fmt.Errorf("roll back a load: %w", err))
}

// How often, and how far apart, a rollback is tried before the process is given up.
const (
	cleanTries = 20
	cleanPause = 25 * time.Millisecond
)

func (l *loader) loadLocked(ctx context.Context, batch warehouse.Batch) (warehouse.Result, error) {
	commits, err := l.remaining(ctx, batch)
	if err != nil {
		return warehouse.Result{}, err
	}
	if len(commits) == 0 {
		return l.already(batch), nil
	}
	if refusals, err := verify(commits); err != nil || len(refusals) > 0 {
		return warehouse.Result{Refusals: refusals}, err
	}
	for _, c := range commits {
		for _, f := range c.Loads {
			if f.Status != warehouse.StatusLoaded && f.Status != warehouse.StatusShort {
				continue
			}
			if err := l.schema.fit(ctx, l.c, f.Table, f.Columns); err != nil {
				return warehouse.Result{}, err
			}
		}
	}
	if err := l.schema.ensure(ctx, l.c, contract.QuarantineName, contract.QuarantineTable().Columns); err != nil {
		return warehouse.Result{}, err
	}
	t, err := l.begin(ctx)
	if err != nil {
		return warehouse.Result{}, err
	}
	if err := t.apply(ctx, commits); err != nil {
		t.rollback()
		if ctx.Err() != nil || passing(err) && !refusal(err) {
			return warehouse.Result{}, err
		}
		return l.explain(ctx, commits, err)
	}
	return t.commit(ctx)
}

// remaining leaves out what is in the warehouse already: commits the watermark has passed, and of
// commits that are looked at again the files recorded as loaded. A commit above the watermark has no
// file there, since a load records its files and the watermark in one transaction.
func (l *loader) remaining(ctx context.Context, batch warehouse.Batch) ([]warehouse.CommitLoad, error) {
	loaded, err := l.loadedOf(ctx, batch)
	if err != nil {
		return nil, err
	}
	var todo []warehouse.CommitLoad
	positions := map[int]uint64{}
	for _, c := range batch.Commits {
		if !c.Again && c.Number <= l.marks[c.Shard].Number {
			continue
		}
		if !c.Again {
			before, ok := positions[c.Shard]
			if !ok {
				before = l.marks[c.Shard].Position
			}
			begins := c.First
			if c.Kind == catalog.CommitRedrive {
				begins = c.Position + 1 // it comes behind all that was committed when it was made
			}
			if begins != before+1 {
				return nil, fmt.Errorf("%w: shard %d is loaded up to %d and commit %d begins at %d", warehouse.ErrRewind, c.Shard, before, c.Number, begins)
			}
			positions[c.Shard] = c.Position
		}
		if c.Again {
			c.Loads = slices.DeleteFunc(slices.Clone(c.Loads), func(f warehouse.FileLoad) bool { return loaded[f.Name] })
			if len(c.Loads) == 0 {
				continue
			}
		}
		todo = append(todo, c)
	}
	return todo, nil
}

// loadedOf are the files of commits that are looked at again which are recorded as loaded. It reads
// the whole table of loads, which nothing but these rare commits is worth.
func (l *loader) loadedOf(ctx context.Context, batch warehouse.Batch) (map[string]bool, error) {
	var names []string
	for _, c := range batch.Commits {
		if !c.Again {
			continue
		}
		for _, f := range c.Loads {
			names = append(names, f.Name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	loaded := map[string]bool{}
	err := l.c.rows(ctx, "SELECT name FROM _penstock.loads WHERE name IN ("+literals(names)+") AND status = 'loaded'", func(r row) error {
		loaded[r.text(0)] = true
		return nil
	})
	return loaded, err
}

// already is the result of a batch that was in the warehouse before.
func (l *loader) already(batch warehouse.Batch) warehouse.Result {
	var result warehouse.Result
	seen := map[int]bool{}
	for _, c := range batch.Commits {
		if !seen[c.Shard] {
			seen[c.Shard] = true
			result.Shards = append(result.Shards, warehouse.ShardResult{Shard: c.Shard, Through: l.marks[c.Shard].Position})
		}
	}
	return result
}

// flushCommitted stores when the last load became visible, if no load has done so since.
func (l *loader) flushCommitted(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.committed == nil {
		return nil
	}
	if _, err := l.c.exec(ctx, l.committed.insert()); err != nil {
		l.clean()
		return err
	}
	l.committed = nil
	return nil
}

func (c committedLoad) insert() string {
	return fmt.Sprintf("INSERT INTO _penstock.queryable VALUES (%d, make_timestamptz(%d))", c.load, c.at.UnixMicro())
}

// markAfter is the watermark once the commit is loaded.
func markAfter(m warehouse.Watermark, c catalog.Commit) warehouse.Watermark {
	m.Shard, m.Number, m.Position = c.Shard, c.Number, c.Position
	for _, f := range c.Files {
		if c.Kind != catalog.CommitRedrive {
			m.Arrived = max(m.Arrived, f.LastArrived)
		}
	}
	return m
}
