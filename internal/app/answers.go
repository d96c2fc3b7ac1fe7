package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/deliver"
	"github.com/penstock/penstock/internal/dialect"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/monitor"
	"github.com/penstock/penstock/internal/warehouse/duckdb"
	"github.com/penstock/penstock/web"
)

// builtPages are the pages in this build, or nil.
func builtPages() fs.FS {
	if pages, built := web.Pages(); built {
		return pages
	}
	return nil
}

// queries runs people's SQL for the HTTP API.
type queries struct {
	store  store
	limits askLimits
}

func (q queries) Query(ctx context.Context, sql string) (dashboard.Rows, error) {
	rows, err := q.store.Ask(ctx, sql, q.limits)
	if err != nil {
		return nil, unavailable(err)
	}
	return rows, nil
}

func (q queries) Latency(ctx context.Context, table, column string) (dashboard.Latency, error) {
	l, err := q.store.Latency(ctx, table, column)
	return l, unavailable(err)
}

// result is DuckDB's result of a query for the HTTP API.
type result struct{ rows *duckdb.Rows }

func (r result) Columns() []dashboard.Column {
	columns := make([]dashboard.Column, len(r.rows.Columns))
	for i, c := range r.rows.Columns {
		columns[i] = dashboard.Column{Name: c.Name, Type: strings.ToLower(c.Type)}
	}
	return columns
}

func (r result) Next() ([]*string, error) {
	cells, err := r.rows.Next()
	if err != nil {
		return nil, unavailable(err)
	}
	return lasting(cells), nil
}

// lasting is a row that stays as it is when cells, which the warehouse uses again, become the next one.
func lasting(cells []duckdb.Cell) []*string {
	row, texts := make([]*string, len(cells)), make([]string, len(cells))
	for i, cell := range cells {
		if !cell.Null {
			texts[i] = cell.Text
			row[i] = &texts[i]
		}
	}
	return row
}

func (r result) Truncated() string { return r.rows.Truncated }
func (r result) Close() error      { return r.rows.Close() }

// statuses tells the state for the HTTP API.
type statuses struct{ monitor *monitor.Monitor }

func (s statuses) Status(ctx context.Context) (any, bool) {
	status := s.monitor.Status(ctx)
	return status, status.Ready
}

// readings tells what the monitor knows for the HTTP API.
type readings struct{ monitor *monitor.Monitor }

func (r readings) Reading(ctx context.Context) any          { return r.monitor.Reading(ctx) }
func (r readings) Listen() (<-chan json.RawMessage, func()) { return r.monitor.Listen() }

// redrives runs redrives for the HTTP API, and answers when what passed is loaded.
type redrives struct {
	redriver *deliver.Redriver
	loaded   func(ctx context.Context, commits map[int]uint64) error
}

func (r redrives) Redrive(ctx context.Context, what dashboard.Redrive) (dashboard.RedriveReport, error) {
	filter := deliver.Filter{Since: what.Since, Contract: what.Contract, Field: what.Field}
	for _, reason := range what.Reasons {
		filter.Reasons = append(filter.Reasons, event.Reason(reason))
	}
	done, err := r.redriver.Redrive(ctx, filter, what.DryRun)
	report := dashboard.RedriveReport{
		DryRun: what.DryRun, Examined: done.Examined, Passed: done.Passed, Failed: map[string]int64{},
		Stay: []dashboard.Stay{},
	}
	for reason, n := range done.Failing {
		report.Failed[string(reason)] += n
	}
	for _, s := range done.Stay {
		report.Stay = append(report.Stay, dashboard.Stay{Reason: string(s.Reason), Contract: s.Contract, Field: s.Field, Count: s.Count})
	}
	for _, n := range done.Dropped {
		report.Dropped += n
	}
	if err == nil && !what.DryRun {
		err = r.loaded(ctx, done.Through)
	}
	return report, err
}

// quarantineSource reads the events in the quarantine table for the redriver.
type quarantineSource struct{ asker }

// quarantineSQL lists what a redrive needs, in the order it needs it in, of the events a filter can
// select; what else the filter says is looked at event by event.
func quarantineSQL(filter deliver.Filter) string {
	where := " where true"
	for column, value := range map[string]*string{"contract": filter.Contract, "field": filter.Field} {
		switch {
		case value == nil:
		case *value == "":
			where += " and " + column + " is null"
		default:
			where += " and " + column + " = " + dialect.Text(*value)
		}
	}
	return `select _shard, _sequence, _arrived_at, reason, contract, field, partition_key, raw, raw_base64
		from quarantine` + where + ` order by _shard, _sequence`
}

// quarantineTime bounds a redrive's reading of the quarantine.
const quarantineTime = time.Hour

func (q quarantineSource) Quarantined(ctx context.Context, filter deliver.Filter, fn func(deliver.QuarantinedEvent) error) error {
	rows, err := q.Ask(ctx, quarantineSQL(filter), askLimits{Pages: true, Timeout: quarantineTime, Rows: -1, Bytes: -1})
	if err != nil {
		return fmt.Errorf("reading the quarantine: %w", err)
	}
	defer rows.Close() //nolint:errcheck // read to its end, or given up
	for {
		cells, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the quarantine: %w", err)
		}
		e, err := quarantinedEvent(cells)
		if err != nil {
			return err
		}
		if !filter.Selects(e.Reason, time.UnixMilli(e.ArrivedMillis), e.Contract, e.Field) {
			continue
		}
		if err := fn(e); err != nil {
			return err
		}
	}
}

func quarantinedEvent(cells []*string) (deliver.QuarantinedEvent, error) {
	text := func(i int) string {
		if cells[i] == nil {
			return ""
		}
		return strings.Clone(*cells[i]) // the next row takes the place of this one
	}
	arrived, err := time.Parse(time.RFC3339Nano, text(2))
	if err != nil {
		return deliver.QuarantinedEvent{}, fmt.Errorf("arrival of quarantined event %s: %w", text(1), err)
	}
	raw := []byte(text(7))
	if cells[8] != nil {
		if raw, err = base64.StdEncoding.DecodeString(text(8)); err != nil {
			return deliver.QuarantinedEvent{}, fmt.Errorf("bytes of quarantined event %s: %w", text(1), err)
		}
	}
	return deliver.QuarantinedEvent{
		Shard: text(0), Sequence: text(1), ArrivedMillis: arrived.UnixMilli(),
		Reason: event.Reason(text(3)), Contract: text(4), Field: text(5),
		PartitionKey: text(6), Raw: raw,
	}, nil
}
