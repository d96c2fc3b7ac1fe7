package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/running"
	"github.com/penstock/penstock/internal/warehouse/duckdb"
	"github.com/penstock/penstock/internal/warehouse/snowflake"
)

// aloneMemory is DuckDB's memory for a query while no pipeline is up: more than a pipeline's default,
// so that what works beside the loads works without them.
const aloneMemory = 512 << 20

// Query runs one SELECT in the pipeline's warehouse. When the pipeline is not up, the warehouse is
// opened for the time of the query.
func Query(ctx context.Context, dataDir, sql string) (dashboard.Rows, error) {
	info, err := running.Find(dataDir)
	if err == nil {
		return connect(info).Query(ctx, sql)
	}
	if !errors.Is(err, running.ErrNone) {
		return nil, err
	}
	if dataDir == "" {
		dataDir = DefaultData
	}
	noted, noteErr := notedWarehouse(dataDir)
	if noteErr != nil {
		return nil, noteErr
	}
	if noted.Snowflake != "" {
		return nil, &event.Error{
			Code:    "no_warehouse",
			Message: fmt.Sprintf("no pipeline is running, and the warehouse of the data folder %s is %s", dataDir, noted.Snowflake),
			Hint:    fmt.Sprintf("name the pipeline, whose files say how to log in there: `penstock query -c %s \"select ...\"`", noted.Pipeline),
		}
	}
	rows, openErr := queryFile(ctx, duckdb.Config{Path: noted.Path}, dataDir, sql, askLimits{})
	if openErr != nil {
		return nil, errors.Join(openErr, err)
	}
	return rows, nil
}

// QueryPipeline runs one SELECT in the warehouse of the pipeline in a folder. In Snowflake it logs in by itself, as the
// reader's role, whether or not the pipeline is up, and logs out when the result is closed. A warehouse on this machine
// is asked through the pipeline that runs on dataDir, if one does.
func QueryPipeline(ctx context.Context, pipelineDir, dataDir, sql string) (dashboard.Rows, error) {
	file, err := pipeline.Load(pipelineDir)
	if err != nil {
		return nil, pipelineFault{err}
	}
	limits := queryLimits(file.Limits)
	if file.Snowflake != nil {
		return querySnowflake(ctx, file, sql, limits)
	}
	if dataDir == "" {
		dataDir = DefaultData
	}
	info, err := running.Find(dataDir)
	if err == nil && info.Streams[0] == file.Stream.Name {
		return connect(info).Query(ctx, sql)
	}
	if err != nil && !errors.Is(err, running.ErrNone) {
		return nil, err
	}
	return queryFile(ctx, duckdb.Config{Path: databasePath(file.Warehouse, dataDir), Stream: file.Stream.Name}, dataDir, sql, limits)
}

func querySnowflake(ctx context.Context, file *pipeline.Pipeline, sql string, limits askLimits) (dashboard.Rows, error) {
	reader, err := snowflake.OpenReader(ctx, snowflakeConfig(file.Snowflake, file.Stream.Name))
	if err != nil {
		return nil, err
	}
	rows, err := reader.Query(ctx, sql, snowflake.Limits{Timeout: limits.Timeout, Rows: limits.Rows, Bytes: limits.Bytes})
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	return closingRows{snowflakeResult{rows}, reader}, nil
}

// queryFile opens a file of DuckDB's for one query.
func queryFile(ctx context.Context, cfg duckdb.Config, dataDir, sql string, limits askLimits) (dashboard.Rows, error) {
	if _, err := os.Stat(cfg.Path); errors.Is(err, fs.ErrNotExist) {
		return nil, noWarehouse(dataDir, cfg.Path)
	}
	cfg.MemoryLimit = aloneMemory
	client, err := duckdb.OpenReadOnly(ctx, cfg)
	if err != nil {
		return nil, err
	}
	rows, err := embedded{client}.Ask(ctx, sql, limits)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return closingRows{rows, client}, nil
}

func noWarehouse(dataDir, path string) error {
	if path != databasePath(pipeline.InsideData, dataDir) {
		return &event.Error{
			Code:    "no_warehouse",
			Message: fmt.Sprintf("no pipeline is running, and the warehouse of the data folder %s is not at %s", dataDir, path),
			Hint:    "mount or restore it; or start the pipeline with `penstock up`, which loads the rows again from the lake",
		}
	}
	return &event.Error{
		Code:    "no_warehouse",
		Message: fmt.Sprintf("no pipeline is running, and the data folder %s has no warehouse", dataDir),
		Hint:    "start a pipeline with `penstock up -c examples/orders`, or name the data folder of another with --data",
	}
}

// closingRows closes the warehouse with the result.
type closingRows struct {
	dashboard.Rows
	warehouse io.Closer
}

func (r closingRows) Close() error { return errors.Join(r.Rows.Close(), r.warehouse.Close()) }
