package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/running"
	"github.com/penstock/penstock/internal/warehouse"
	"github.com/penstock/penstock/internal/warehouse/duckdb"
)

// CheckReport is what a check found in files without faults.
type CheckReport struct {
	Pipeline string   `json:"pipeline"`
	Stream   string   `json:"stream"`
	Shards   int      `json:"shards"`
	Tables   []string `json:"tables"`
	// Dashboards are the names of the dashboards.
	Dashboards []string `json:"dashboards"`
	// Changes are what the next start does to the warehouse's tables.
	Changes []string `json:"changes"`
}

// Check reads a pipeline's files, tries the queries of its dashboards and, if the data folder has a warehouse that no pipeline uses,
// compares its tables with the contracts. Faults are errors marked ErrPipelineFile.
func Check(ctx context.Context, pipelineDir, dataDir string) (CheckReport, error) {
	file, err := pipeline.Load(pipelineDir)
	if err != nil {
		return CheckReport{}, pipelineFault{err}
	}
	report := CheckReport{Pipeline: file.Name, Stream: file.Stream.Name, Shards: file.Stream.Shards, Dashboards: []string{}, Changes: []string{}}
	for _, t := range file.Contracts.Tables() {
		report.Tables = append(report.Tables, t.Name)
	}
	for _, d := range file.Dashboards {
		report.Dashboards = append(report.Dashboards, d.Name)
	}
	if err := checkDashboards(ctx, file); err != nil {
		return report, err
	}
	path := databasePath(file.Warehouse, dataDir)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return report, nil
	}
	shapes, err := tableShapes(ctx, dataDir, path, file.Stream.Name)
	if err != nil {
		return report, err
	}
	report.Changes, err = tableChanges(file, shapes)
	return report, err
}

// tableShapes are the warehouse's tables as they are. A warehouse of another stream is a fault.
func tableShapes(ctx context.Context, dataDir, path, stream string) ([]warehouse.TableShape, error) {
	noted, err := notedWarehouse(dataDir)
	if err != nil {
		return nil, err
	}
	if info, err := running.Find(dataDir); err == nil && noted == path {
		if err := duckdb.CheckOwner(path, info.Streams[0], stream); err != nil {
			return nil, pipelineFault{err}
		}
		return runningShapes(ctx, info)
	}
	client, err := duckdb.OpenReadOnly(ctx, duckdb.Config{Path: path, Stream: stream})
	if known, ok := errors.AsType[*event.Error](err); ok && known.Code == duckdb.OtherStream {
		return nil, pipelineFault{err}
	}
	if err != nil {
		return nil, err
	}
	shapes, err := client.Describe(ctx)
	return shapes, errors.Join(err, client.Close())
}

// runningShapes asks a pipeline that runs, whose warehouse no second process may open.
func runningShapes(ctx context.Context, info running.Info) ([]warehouse.TableShape, error) {
	rows, err := connect(info).Query(ctx, `select table_name, column_name, data_type from duckdb_columns()
		where schema_name = 'main' and not internal order by table_name, column_index`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // read to its end
	var shapes []warehouse.TableShape
	err = dashboard.EachRow(rows, func(row []*string) error {
		if len(shapes) == 0 || shapes[len(shapes)-1].Name != *row[0] {
			shapes = append(shapes, warehouse.TableShape{Name: *row[0]})
		}
		last := &shapes[len(shapes)-1]
		last.Columns = append(last.Columns, warehouse.ColumnShape{Name: *row[1], Type: *row[2]})
		return nil
	})
	return shapes, err
}

func tableChanges(file *pipeline.Pipeline, shapes []warehouse.TableShape) ([]string, error) {
	have := map[string]warehouse.TableShape{}
	for _, shape := range shapes {
		have[shape.Name] = shape
	}
	list := []string{}
	var faults []error
	for _, t := range file.Contracts.Tables() {
		shape, ok := have[t.Name]
		if !ok {
			list = append(list, fmt.Sprintf("table %s is created", t.Name))
			continue
		}
		steps, err := duckdb.Alterations(shape, t.Columns)
		if err != nil {
			faults = append(faults, err)
		}
		for _, s := range steps {
			change := fmt.Sprintf("table %s gets column %s %s", t.Name, s.Column.Name, strings.ToLower(s.Column.Type))
			if s.From != "" {
				change = fmt.Sprintf("column %s of table %s becomes %s, from %s", s.Column.Name, t.Name,
					strings.ToLower(s.Column.Type), strings.ToLower(s.From))
			}
			list = append(list, change)
		}
	}
	if len(faults) > 0 {
		return list, pipelineFault{errors.Join(faults...)}
	}
	return list, nil
}
