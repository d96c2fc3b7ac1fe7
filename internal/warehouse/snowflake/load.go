package snowflake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
)

// Load applies the batch in one transaction; see warehouse.Target. Where Snowflake finds fault with a file, or it has another
// number of rows than were committed, the batch is tried file by file to find it; then its refused rows are reported, or that
// it is damaged, with Snowflake's words.
func (c *Client) Load(ctx context.Context, batch warehouse.Batch) (warehouse.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loading.Store(true)
	defer c.loading.Store(false)
	if err := c.prepareFiles(ctx, batch); err != nil {
		return warehouse.Result{}, err
	}
	result, err := c.load(ctx, batch, maxCopy)
	if _, about := errors.AsType[*fileError](err); about {
		result, err = c.load(ctx, batch, 1)
	}
	if fault, about := errors.AsType[*fileError](err); about {
		refusals, err := c.examine(ctx, batch, fault)
		return warehouse.Result{Refusals: refusals}, err
	}
	return result, err
}

// prepareFiles gives tables the columns that files of other contracts have, as after a change that was taken back.
func (c *Client) prepareFiles(ctx context.Context, batch warehouse.Batch) error {
	for _, commit := range batch.Commits {
		for _, f := range commit.Loads {
			if _, ok := c.schema[strings.ToUpper(f.Table)]; ok || f.Status != warehouse.StatusLoaded {
				continue
			}
			if err := c.ensure(ctx, &contract.Table{Name: f.Table, Columns: f.Columns}); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxCopy is how many files one COPY INTO names; Snowflake takes 1,000.
const maxCopy = 256

// fileError is a failure of a file's content.
type fileError struct {
	file string
	err  error
}

func (e *fileError) Error() string { return "load lake file " + e.file + ": " + e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

// load runs the transaction, with at most so many files in a COPY.
func (c *Client) load(ctx context.Context, batch warehouse.Batch, together int) (warehouse.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	tx, err := c.loader.Conn(ctx)
	if err != nil {
		return warehouse.Result{}, unavailable("beginning a load", err)
	}
	defer tx.Close() //nolint:errcheck // it goes back to the pool
	if _, err := tx.ExecContext(ctx, "BEGIN TRANSACTION"); err != nil {
		return warehouse.Result{}, unavailable("beginning a load", err)
	}
	t := &transaction{c: c, tx: tx, together: together, marks: map[int]warehouse.Watermark{}, dropped: map[dropKey]int64{},
		moved: map[move]int64{}, results: map[int]*warehouse.ShardResult{}}
	if err := t.run(ctx, batch); err != nil {
		// The error tells; a session that is gone has rolled back.
		_, _ = tx.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		return warehouse.Result{}, t.classified(err)
	}
	c.marks, c.counted = nil, nil // whatever the outcome, what is known is out of date
	if _, err := tx.ExecContext(ctx, "COMMIT"); err != nil {
		return warehouse.Result{}, unavailable("committing a load", err)
	}
	return t.result(), nil
}

// transaction is one load in the making.
type transaction struct {
	c        *Client
	tx       *sql.Conn
	together int
	marks    map[int]warehouse.Watermark
	changed  []int
	groups   []*group
	records  []record
	dropped  map[dropKey]int64
	moved    map[move]int64
	results  map[int]*warehouse.ShardResult
}

type dropKey struct {
	shard int
	table string
}

type move struct{ source, target string }

// record is a row of the table of loads.
type record struct {
	warehouse.FileLoad
	source                    event.Shard
	shard                     int
	number                    uint64
	rows, duplicates, refused int64
}

func (t *transaction) classified(err error) error {
	if _, ok := errors.AsType[*fileError](err); ok || errors.Is(err, warehouse.ErrRewind) {
		return err
	}
	return unavailable("loading", err)
}

func (t *transaction) run(ctx context.Context, batch warehouse.Batch) error {
	// A second loader waits here, until this transaction ends.
	if _, err := t.exec(ctx, `UPDATE "_PENSTOCK_OWNER" SET "STREAM" = "STREAM"`); err != nil {
		return err
	}
	marks, err := readMarks(ctx, t.tx)
	if err != nil {
		return err
	}
	t.marks = marks
	loaded, err := t.loadedFiles(ctx, batch)
	if err != nil {
		return err
	}
	for _, commit := range batch.Commits {
		if err := t.commit(ctx, commit, loaded); err != nil {
			return err
		}
	}
	if err := t.flush(ctx); err != nil {
		return err
	}
	return t.bookkeep(ctx)
}

// loadedFiles are those of the batch that the table of loads has as loaded.
func (t *transaction) loadedFiles(ctx context.Context, batch warehouse.Batch) (map[string]bool, error) {
	var names []string
	for _, commit := range batch.Commits {
		for _, f := range commit.Loads {
			names = append(names, f.Name)
		}
	}
	loaded := map[string]bool{}
	if len(names) == 0 {
		return loaded, nil
	}
	err := each(ctx, t.tx, `SELECT "NAME" FROM "_PENSTOCK_LOADS" WHERE "STATUS" = 'loaded' AND "NAME" IN (`+literals(names)+`)`, func(scan func(...any) error) error {
		var name string
		if err := scan(&name); err != nil {
			return err
		}
		loaded[name] = true
		return nil
	})
	return loaded, err
}

// commit takes one commit into the transaction, if it is not there.
func (t *transaction) commit(ctx context.Context, commit warehouse.CommitLoad, loaded map[string]bool) error {
	before := t.marks[commit.Shard]
	if !commit.Again {
		if commit.Number <= before.Number && before.Number > 0 {
			t.shardResult(commit.Shard).Through = before.Position
			return nil
		}
		begins := commit.First
		if commit.Kind == catalog.CommitRedrive {
			begins = commit.Position + 1 // it comes behind all that was committed when it was made
		}
		if begins != before.Position+1 {
			return fmt.Errorf("%w: commit %d begins with record %d, and the shard is loaded up to %d", warehouse.ErrRewind, commit.Number, begins, before.Position)
		}
	}
	redrive := commit.Kind == catalog.CommitRedrive
	if redrive && !commit.Again {
		// A redrive takes events out of the quarantine, so all before it must be there.
		if err := t.flush(ctx); err != nil {
			return err
		}
	}
	for _, f := range commit.Loads {
		switch rec := (record{FileLoad: f, source: commit.Source, shard: commit.Shard, number: commit.Number}); {
		case loaded[f.Name]:
		case f.Status != warehouse.StatusLoaded && f.Status != warehouse.StatusShort:
			t.records = append(t.records, rec)
		default:
			g := t.group(rec, redrive)
			g.records = append(g.records, rec)
		}
	}
	if commit.Again {
		t.shardResult(commit.Shard).Through = before.Position
		return nil
	}
	for table, n := range commit.Dropped {
		t.dropped[dropKey{commit.Shard, table}] += n
	}
	t.pass(commit)
	if !redrive {
		return nil
	}
	if err := t.flush(ctx); err != nil {
		return err
	}
	return t.dropRedriven(ctx, commit)
}

// pass moves the shard's watermark on.
func (t *transaction) pass(commit warehouse.CommitLoad) {
	mark := t.marks[commit.Shard]
	mark.Shard, mark.Number, mark.Position = commit.Shard, commit.Number, max(mark.Position, commit.Position)
	if commit.Kind == catalog.CommitRange {
		for _, f := range commit.Files {
			mark.Arrived = max(mark.Arrived, f.LastArrived)
		}
	}
	t.marks[commit.Shard] = mark
	if !slices.Contains(t.changed, commit.Shard) {
		t.changed = append(t.changed, commit.Shard)
	}
	t.shardResult(commit.Shard).Through = mark.Position
}

// dropRedriven takes events out of the quarantine that the present contracts drop.
func (t *transaction) dropRedriven(ctx context.Context, commit warehouse.CommitLoad) error {
	if len(commit.DroppedSequences) == 0 {
		return nil
	}
	n, err := t.takeOut(ctx, commit.DroppedContract, fmt.Sprintf(`"_SHARD" = %s AND "_SEQUENCE" IN (%s)`, literal(commit.Source.ID()), literals(commit.DroppedSequences)))
	t.dropped[dropKey{commit.Shard, commit.DroppedContract}] += n
	return err
}

// takeOut removes events from the quarantine that are the target contract's from now on, and returns how many there were.
func (t *transaction) takeOut(ctx context.Context, target, where string) (int64, error) {
	quarantine := ident(contract.QuarantineName)
	err := each(ctx, t.tx, fmt.Sprintf(`SELECT COALESCE("CONTRACT", ''), COUNT(*) FROM %s WHERE %s GROUP BY 1`, quarantine, where), func(scan func(...any) error) error {
		var source string
		var n int64
		if err := scan(&source, &n); err != nil {
			return err
		}
		if source != target {
			t.moved[move{source, target}] += n
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return t.exec(ctx, "DELETE FROM "+quarantine+" WHERE "+where)
}

func (t *transaction) exec(ctx context.Context, statement string) (int64, error) {
	done, err := t.tx.ExecContext(ctx, statement)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

func (t *transaction) shardResult(shard int) *warehouse.ShardResult {
	r := t.results[shard]
	if r == nil {
		r = &warehouse.ShardResult{Shard: shard, Quarantined: map[event.Reason]int64{}}
		t.results[shard] = r
	}
	return r
}

func (t *transaction) result() warehouse.Result {
	for _, rec := range t.records {
		r := t.shardResult(rec.shard)
		r.Files++
		r.Duplicates += rec.duplicates
		if rec.Table != contract.QuarantineName {
			r.Rows += rec.rows
		}
	}
	var all warehouse.Result
	for _, r := range t.results {
		all.Shards = append(all.Shards, *r)
	}
	slices.SortFunc(all.Shards, func(a, b warehouse.ShardResult) int { return a.Shard - b.Shard })
	return all
}
