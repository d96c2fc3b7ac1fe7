package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/monitor"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/running"
	"github.com/penstock/penstock/internal/warehouse/duckdb"
)

// DefaultData is the data folder of commands that are not told one.
const DefaultData = "data"

// Status asks the pipeline that runs on dataDir, or with an empty dataDir the one that runs on
// this machine.
func Status(ctx context.Context, dataDir string) (monitor.Status, error) {
	var status monitor.Status
	info, err := running.Find(dataDir)
	if err != nil {
		return status, err
	}
	err = connect(info).Status(ctx, &status)
	status.Kinesis, status.HTTP, status.Data = info.KinesisURL, info.HTTPURL, info.DataDir
	return status, err
}

// Reading is everything the monitor of the pipeline knows.
func Reading(ctx context.Context, dataDir string) (monitor.Reading, error) {
	var reading monitor.Reading
	info, err := running.Find(dataDir)
	if err != nil {
		return reading, err
	}
	err = connect(info).Monitor(ctx, &reading)
	return reading, err
}

// Pause pauses a step of the running pipeline, PauseDelivery or PauseLoading, or lets it go on.
func Pause(ctx context.Context, dataDir, step string, paused bool) error {
	info, err := running.Find(dataDir)
	if err != nil {
		return err
	}
	return connect(info).Pause(ctx, step, paused)
}

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
	path, noteErr := notedWarehouse(dataDir)
	if noteErr != nil {
		return nil, noteErr
	}
	if _, statErr := os.Stat(path); errors.Is(statErr, fs.ErrNotExist) {
		return nil, noWarehouse(dataDir, path)
	}
	client, openErr := duckdb.OpenReadOnly(ctx, duckdb.Config{Path: path, MemoryLimit: aloneMemory})
	if openErr != nil {
		return nil, errors.Join(openErr, err)
	}
	rows, err := embedded{client}.Ask(ctx, sql, askLimits{})
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
	client *duckdb.Client
}

func (r closingRows) Close() error { return errors.Join(r.Rows.Close(), r.client.Close()) }

// Redrive sends quarantined events of the running pipeline through its contracts again.
func Redrive(ctx context.Context, dataDir string, what dashboard.Redrive) (dashboard.RedriveReport, error) {
	info, err := running.Find(dataDir)
	if err != nil {
		return dashboard.RedriveReport{}, err
	}
	return connect(info).Redrive(ctx, what)
}

// Latency measures how long the rows of table took from the event's own time in column to the
// moment queries could see them.
func Latency(ctx context.Context, dataDir, table, column string) (dashboard.Latency, error) {
	info, err := running.Find(dataDir)
	if err != nil {
		return dashboard.Latency{}, err
	}
	return connect(info).Latency(ctx, table, column)
}
