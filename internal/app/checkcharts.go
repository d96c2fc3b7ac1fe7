package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/chart"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/live"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/warehouse/duckdb"
)

// checkDashboards runs every chart's query on empty tables of the contracts' shapes. Faults are an
// error marked ErrPipelineFile, with the line of the query.
func checkDashboards(ctx context.Context, file *pipeline.Pipeline) error {
	var faults []contract.Fault
	for _, d := range file.Dashboards {
		faults = append(faults, d.Faults...)
	}
	if len(file.Dashboards) > 0 {
		found, err := tryCharts(ctx, file)
		if err != nil {
			return fmt.Errorf("trying the charts' queries: %w", err)
		}
		faults = append(faults, found...)
	}
	if len(faults) > 0 {
		return pipelineFault{&contract.InvalidError{Faults: faults}}
	}
	return nil
}

// tryCharts runs the queries of dashboards without faults in a warehouse of its own.
func tryCharts(ctx context.Context, file *pipeline.Pipeline) (faults []contract.Fault, err error) {
	dir, err := os.MkdirTemp("", "penstock-check-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	client, err := duckdb.Start(ctx, duckdb.Config{Path: filepath.Join(dir, "check.duckdb"), MemoryLimit: file.Limits.QueryMemory})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	if err := client.Prepare(ctx, file.Contracts.Tables()); err != nil {
		return nil, err
	}
	warehouse := chartQueries{asker: embedded{client}}
	for _, d := range file.Dashboards {
		if len(d.Faults) > 0 {
			continue
		}
		for _, c := range d.Charts {
			fault, err := tryChart(ctx, warehouse, d, c)
			if err != nil {
				return faults, err
			}
			if fault.Message != "" {
				faults = append(faults, fault)
			}
		}
	}
	return faults, nil
}

// checkTime bounds one chart's query on empty tables.
const checkTime = 10 * time.Second

// tryChart runs a chart in two states: one that leaves every condition out, and one that has them all.
func tryChart(ctx context.Context, warehouse chartQueries, d *chart.Dashboard, c *chart.Chart) (contract.Fault, error) {
	bounded := chart.State{Range: "24h", Filters: map[string][]string{}}
	for _, f := range d.Filters {
		bounded.Filters[f.Name] = []string{"x"}
	}
	for _, state := range []chart.State{{Range: chart.RangeAll}, bounded} {
		sql, _ := c.Queries(state, c.Window(state, time.Now(), chart.Span{}))
		answer, err := warehouse.Query(ctx, sql, live.Limits{Timeout: checkTime, Rows: 1})
		if known, ok := errors.AsType[*event.Error](err); ok {
			return queryFault(d, c, known), nil
		}
		if err != nil {
			return contract.Fault{}, err
		}
		if message, instead := c.Shape(answer.Columns); message != "" {
			return contract.Fault{File: d.File, Line: c.Line, Message: message, Instead: instead}, nil
		}
	}
	return contract.Fault{}, nil
}

var errorLine = regexp.MustCompile(`(?s)\n+LINE (\d+): .*`)

// queryFault is what the warehouse says of a query, at the file's line if it tells the query's.
func queryFault(d *chart.Dashboard, c *chart.Chart, err *event.Error) contract.Fault {
	fault := contract.Fault{File: d.File, Line: c.Line, Message: "the query of " + c.ID + " does not run: " + err.Message, Instead: err.Hint}
	if at := errorLine.FindStringSubmatch(fault.Message); at != nil {
		if n, convErr := strconv.Atoi(at[1]); convErr == nil {
			fault.Line += n - 1
		}
		fault.Message = strings.TrimSuffix(fault.Message, at[0])
	}
	fault.Message = strings.Join(strings.Fields(fault.Message), " ")
	if fault.Instead == "" {
		fault.Instead = "mend the query; docs/dashboards.md has examples"
	}
	return fault
}
