package app

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/penstock/penstock/internal/chart"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/live"
	"github.com/penstock/penstock/internal/monitor"
)

// openCharts makes the hub that computes what dashboards show.
func (p *parts) openCharts() {
	for _, d := range p.file.Dashboards {
		for _, fault := range d.Faults {
			p.logger.Warn("a dashboard cannot be shown", "dashboard", d.Name, "fault", fault.String())
		}
	}
	p.charts = live.New(live.Config{Logger: p.logger}, chartQueries{p.store, p.store.Metered()}, freshness{p.monitor})
}

// chartQueries runs the charts' SQL, under the limits of a chart.
type chartQueries struct {
	asker
	metered bool
}

// Metered reports whether the warehouse costs money: charts are then computed less often.
func (q chartQueries) Metered() bool { return q.metered }

func (q chartQueries) Query(ctx context.Context, sql string, limits live.Limits) (live.Answer, error) {
	rows, err := q.Ask(ctx, sql, askLimits{Pages: true, Timeout: limits.Timeout, Rows: limits.Rows, Bytes: limits.Bytes})
	if err != nil {
		return live.Answer{}, err
	}
	defer rows.Close() //nolint:errcheck // read to its end, or given up
	answer := live.Answer{Rows: chart.Rows{Columns: chartColumns(rows.Columns()), Rows: [][]*string{}}}
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			answer.Truncated = rows.Truncated() != ""
			return answer, nil
		}
		if err != nil {
			return answer, err
		}
		answer.Rows.Rows = append(answer.Rows.Rows, row)
	}
}

func chartColumns(columns []dashboard.Column) []chart.Column {
	converted := make([]chart.Column, len(columns))
	for i, c := range columns {
		converted[i] = chart.Column{Name: c.Name, Type: c.Type}
	}
	return converted
}

// freshness is the monitor, for the charts.
type freshness struct{ monitor *monitor.Monitor }

func (f freshness) Freshness(ctx context.Context) live.Fresh {
	reading := f.monitor.Reading(ctx)
	return live.Fresh{
		CompleteTo: reading.CompleteTo, Quarantined: reading.Ledger.Quarantined,
		Ready: reading.Ready, Problems: len(reading.Problems),
	}
}

// tableInfos describe the tables to people who write SQL.
func tableInfos(contracts *contract.Set) []dashboard.TableInfo {
	metadata := map[string]string{
		contract.ShardColumn:    "The shard the event came by.",
		contract.SequenceColumn: "The record's sequence number.",
		contract.ArrivedColumn:  "When the event was accepted.",
	}
	tables := append(contracts.Tables(), contract.QuarantineTable())
	infos := make([]dashboard.TableInfo, len(tables))
	for i, t := range tables {
		infos[i] = dashboard.TableInfo{Name: t.Name, Columns: []dashboard.ColumnInfo{}}
		infos[i].Description, _ = contracts.Describe(t.Name, "")
		for _, c := range slices.Concat(contract.MetadataColumns(), t.Columns) {
			_, description := contracts.Describe(t.Name, c.Name)
			infos[i].Columns = append(infos[i].Columns, dashboard.ColumnInfo{Name: c.Name, Type: c.Type.String(), Description: firstOf(description, metadata[c.Name], "")})
		}
		if t.Name == contract.QuarantineName {
			infos[i].Description = "Events that no contract accepted, with the reason."
		}
	}
	return infos
}
