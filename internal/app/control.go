package app

import (
	"context"

	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/monitor"
	"github.com/penstock/penstock/internal/running"
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
