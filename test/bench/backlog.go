package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/penstock/penstock/test/loadgen/load"
)

// backlog fills the log while delivery is paused, starts the pipeline again, and measures how fast
// it works the backlog off, and in how much memory.
func (b *bench) backlog(ctx context.Context, r *result) (err error) {
	r.What = fmt.Sprintf("a backlog of %s of durable ingest, worked off after a restart while nobody sends; with a key", b.Duration)
	folder := filepath.Join(b.dir, "pipeline")
	if err := writePipeline(folder, shape{keyed: true, extra: cmp.Or(b.Extra, pausedLimits)}); err != nil {
		return err
	}
	sent, err := b.pileUp(ctx, folder)
	if err != nil {
		return err
	}
	p, err := startPipeline(ctx, b.Binary, folder, b.data(), b.upArgs()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	begun := time.Now()
	w, err := watch(ctx, p.pid)
	if err != nil {
		return err
	}
	took, landed, err := awaitRows(ctx, p, 0, sent.Acked, begun)
	if err != nil {
		return p.explain(err)
	}
	used, err := w.usage()
	if err != nil {
		return err
	}
	peak, restarts := w.stop()
	r.add("backlog", float64(sent.Acked), "events", "")
	r.add("backlog, data", mebibytes(int64(float64(sent.Acked)*sent.BytesPerEvent)), "MiB", "")
	r.add("start with the backlog", p.startup.Seconds(), "s", "")
	r.add("worked off", rate(sent.Acked, took), "rows/s", "")
	r.addCost(used, sent.Acked)
	r.addMemory(peak, restarts)
	r.addLoad(sent)
	r.noteCounts(ctx, p, sent, landed)
	return nil
}

// pileUp sends for the duration to a pipeline that does not deliver, and stops it.
func (b *bench) pileUp(ctx context.Context, folder string) (sent load.Report, err error) {
	p, err := startPipeline(ctx, b.Binary, folder, b.data(), b.upArgs("--pause", "delivery")...)
	if err != nil {
		return sent, err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	sent, err = load.Run(ctx, load.Config{Address: p.address, Duration: b.Duration})
	return sent, errors.Join(err, ctx.Err())
}
