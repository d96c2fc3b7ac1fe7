package app

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/dustin/go-humanize/english"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/kinesis"
	"github.com/penstock/penstock/internal/lake"
	"github.com/penstock/penstock/internal/live"
	"github.com/penstock/penstock/internal/monitor"
	"github.com/penstock/penstock/internal/monitor/metrics"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/stream"
	"github.com/penstock/penstock/internal/warehouse"
)

// parts are the opened pieces of a pipeline, joined by app.
type parts struct {
	file    *pipeline.Pipeline
	dataDir string
	version string
	logger  *slog.Logger
	aws     *asAWS // nil for a pipeline that behaves as on one machine
	token   string

	log      *stream.Log
	info     stream.Info
	lake     lake.Lake
	catalogs []*catalog.Shard
	store    store
	monitor  *monitor.Monitor
	charts   *live.Hub
	gate     *gate
	metrics  *metrics.Metrics
	// server is the HTTP API, once it is made.
	server atomic.Pointer[dashboard.Server]
	// loading and delivering are the steps that can be paused.
	loading, delivering *pausable
	stopped             stopped
	// gone says that the data folder was removed while the pipeline ran.
	gone atomic.Bool
}

// open opens everything that holds state, the log first: all else is made from it.
func (p *parts) open(ctx context.Context) error {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // it never fails
	p.token = hex.EncodeToString(secret)
	p.gate = newGate(p.file.Stream.Name, p.file.Limits.Backlog)
	steps := []func(context.Context) error{
		p.openTransformer, p.openLog, p.openLake, p.openCatalogs, p.checkChanges, p.openWarehouse, p.openMonitor,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// close closes what open opened, in reverse.
func (p *parts) close() {
	if p.aws != nil && p.aws.function != nil {
		if err := p.aws.function.Close(); err != nil {
			p.logger.Warn("closing the transformer", "error", err)
		}
	}
	if p.store != nil {
		if err := p.store.Close(); err != nil {
			p.logger.Warn("closing the warehouse", "error", err)
		}
	}
	if p.log != nil {
		if err := p.log.Close(); err != nil {
			p.logger.Error("closing the log", "error", err)
		}
	}
}

func (p *parts) openLog(ctx context.Context) error {
	if err := p.makeFolders(); err != nil {
		return err
	}
	if unsafe() {
		p.logger.Error(unsafeNotice)
	}
	log, err := stream.Open(ctx, stream.Config{
		Dir:         p.logDir(),
		NoSync:      unsafe(),
		DiskReserve: p.file.Limits.DiskReserve,
		Gate:        p.gate.admit,
		Logger:      p.logger,
	})
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	p.log = log
	return p.ensureStream(ctx)
}

// noSyncVariable leaves out every fsync of the log, so that a test can show what is lost then.
const noSyncVariable = "PENSTOCK_UNSAFE_NO_SYNC"

const unsafeNotice = noSyncVariable + "=1 is set: events that were acknowledged are lost when the machine loses power; unset it and start again"

func unsafe() bool { return os.Getenv(noSyncVariable) == "1" }

// notices are what people are told for as long as the pipeline runs.
func notices() []string {
	if unsafe() {
		return []string{unsafeNotice}
	}
	return nil
}

// ensureStream makes the pipeline's stream as the pipeline file has it.
func (p *parts) ensureStream(ctx context.Context) error {
	want := p.file.Stream
	have, ok := p.log.Stream(want.Name)
	if !ok {
		err := p.log.CreateStream(ctx, stream.Info{
			Name: want.Name, Shards: want.Shards, Retention: want.Retention,
			MaxRecordBytes: int(want.MaxRecord), Mode: provisioned,
		})
		if err != nil && !errors.Is(err, event.ErrExists) {
			return fmt.Errorf("creating stream %s: %w", want.Name, err)
		}
		p.info, _ = p.log.Stream(want.Name)
		return nil
	}
	if have.Shards != want.Shards {
		return shardsChanged(want.Name, have.Shards, want.Shards)
	}
	err := p.log.UpdateStream(ctx, want.Name, func(info *stream.Info) error {
		info.Retention = want.Retention
		info.MaxRecordBytes = int(want.MaxRecord)
		return nil
	})
	p.info, _ = p.log.Stream(want.Name)
	return err
}

// shardsChanged refuses a pipeline file that wants another number of shards than the stream has.
func shardsChanged(stream string, have, want int) error {
	return pipelineFault{&event.Error{
		Code:    "shards_changed",
		Message: fmt.Sprintf("stream %s has %s in this data folder, and pipeline.yaml says %d; shards cannot be split or merged yet", stream, english.Plural(have, "shard", ""), want),
		Hint:    fmt.Sprintf("write `shards: %d`, or start a pipeline with another stream on another data folder", have),
	}}
}

func (p *parts) logDir() string { return logDir(p.dataDir) }

func logDir(dataDir string) string { return filepath.Join(dataDir, "log") }

func (p *parts) tempDir() string { return filepath.Join(p.dataDir, "tmp") }

func (p *parts) databasePath() string { return databasePath(p.file.Warehouse, p.dataDir) }

func databasePath(location, dataDir string) string {
	if location == pipeline.InsideData {
		return filepath.Join(dataDir, "warehouse", "penstock.duckdb")
	}
	return location
}

// checkChanges refuses contracts that the tables of the last run cannot follow.
func (p *parts) checkChanges(ctx context.Context) error {
	if len(p.catalogs) == 0 || p.catalogs[0].LatestVersion() == "" {
		return nil
	}
	sources, err := p.catalogs[0].Contracts(ctx, p.catalogs[0].LatestVersion())
	if err != nil {
		return fmt.Errorf("reading the contracts of the last run: %w", err)
	}
	old, err := compile(sources)
	if err != nil {
		return fmt.Errorf("compiling the contracts of the last run: %w", err)
	}
	_, err = changes(old, p.file.Contracts)
	return err
}

// changes lists in words what happens to existing tables under new contracts.
func changes(old, present *contract.Set) ([]string, error) {
	var list []string
	var faults []error
	for _, table := range present.Tables() {
		was := old.Table(table.Name)
		if was == nil {
			list = append(list, fmt.Sprintf("table %s is created", table.Name))
			continue
		}
		steps, err := contract.Changes(was, table)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", present.File(table.Name), err))
		}
		for _, c := range steps {
			if c.Add {
				list = append(list, fmt.Sprintf("table %s gets column %s %s", table.Name, c.Column.Name, c.Column.Type))
			} else {
				list = append(list, fmt.Sprintf("column %s of table %s becomes %s, from %s", c.Column.Name, table.Name, c.Column.Type, c.From))
			}
		}
	}
	if len(faults) > 0 {
		return nil, pipelineFault{errors.Join(faults...)}
	}
	return list, nil
}

func (p *parts) openMonitor(ctx context.Context) error {
	marks, err := p.store.Watermarks(ctx)
	if err != nil {
		return fmt.Errorf("reading how far the warehouse is: %w", err)
	}
	shards := make([]progress, len(p.catalogs))
	for shard, c := range p.catalogs {
		shards[shard] = c
		p.gate.setLoaded(shard, c.Position())
	}
	if err := ahead(marks, shards); err != nil {
		return err
	}
	p.monitor = monitor.New(monitor.Config{
		Pipeline: p.file.Name, Stream: p.info.Name, Notices: notices(), Logger: p.logger,
		Alarms: alarmLimits(p.file.Alarms), AlarmFile: filepath.Join(p.dataDir, "alarms.json"),
	}, monitor.Deps{
		Log: accepted{p.log, p.info.Name, p.info.Shards}, Catalog: commits(p.catalogs), Warehouse: counted{p.store},
		Storage: storage{p.dataDir, p.file.Limits.DiskReserve}, Webhook: webhook(p.file.Alarms.Webhook),
	})
	loaded := map[int]monitor.Watermark{}
	for _, mark := range marks {
		loaded[mark.Shard] = watermark(mark)
	}
	p.monitor.Start(loaded)
	p.monitor.Gate(p.gate.check)
	p.openCharts()
	p.openMetrics(p.version)
	return nil
}

func (p *parts) loader() (*warehouse.Loader, error) {
	shards := make([]warehouse.Shard, len(p.catalogs))
	for i, c := range p.catalogs {
		shards[i] = warehouse.Shard{
			Shard:   event.Shard{Stream: p.info.Name, Index: i, Created: p.info.Created},
			Commits: c,
		}
	}
	return warehouse.New(warehouse.Config{
		Shards: shards, Tables: p.file.Contracts.Tables(), Listener: p.hear, Logger: p.logger,
	}, warehouse.Deps{
		Target: p.store, Files: p.files(), Shapes: shapes{p.catalogs}, Raw: rawEvents{p.log, p.info.Name},
	})
}

func (p *parts) frontDoor() (*kinesis.Server, error) {
	key, err := iteratorKey(p.dataDir)
	if err != nil {
		return nil, err
	}
	config := kinesis.Config{
		CertFile: p.file.TLS.Cert, KeyFile: p.file.TLS.Key,
		IteratorKey: key, Observe: p.observed, Logger: p.logger,
	}
	for _, k := range p.file.AccessKeys {
		config.Credentials = append(config.Credentials, kinesis.Credential{AccessKeyID: k.ID, SecretAccessKey: k.Secret})
	}
	return kinesis.New(config, frontDoor{p.log, p.info.Name, p.hear})
}

func (p *parts) api(address string) (*dashboard.Server, error) {
	redriver, err := p.redriver()
	if err != nil {
		return nil, err
	}
	tracer, err := p.tracer()
	if err != nil {
		return nil, err
	}
	quarantined, err := p.quarantineViews()
	if err != nil {
		return nil, err
	}
	config := dashboard.Config{
		Token: p.token, Access: p.file.Access, Address: address, CertFile: p.file.TLS.Cert, KeyFile: p.file.TLS.Key,
		Pipeline: p.file.Name, Version: p.version, Logger: p.logger,
	}
	return p.withServer(dashboard.New(config, dashboard.Deps{
		Pages:     builtPages(),
		Ready:     p.monitor,
		Metrics:   p.metrics.Handler(),
		Warehouse: p.queries(),
		Redriver:  redrives{redriver, p.redriven},
		Status:    statuses{p.monitor},
		Monitor:   readings{p.monitor},
		Steps:     pausables{PauseLoading: p.loading, PauseDelivery: p.delivering},
		Clock:     p.queries(),
		Tracer:    traces{tracer},
		Losses:    losses{p},

		Quarantine: quarantined,
		Dashboards: p.file.Dashboards,
		Charts:     p.charts,
		Tables:     tableInfos(p.file.Contracts),
	}))
}

func (p *parts) queries() queries {
	return queries{p.store, queryLimits(p.file.Limits)}
}

func queryLimits(l pipeline.Limits) askLimits {
	return askLimits{Timeout: l.QueryTimeout, Rows: int64(l.QueryRows)}
}

// trimInterval is how often records past their retention are removed.
const trimInterval = time.Minute

// trim removes records that are older than their stream's retention and, in the pipeline's stream,
// committed. A record that is not committed is never removed, however old.
func (p *parts) trim(ctx context.Context) error {
	tick := time.NewTicker(trimInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for _, info := range p.log.Streams() {
			for shard := range info.Shards {
				through := uint64(math.MaxUint64)
				if info.Name == p.info.Name {
					through = p.catalogs[shard].Position()
				}
				if err := p.log.TrimRetained(ctx, info.Name, shard, through, time.Now()); err != nil && ctx.Err() == nil {
					p.logger.Warn("removing old records", "stream", info.Name, "shard", shard, "error", err)
				}
			}
		}
	}
}
