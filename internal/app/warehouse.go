package app

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"time"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/lake"
	"github.com/penstock/penstock/internal/warehouse"
	"github.com/penstock/penstock/internal/warehouse/duckdb"
)

func (p *parts) openWarehouse(ctx context.Context) error {
	open := p.openEmbedded
	if p.file.Snowflake != nil {
		open = p.openSnowflake
	}
	opened, err := open(ctx)
	if err != nil {
		return fmt.Errorf("opening the warehouse: %w", err)
	}
	p.store = opened
	if err := p.noteWarehouse(); err != nil {
		return err
	}
	if err := opened.Prepare(ctx, p.file.Contracts.Tables()); err != nil {
		err = fmt.Errorf("preparing the warehouse's tables: %w", err)
		if known, ok := errors.AsType[*event.Error](err); ok && known.Code == warehouse.IncompatibleTable {
			err = pipelineFault{err}
		}
		return err
	}
	return nil
}

func (p *parts) openEmbedded(ctx context.Context) (store, error) {
	dirs := []string{}
	for _, dir := range []string{p.tempDir(), folderOf(p.lake)} {
		if dir == "" {
			continue
		}
		absolute, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, absolute)
	}
	client, err := p.startWarehouse(ctx, duckdb.Config{
		Path: p.databasePath(), Stream: p.info.Name, Dirs: dirs, Logger: p.logger,
		MemoryLimit: p.file.Limits.QueryMemory, TempLimit: p.file.Limits.QueryTemp,
	})
	if err != nil {
		return nil, err
	}
	return embedded{client}, nil
}

// folderOf is the lake's folder, or empty for a lake elsewhere.
func folderOf(l lake.Lake) string {
	location, err := url.Parse(l.URL())
	if err != nil || location.Scheme != "file" {
		return ""
	}
	return location.Path
}

const (
	// lockPatience is how long a start waits for somebody who has the warehouse's file open: a query
	// that began while no pipeline ran, which ends within 30 s, or the child of a pipeline that was
	// killed a moment ago.
	lockPatience = 35 * time.Second
	lockPause    = 100 * time.Millisecond
)

// startWarehouse starts the warehouse's process, if necessary once its file is free.
func (p *parts) startWarehouse(ctx context.Context, cfg duckdb.Config) (*duckdb.Client, error) {
	told := false
	for began := time.Now(); ; {
		client, err := duckdb.Start(ctx, cfg)
		known, _ := errors.AsType[*event.Error](err)
		if known == nil || known.Code != duckdb.Locked || time.Since(began) > lockPatience {
			return client, err
		}
		if !told {
			p.logger.Info("waiting for the warehouse's file, which another process has open", "file", cfg.Path)
			told = true
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lockPause):
		}
	}
}
