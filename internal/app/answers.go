package app

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/deliver"
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
	client *duckdb.Client
	limits duckdb.Limits
}

func (q queries) Query(ctx context.Context, sql string) (dashboard.Rows, error) {
	rows, err := q.client.Query(ctx, sql, q.limits)
	if err != nil {
		return nil, unavailable(err)
	}
	return result{rows}, nil
}

func (q queries) Latency(ctx context.Context, table, column string) (dashboard.Latency, error) {
	l, err := q.client.Latency(ctx, table, column)
	return dashboard.Latency{Rows: l.Rows, P50MS: l.P50.Milliseconds(), P99MS: l.P99.Milliseconds()}, unavailable(err)
}

// result is a query's result for the HTTP API.
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
type quarantineSource struct{ client *duckdb.Client }

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
			where += " and " + column + " = '" + strings.ReplaceAll(*value, "'", "''") + "'"
		}
	}
	return `select _shard, _sequence, epoch_ms(_arrived_at), reason, contract, field, partition_key, raw, raw_base64
		from quarantine` + where + ` order by _shard, _sequence`
}

// quarantineTime bounds a redrive's reading of the quarantine.
const quarantineTime = time.Hour

func (q quarantineSource) Quarantined(ctx context.Context, filter deliver.Filter, fn func(deliver.QuarantinedEvent) error) error {
	rows, err := q.client.Query(ctx, quarantineSQL(filter), duckdb.Limits{Timeout: quarantineTime, Rows: -1, Bytes: -1})
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

func quarantinedEvent(cells []duckdb.Cell) (deliver.QuarantinedEvent, error) {
	arrived, err := strconv.ParseInt(cells[2].Text, 10, 64)
	if err != nil {
		return deliver.QuarantinedEvent{}, fmt.Errorf("arrival of quarantined event %s: %w", cells[1].Text, err)
	}
	raw := []byte(cells[7].Text)
	if !cells[8].Null {
		if raw, err = base64.StdEncoding.DecodeString(cells[8].Text); err != nil {
			return deliver.QuarantinedEvent{}, fmt.Errorf("bytes of quarantined event %s: %w", cells[1].Text, err)
		}
	}
	return deliver.QuarantinedEvent{
		Shard: cells[0].Text, Sequence: cells[1].Text, ArrivedMillis: arrived,
		Reason: event.Reason(cells[3].Text), Contract: cells[4].Text, Field: cells[5].Text,
		PartitionKey: cells[6].Text, Raw: raw,
	}, nil
}
