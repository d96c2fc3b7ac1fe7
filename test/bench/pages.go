package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"time"

	"github.com/penstock/penstock/test/loadgen/load"
)

const (
	// pagesQuarantined is how many events are in the quarantine, as a share of a full table's rows.
	pagesQuarantined = 20
	// pagesSent is how many events pass through the pipeline before the pages are asked for.
	pagesSent = 200_000
	// pagesAsked is how often each page is asked for; the median counts.
	pagesAsked = 5
	// targetPage is what an engineer's page may take.
	targetPage = "< 2000"
)

// pages measures the pages of an engineer: where an event is, what is in the quarantine, the tables, and
// live tails beside the full load.
func (b *bench) pages(ctx context.Context, r *result) (err error) {
	quarantined := b.SeedRows / pagesQuarantined
	r.What = fmt.Sprintf("the engineer's pages over HTTP, one after another, on %s keyed rows, %s events in the quarantine and %s that came through the pipeline; medians of %d; then tails beside the full load",
		grouped(b.SeedRows), grouped(quarantined), grouped(pagesSent), pagesAsked)
	folder := filepath.Join(b.dir, "pipeline")
	if err := writePipeline(folder, shape{keyed: true, extra: b.Extra}); err != nil {
		return err
	}
	if err := b.seed(ctx, r); err != nil {
		return fmt.Errorf("filling the table: %w", err)
	}
	if err := execDuckDB(ctx, filepath.Join(b.data(), "warehouse", "penstock.duckdb"), append(inChunks(quarantineSQL, quarantined), "checkpoint")...); err != nil {
		return fmt.Errorf("filling the quarantine: %w", err)
	}
	p, err := startPipeline(ctx, b.Binary, folder, b.data(), b.upArgs()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	if err := p.through(ctx, pagesSent); err != nil {
		return p.explain(err)
	}
	w, err := watch(ctx, p.pid)
	if err != nil {
		return err
	}
	if err := p.askPages(ctx, r); err != nil {
		return p.explain(err)
	}
	used, err := w.usage()
	if err != nil {
		return err
	}
	peak, restarts := w.stop()
	r.add("other processes", used.Others, "cores", "")
	r.addMemory(peak, restarts)
	if err := b.tails(ctx, r, p); err != nil {
		return p.explain(err)
	}
	return nil
}

// through sends n events and waits until they are rows.
func (p *pipeline) through(ctx context.Context, n int64) error {
	before, err := p.count(ctx)
	if err != nil {
		return err
	}
	sent, err := load.Run(ctx, load.Config{Address: p.address, Count: n})
	if err != nil {
		return err
	}
	_, _, err = awaitRows(ctx, p, before, sent.Acked, time.Now())
	return err
}

// page is one call of a page.
type page struct {
	name, path string
	// found is how many events a trace has to find; -1 for what is no trace.
	found int
}

func (p *pipeline) askPages(ctx context.Context, r *result) error {
	row, err := p.first(ctx, "select order_id, _sequence from orders order by _arrived_at desc limit 1")
	if err != nil {
		return err
	}
	refused, err := p.first(ctx, "select partition_key, field from quarantine where reason = 'unknown_field' limit 1")
	if err != nil {
		return err
	}
	trace := func(key string) string { return "/api/v1/trace?" + url.Values{"key": {key}}.Encode() }
	sample := func(reason, field string) string {
		return "/api/v1/quarantine/sample?" + url.Values{"reason": {reason}, "contract": {"orders"}, "field": {field}}.Encode()
	}
	took := map[string][]float64{}
	spent, err := p.ask(ctx, page{path: "/api/v1/quarantine", found: -1})
	if err != nil {
		return err
	}
	r.add("quarantine, groups and suggestions, once", millis(spent), "ms", targetPage)
	for _, page := range []page{
		{"trace by key", trace(row[0]), 1},
		{"trace by sequence number", trace(row[1]), 1},
		{"trace of a key that is nowhere", trace("a5a5a5a5-0000-4000-8000-000000000000"), 0},
		{"trace of a text that is nowhere", trace("no such text"), 0},
		{"trace of a partition key in the quarantine", trace(refused[0]), -1},
		{"quarantine, groups again", "/api/v1/quarantine", -1},
		{"quarantine, the last hour", "/api/v1/quarantine?" + url.Values{"since": {time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)}}.Encode(), -1},
		{"quarantine, sample of the largest group", sample("length", "city"), -1},
		{"quarantine, sample of a small group", sample("unknown_field", refused[1]), -1},
		{"the list of tables", "/api/v1/tables", -1},
	} {
		for range pagesAsked {
			spent, err := p.ask(ctx, page)
			if err != nil {
				return fmt.Errorf("%s: %w", page.name, err)
			}
			took[page.name] = append(took[page.name], millis(spent))
		}
		times := slices.Sorted(slices.Values(took[page.name]))
		r.add(page.name, times[len(times)/2], "ms", targetPage)
	}
	r.detail("pages, ms", took)
	return nil
}

func (p *pipeline) ask(ctx context.Context, page page) (time.Duration, error) {
	var answer any
	spent, err := p.get(ctx, page.path, &answer)
	if err != nil || page.found < 0 {
		return spent, err
	}
	report, _ := answer.(map[string]any)
	if found, _ := report["found"].([]any); len(found) != page.found {
		return 0, fmt.Errorf("%d events were found, not %d; searched was: %v", len(found), page.found, report["searched"])
	}
	return spent, nil
}

// first is the first row of a query.
func (p *pipeline) first(ctx context.Context, sql string) ([]string, error) {
	rows, err := p.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // one row
	row, err := rows.Next()
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(row))
	for i, cell := range row {
		if cell != nil {
			texts[i] = *cell
		}
	}
	return texts, nil
}
