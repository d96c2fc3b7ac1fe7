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

// Targets, on two cores with the load generator beside the pipeline.
const (
	targetIngest  = ">= 300000"
	targetRows    = ">= 120000"
	targetLatency = "< 1500"
	targetMemory  = "< 700"
)

// pausedLimits let a minute of events wait while delivery is paused: at 400,000 a second they are more
// than the default backlog, and the pipeline would slow the load down, as it should.
const pausedLimits = "limits: {backlog: 64GiB}"

// ingest measures how many events a second are acknowledged, which is after their fsync, while
// nothing behind the log runs.
func (b *bench) ingest(ctx context.Context, r *result) (err error) {
	r.What = fmt.Sprintf("durable ingest: PutRecords of 500 events, 4 connections, delivery paused, %s", b.Duration)
	folder := filepath.Join(b.dir, "pipeline")
	if err := writePipeline(folder, shape{keyed: true, extra: cmp.Or(b.Extra, pausedLimits)}); err != nil {
		return err
	}
	p, err := startPipeline(ctx, b.Binary, folder, b.data(), b.upArgs("--pause", "delivery")...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	w, err := watch(ctx, p.pid)
	if err != nil {
		return err
	}
	sent, err := load.Run(ctx, load.Config{Address: p.address, Duration: b.Duration})
	if err != nil {
		return errors.Join(p.explain(err), ctx.Err())
	}
	used, err := w.usage()
	if err != nil {
		return err
	}
	peak, restarts := w.stop()
	status, err := p.status(ctx)
	if err != nil {
		return err
	}
	r.add("acknowledged", sent.EventsPerSecond, "events/s", targetIngest)
	r.add("event size", sent.BytesPerEvent, "bytes", "")
	r.add("PutRecords p50", sent.PutP50, "ms", "")
	r.add("PutRecords p99", sent.PutP99, "ms", "")
	r.addCost(used, sent.Acked)
	r.addMemory(peak, restarts)
	r.addLoad(sent)
	if accepted := status.Ledger.Accepted; accepted == sent.Acked {
		r.note("status agrees: accepted = acknowledged = %s", grouped(accepted))
	} else {
		r.note("STATUS DIFFERS: accepted %s, acknowledged %s (answers lost for %s events)", grouped(accepted), grouped(sent.Acked), grouped(sent.Unknown))
	}
	return nil
}

// addCost adds what an event cost.
func (r *result) addCost(u usage, events int64) {
	r.add("pipeline CPU, parent", perEvent(u.Parent, events), "us/event", "")
	r.add("pipeline CPU, DuckDB process", perEvent(u.Child, events), "us/event", "")
	r.add("pipeline CPU, both", perEvent(u.pipeline(), events), "us/event", "")
	r.add("load generator CPU", perEvent(u.Own, events), "us/event", "")
	r.add("other processes", u.Others, "cores", "")
	if u.Stolen > 0.02 {
		r.add("withheld by the hypervisor", u.Stolen, "cores", "")
	}
	r.detail("usage", u)
}

func (r *result) addMemory(p peaks, restarts int) {
	r.add("peak memory, both (resident)", mebibytes(p.Resident), "MiB", targetMemory)
	r.add("peak memory, both (shared pages once)", mebibytes(p.Pss), "MiB", targetMemory)
	for i, mark := range p.HighWater {
		name := "high-water mark, parent"
		if i > 0 {
			name = "high-water mark, DuckDB process"
		}
		r.add(name, mebibytes(mark), "MiB", "")
	}
	if restarts > 0 {
		r.note("THE DUCKDB PROCESS WAS REPLACED %d times", restarts)
	}
	r.detail("memory", p)
}

// addLoad notes what the generator met.
func (r *result) addLoad(sent load.Report) {
	if sent.Refused > 0 || sent.Retried > 0 || sent.Unknown > 0 {
		r.note("producers were slowed: %s requests refused, %s events sent again, answers lost for %s events",
			grouped(sent.Refused), grouped(sent.Retried), grouped(sent.Unknown))
	}
	r.detail("load", sent)
}

// rate is n events over a time, a second.
func rate(n int64, took time.Duration) float64 {
	if took <= 0 {
		return 0
	}
	return float64(n) / took.Seconds()
}
