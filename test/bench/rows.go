package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/penstock/penstock/test/loadgen/load"
)

// rowsRun is a variant of the measurement from PUT to queryable row.
type rowsRun struct {
	shape
	// seeded is how many rows the table has before.
	seeded bool
}

const (
	// countEvery is how often the rows are counted once the load has ended.
	countEvery = 100 * time.Millisecond
	// idleTime is how long the count may stand still before the run is given up.
	idleTime = 2 * time.Minute
)

// rows sends at full rate for the duration, waits until every event is a row, and divides the rows
// by the whole time, from the first PUT to the last row.
func (b *bench) rows(ctx context.Context, r *result, run rowsRun) (err error) {
	r.What = fmt.Sprintf("PUT to queryable row at full rate: %s of PutRecords, then until the row counts agree; %s", b.Duration, run.words(b.SeedRows))
	folder := filepath.Join(b.dir, "pipeline")
	run.extra = b.Extra
	if err := writePipeline(folder, run.shape); err != nil {
		return err
	}
	if run.seeded {
		if err := b.seed(ctx, r); err != nil {
			return fmt.Errorf("filling the table: %w", err)
		}
	}
	p, err := startPipeline(ctx, b.Binary, folder, b.data(), b.upArgs()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	before, err := p.count(ctx)
	if err != nil {
		return err
	}
	w, err := watch(ctx, p.pid)
	if err != nil {
		return err
	}
	series := follow(ctx, p)
	sent, err := load.Run(ctx, load.Config{Address: p.address, Duration: b.Duration})
	sending := time.Duration(sent.Seconds * float64(time.Second))
	begun := time.Now().Add(-sending)
	if err != nil || ctx.Err() != nil {
		series.stop()
		return errors.Join(p.explain(errors.Join(err, ctx.Err())))
	}
	total, landed, err := awaitRows(ctx, p, before, sent.Acked, begun)
	positions := series.stop()
	if err != nil {
		return p.explain(err)
	}
	used, err := w.usage()
	if err != nil {
		return err
	}
	peak, restarts := w.stop()
	r.add("PUT to queryable", rate(sent.Acked, total), "rows/s", targetRows)
	r.add("acknowledged while sending", sent.EventsPerSecond, "events/s", "")
	r.addProgress(positions, sent, total)
	r.addCost(used, sent.Acked)
	r.addMemory(peak, restarts)
	r.addLoad(sent)
	if run.seeded {
		r.add("start with the full table", p.startup.Seconds(), "s", "")
	}
	r.noteCounts(ctx, p, sent, landed)
	return nil
}

func (run rowsRun) words(seedRows int64) string {
	key, contracts, table := "no key", "1 contract", "empty table"
	if run.keyed {
		key = "with a key"
	}
	if run.others > 0 {
		contracts = fmt.Sprintf("%d contracts", run.others+1)
	}
	if run.seeded {
		table = fmt.Sprintf("on top of %s rows", grouped(seedRows))
	}
	return key + ", " + contracts + ", " + table
}

// awaitRows waits until the table has grown by want rows. It returns the time that took since
// begun, and by how much the table has grown. A count that is refused, as one may be that finds too little
// memory beside the loads, is told of and asked for again.
func awaitRows(ctx context.Context, p *pipeline, before, want int64, begun time.Time) (time.Duration, int64, error) {
	last, moved := int64(-1), time.Now()
	for {
		n, err := p.count(ctx)
		now := time.Now()
		switch {
		case err != nil && now.Sub(moved) > idleTime:
			return 0, 0, err
		case err != nil:
			fmt.Fprintf(os.Stderr, "bench: a count of the table was refused: %v\n", err)
		case n-before >= want:
			return now.Sub(begun), n - before, nil
		case n != last:
			last, moved = n, now
		case now.Sub(moved) > idleTime:
			return 0, 0, fmt.Errorf("%s rows of %s arrived, and none for %s", grouped(n-before), grouped(want), idleTime)
		}
		select {
		case <-ctx.Done():
			return 0, 0, ctx.Err()
		case <-time.After(countEvery):
		}
	}
}

// addProgress adds how the steps kept up with each other.
func (r *result) addProgress(positions []position, sent load.Report, total time.Duration) {
	atEnd := positionAt(positions, sent.Seconds)
	if atEnd.Seconds > 0 {
		r.add("delivered to the lake while sending", float64(atEnd.Committed)/atEnd.Seconds, "events/s", "")
		r.add("loaded while sending", float64(atEnd.Loaded)/atEnd.Seconds, "rows/s", "")
	}
	drained := total - time.Duration(sent.Seconds*float64(time.Second))
	if left := sent.Acked - atEnd.Loaded; drained > time.Second {
		r.add("loaded after the sending ended", rate(left, drained), "rows/s", "")
	}
	r.add("time until all were queryable", total.Seconds(), "s", "")
	backlog, refused := largestBacklog(positions)
	r.add("largest backlog", float64(backlog), "events", "")
	if !refused && sent.Refused == 0 && sent.Retried == 0 {
		r.note("the backlog stayed below limits.backlog: no producer was slowed")
	}
	r.detail("positions", positions)
}

// noteCounts says whether every count agrees.
func (r *result) noteCounts(ctx context.Context, p *pipeline, sent load.Report, landed int64) {
	status, err := p.status(ctx)
	if err != nil {
		r.note("STATUS FAILED: %v", err)
		return
	}
	l := status.Ledger
	if landed == sent.Acked && l.Accepted == sent.Acked && l.Quarantined == 0 && l.Dropped == 0 && l.InFlight == 0 {
		r.note("counts agree: acknowledged = accepted = new rows = %s", grouped(landed))
		return
	}
	r.note("COUNTS DIFFER: acknowledged %s, new rows %s, ledger %+v (answers lost for %s events)", grouped(sent.Acked), grouped(landed), l, grouped(sent.Unknown))
}
