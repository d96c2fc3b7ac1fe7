package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/running"
	"github.com/penstock/penstock/internal/stream"
	"github.com/penstock/penstock/internal/warehouse"
	"github.com/penstock/penstock/internal/warehouse/duckdb"
	"github.com/penstock/penstock/internal/warehouse/snowflake"
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
	// Plan is the SQL of these changes.
	Plan []string `json:"plan"`
}

// Check reads a pipeline's files, tries the queries of its dashboards and compares what the data folder has with them: how many shards
// the stream has, and the tables of the warehouse. Faults are errors marked ErrPipelineFile.
func Check(ctx context.Context, pipelineDir, dataDir string, plan bool) (CheckReport, error) {
	file, err := pipeline.Load(pipelineDir)
	if err != nil {
		return CheckReport{}, pipelineFault{err}
	}
	report := CheckReport{Pipeline: file.Name, Stream: file.Stream.Name, Shards: file.Stream.Shards, Dashboards: []string{}, Changes: []string{}, Plan: []string{}}
	for _, t := range file.Contracts.Tables() {
		report.Tables = append(report.Tables, t.Name)
	}
	for _, d := range file.Dashboards {
		report.Dashboards = append(report.Dashboards, d.Name)
	}
	if err := checkDashboards(ctx, file); err != nil {
		return report, err
	}
	have, err := stream.ShardsIn(logDir(dataDir), file.Stream.Name)
	if err != nil {
		return report, err
	}
	if have > 0 && have != file.Stream.Shards {
		return report, shardsChanged(file.Stream.Name, have, file.Stream.Shards)
	}
	if file.Snowflake != nil {
		if !plan {
			return report, nil
		}
		report.Changes, report.Plan, err = snowflakeChanges(ctx, file)
		return report, err
	}
	path := databasePath(file.Warehouse, dataDir)
	var shapes []warehouse.TableShape
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if !plan {
			return report, nil
		}
	} else if shapes, err = tableShapes(ctx, dataDir, path, file.Stream.Name); err != nil {
		return report, err
	}
	report.Changes, report.Plan, err = tableChanges(file, shapes, duckdb.Alterations, duckdb.Statements)
	return report, err
}

// tableShapes are the warehouse's tables as they are. A warehouse of another stream is a fault.
func tableShapes(ctx context.Context, dataDir, path, name string) ([]warehouse.TableShape, error) {
	noted, err := notedWarehouse(dataDir)
	if err != nil {
		return nil, err
	}
	if info, err := running.Find(dataDir); err == nil && noted.Path == path {
		if err := duckdb.CheckOwner(path, info.Streams[0], name); err != nil {
			return nil, pipelineFault{err}
		}
		return runningShapes(ctx, info)
	}
	client, err := duckdb.OpenReadOnly(ctx, duckdb.Config{Path: path, Stream: name})
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

// snowflakeChanges logs in and compares.
func snowflakeChanges(ctx context.Context, file *pipeline.Pipeline) (list, plan []string, err error) {
	client, err := snowflake.Open(ctx, snowflakeConfig(file.Snowflake, file.Stream.Name), nil)
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	shapes, err := client.Describe(ctx)
	if err != nil {
		return nil, nil, err
	}
	return tableChanges(file, shapes, snowflake.Alterations, snowflake.Statements)
}

// tableChanges lists what the next start does to the tables, in words and in the warehouse's SQL.
func tableChanges(file *pipeline.Pipeline, shapes []warehouse.TableShape,
	alterations func(warehouse.TableShape, []contract.Column) ([]warehouse.Alteration, error),
	statements func(*warehouse.TableShape, *contract.Table) ([]string, error),
) (list, plan []string, _ error) {
	have := map[string]warehouse.TableShape{}
	for _, shape := range shapes {
		have[strings.ToLower(shape.Name)] = shape
	}
	list, plan = []string{}, []string{}
	var faults []error
	for _, t := range file.Contracts.Tables() {
		shape, ok := have[t.Name]
		if !ok {
			create, err := statements(nil, t)
			faults = append(faults, err)
			plan = append(plan, create...)
			list = append(list, fmt.Sprintf("table %s is created", t.Name))
			continue
		}
		steps, err := alterations(shape, t.Columns)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", file.Contracts.File(t.Name), err))
			continue
		}
		alter, err := statements(&shape, t)
		faults = append(faults, err)
		plan = append(plan, alter...)
		for _, s := range steps {
			change := fmt.Sprintf("table %s gets column %s %s", t.Name, strings.ToLower(s.Column.Name), strings.ToLower(s.Column.Type))
			if s.From != "" {
				change = fmt.Sprintf("column %s of table %s becomes %s, from %s", strings.ToLower(s.Column.Name), t.Name,
					strings.ToLower(s.Column.Type), strings.ToLower(s.From))
			}
			list = append(list, change)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return list, plan, pipelineFault{err}
	}
	return list, plan, nil
}
