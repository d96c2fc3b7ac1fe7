package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
	"github.com/penstock/penstock/internal/lake"
	"github.com/penstock/penstock/internal/running"
	"github.com/penstock/penstock/internal/stream"
	"github.com/penstock/penstock/internal/trace"
)

// Trace asks the running pipeline where the events are that key stands for.
func Trace(ctx context.Context, dataDir, key string) (trace.Report, error) {
	var report trace.Report
	info, err := running.Find(dataDir)
	if err != nil {
		return report, err
	}
	err = connect(info).Trace(ctx, key, &report)
	return report, err
}

func (p *parts) tracer() (*trace.Tracer, error) {
	shards := make([]event.Shard, p.info.Shards)
	for i := range shards {
		shards[i] = event.Shard{Stream: p.info.Name, Index: i, Created: p.info.Created}
	}
	return trace.New(trace.Config{Shards: shards, Contracts: p.file.Contracts}, trace.Deps{
		Log:       tracedLog{p.log, p.info.Name},
		Catalog:   tracedCatalog(p.catalogs),
		Warehouse: traced{selects{p.store}, p.store},
		Lake:      lakeRows{p.lake},
	})
}

// traces finds events for the HTTP API.
type traces struct{ tracer *trace.Tracer }

func (t traces) Trace(ctx context.Context, key string) (any, error) { return t.tracer.Trace(ctx, key) }

func (t traces) Tail(filter string) (dashboard.TailFeed, error) {
	tail, err := t.tracer.Tail(filter)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, send func(string, any)) error {
		return tail.Run(ctx, func(a trace.Arrival) { send("event", a) }, func(s trace.Skipped) { send("skipped", s) })
	}, nil
}

// Tail calls fn with each event that arrives in the running pipeline and that filter takes, and with how
// many were left out, as docs/api.md describes them.
func Tail(ctx context.Context, dataDir, filter string, fn func(name string, data []byte) error) error {
	info, err := running.Find(dataDir)
	if err != nil {
		return err
	}
	return connect(info).Tail(ctx, filter, fn)
}

// tracedLog is the pipeline's stream, for whoever looks at single events.
type tracedLog struct {
	log    *stream.Log
	stream string
}

func (l tracedLog) Bounds(shard int) (first, last uint64, err error) {
	return l.log.Bounds(l.stream, shard)
}

func (l tracedLog) Bytes() int64 { return l.log.Bytes(l.stream) }

func (l tracedLog) Newest(shard, n int) ([]event.Record, bool) {
	return l.log.Newest(l.stream, shard, n)
}

func (l tracedLog) Fetch(ctx context.Context, shard int, from uint64, n, maxBytes int) ([]event.Record, error) {
	return l.log.Fetch(ctx, l.stream, shard, from, n, maxBytes)
}

func (l tracedLog) Record(ctx context.Context, shard int, position uint64) (event.Record, bool, error) {
	records, err := l.Fetch(ctx, shard, position, 1, 1)
	if err != nil || len(records) == 0 || records[0].Sequence != position {
		return event.Record{}, false, err
	}
	return records[0], true, nil
}

func (l tracedLog) Scan(ctx context.Context, shard int, from, through uint64, fn func([]event.Record) bool) error {
	tail, err := l.log.Tail(ctx, l.stream, shard, from)
	if err != nil {
		return err
	}
	defer tail.Close()
	for from <= through {
		records, err := tail.Next(ctx)
		if err != nil {
			return err
		}
		if len(records) == 0 { // what comes next is missing
			if last, missing, err := l.log.Missing(l.stream, shard, from); err == nil && missing {
				from = last + 1
			}
			continue
		}
		if after := int(min(uint64(len(records)), through+1-min(through+1, records[0].Sequence))); !fn(records[:after]) {
			return nil
		}
		from = records[len(records)-1].Sequence + 1
	}
	return nil
}

// tracedCatalog is the catalogs of all shards.
type tracedCatalog []*catalog.Shard

func (c tracedCatalog) Position(shard int) uint64 { return c[shard].Position() }

func (c tracedCatalog) CommitOf(ctx context.Context, shard int, position uint64) (catalog.Commit, error) {
	return c[shard].CommitOf(ctx, position)
}

var errFound = errors.New("found")

func (c tracedCatalog) Commit(ctx context.Context, shard int, number uint64) (catalog.Commit, error) {
	var found catalog.Commit
	err := c[shard].CommitsAfter(ctx, number-1, func(commit catalog.Commit) error {
		found = commit
		return errFound
	})
	if err != nil && !errors.Is(err, errFound) {
		return catalog.Commit{}, err
	}
	if found.Number != number {
		return catalog.Commit{}, fmt.Errorf("commit %d: %w", number, event.ErrNotFound)
	}
	return found, nil
}

func (c tracedCatalog) Contracts(ctx context.Context, shard int, version string) (*contract.Set, error) {
	sources, err := c[shard].Contracts(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("reading the contracts of version %s: %w", version, err)
	}
	return compile(sources)
}

// selects runs our own statements about single events in the warehouse.
type selects struct{ asker }

// A statement about single events may take this long and answer this much. It goes through the same
// guard as people's queries, so that it cannot hold up a load either.
const (
	selectTime  = 10 * time.Second
	selectRows  = 10_000
	selectBytes = 64 << 20
)

func (s selects) Select(ctx context.Context, sql string) (columns []string, rows [][]*string, err error) {
	all, err := s.Ask(ctx, sql, askLimits{Pages: true, Timeout: selectTime, Rows: selectRows, Bytes: selectBytes})
	if err != nil {
		return nil, nil, unavailable(err)
	}
	defer all.Close() //nolint:errcheck // read to its end
	for _, c := range all.Columns() {
		columns = append(columns, c.Name)
	}
	for {
		row, err := all.Next()
		if errors.Is(err, io.EOF) {
			return columns, rows, nil
		}
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, row)
	}
}

// traced is the warehouse, for whoever follows single events.
type traced struct {
	selects
	loads loads
}

func (t traced) Watermark(ctx context.Context, shard int) (uint64, error) {
	position, err := t.loads.Watermark(ctx, shard)
	return position, unavailable(err)
}

func (t traced) Loads(ctx context.Context, shard int, low, high string, most int) ([]trace.Load, error) {
	files, err := t.loads.LoadsOf(ctx, shard, low, high, most)
	found := make([]trace.Load, len(files))
	for i, f := range files {
		found[i] = trace.Load{File: f.Name, Table: f.Table, Number: f.Number, Status: string(f.Status), Detail: f.Detail, At: f.At}
	}
	return found, unavailable(err)
}

// lakeRows reads rows back from lake files.
type lakeRows struct{ lake lake.Lake }

// lakeRowsBytes bounds the file that is read for one row: twice the largest buffer of a pipeline.
const lakeRowsBytes = 128 << 20

func (l lakeRows) Row(ctx context.Context, file, sequence string) (map[string]string, bool, error) {
	size, err := l.lake.Stat(ctx, file)
	if err != nil {
		return nil, false, err
	}
	if size > lakeRowsBytes {
		return nil, false, fmt.Errorf("lake file %s has %s, too much to look for one row", file, humanize.IBytes(uint64(size)))
	}
	body, err := readAll(ctx, l.lake, file)
	if err != nil {
		return nil, false, err
	}
	name := path.Base(file)
	for i := range name {
		if name[i] != '.' {
			continue
		}
		if _, err := format.Parse(name[i+1:]); err == nil {
			return format.Find(name[i+1:], body, sequence)
		}
	}
	return nil, false, fmt.Errorf("lake file %s has an unknown ending", file)
}
