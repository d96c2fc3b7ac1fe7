package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"
	"time"

	"github.com/penstock/penstock/internal/monitor"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/running"
)

// Steps that can be paused, for maintenance and for tests.
const (
	PauseDelivery = "delivery"
	PauseLoading  = "loading"
)

// UpConfig says which pipeline to start, and where.
type UpConfig struct {
	// PipelineDir is the pipeline's folder, DataDir the folder that holds all state.
	PipelineDir, DataDir string
	// KinesisAddr and HTTPAddr replace the pipeline file's addresses when not empty.
	KinesisAddr, HTTPAddr string
	// Pause names steps that do not run: PauseDelivery, PauseLoading. Events wait before them.
	Pause []string
	// AsAWS, if set, makes delivery behave as on AWS.
	AsAWS *AsAWS
	// Version is the program's, for people.
	Version string
	Logger  *slog.Logger
	// Ready is called once when the pipeline takes events.
	Ready func(Ready)
	// Stopped is called when the pipeline stops before everything it has acknowledged is in the
	// warehouse: the time for that ran out, or a step is paused.
	Stopped func(Left)
}

// Ready describes a pipeline that takes events.
type Ready struct {
	Pipeline, Stream    string
	Shards              int
	Tables              []string
	KinesisURL, HTTPURL string
	Lake, Warehouse     string
	Data                string
	// Transformer names the function of a pipeline that behaves as on AWS, and its runtime; else empty.
	Transformer string
}

// Up runs a pipeline until ctx ends, and then stops it in order. Faults in the pipeline's files
// are errors marked ErrPipelineFile.
//
// What starts, from the inside out, and stops in the reverse order:
//
//	log -> warehouse -> loader -> delivery workers -> HTTP API -> Kinesis API
//
// The front door opens last, when everything behind it works, and closes first: what it has
// acknowledged by then is delivered and loaded before the process ends, or what is left is told.
func Up(ctx context.Context, cfg UpConfig) error {
	file, err := pipeline.Load(cfg.PipelineDir)
	if err != nil {
		return pipelineFault{err}
	}
	for _, step := range cfg.Pause {
		if step != PauseDelivery && step != PauseLoading {
			return pipelineFault{fmt.Errorf("there is no step %q to pause; write %s or %s", step, PauseDelivery, PauseLoading)}
		}
	}
	release, err := running.Lock(cfg.DataDir)
	if err != nil {
		return err
	}
	defer release()
	p := &parts{file: file, dataDir: cfg.DataDir, version: cfg.Version, logger: cfg.Logger}
	if cfg.AsAWS != nil {
		p.aws = &asAWS{AsAWS: *cfg.AsAWS}
	}
	defer p.close()
	listeners, err := listen(file, cfg)
	if err != nil {
		return err
	}
	defer listeners.close()
	if err := p.open(ctx); err != nil {
		return err
	}
	return p.run(ctx, cfg, listeners)
}

// listeners are taken before anything is opened, so that a port in use is told at once.
type listeners struct{ kinesis, http net.Listener }

func listen(file *pipeline.Pipeline, cfg UpConfig) (listeners, error) {
	var l listeners
	var err error
	if l.kinesis, err = listenOn("the Kinesis API", "--kinesis", firstOf(cfg.KinesisAddr, file.Listen.Kinesis), file.MayListenKinesis); err != nil {
		return l, err
	}
	l.http, err = listenOn("the HTTP API", "--http", firstOf(cfg.HTTPAddr, file.Listen.HTTP), file.MayListenHTTP)
	if err != nil {
		l.close()
	}
	return l, err
}

func (l listeners) close() {
	for _, listener := range []net.Listener{l.kinesis, l.http} {
		if listener != nil {
			_ = listener.Close()
		}
	}
}

func firstOf(texts ...string) string {
	i := slices.IndexFunc(texts, func(s string) bool { return s != "" })
	return texts[max(i, 0)]
}

// parts' run starts the steps and waits.
func (p *parts) run(ctx context.Context, cfg UpConfig, l listeners) (err error) {
	g := newGroup(ctx)
	defer func() { err = errors.Join(err, g.stop()) }()
	if err := p.start(g, cfg, l); err != nil {
		return err
	}
	announcement, err := p.announcement(l)
	if err != nil {
		return err
	}
	forget, err := running.Announce(announcement)
	if err != nil {
		return err
	}
	defer forget()
	if cfg.Ready != nil {
		cfg.Ready(p.ready(l))
	}
	p.logger.Info("the pipeline is ready", "stream", p.info.Name, "kinesis", l.kinesis.Addr().String(), "http", l.http.Addr().String())
	// What failed is among what stop returns.
	_ = g.wait(ctx)
	p.logger.Info("stopping: delivering and loading what was accepted")
	return nil
}

func (p *parts) start(g *group, cfg UpConfig, l listeners) error {
	// First, so that it ends last: what is done while stopping should be told of, too.
	g.start("the data folder", func(ctx context.Context) error {
		err := running.Watch(ctx, p.dataDir, p.logDir())
		p.gone.Store(errors.Is(err, running.ErrGone))
		return err
	})
	g.start("retention", p.trim)
	g.start("the backlog's measurement", func(ctx context.Context) error { return p.gate.watch(ctx, p.log, p.info) })
	g.start("the monitor", p.monitor.Run)
	g.start("the charts", p.charts.Run)
	loader, err := p.loader()
	if err != nil {
		return err
	}
	load := reloading(p.store.Replaced(), loader.Run)
	p.loading = newPausable(slices.Contains(cfg.Pause, PauseLoading), load, func(paused bool) { p.monitor.Pause(monitor.StepWarehouse, paused) })
	g.start("the warehouse loader", p.loading.run)
	g.onStop("the last load", func() error { return p.lastLoad(context.WithoutCancel(g.parent), cfg.Stopped) })
	deliver, err := p.delivery()
	if err != nil {
		return err
	}
	p.delivering = newPausable(slices.Contains(cfg.Pause, PauseDelivery), deliver, func(paused bool) { p.monitor.Pause(monitor.StepDelivery, paused) })
	g.start("the delivery", p.delivering.run)
	api, err := p.api(l.http.Addr().String())
	if err != nil {
		return err
	}
	g.start("the HTTP API", func(ctx context.Context) error { return api.Run(ctx, l.http) })
	door, err := p.frontDoor()
	if err != nil {
		return err
	}
	g.start("the Kinesis API", func(ctx context.Context) error { return door.Serve(ctx, l.kinesis) })
	return nil
}

func (p *parts) ready(l listeners) Ready {
	var tables []string
	for _, t := range p.file.Contracts.Tables() {
		tables = append(tables, t.Name)
	}
	transformer := ""
	if p.aws != nil {
		transformer = fmt.Sprintf("%s (%s)", p.aws.function.ARN(), p.aws.function.Runtime())
	}
	return Ready{
		Transformer: transformer, Pipeline: p.file.Name, Stream: p.info.Name, Shards: p.info.Shards, Tables: tables,
		KinesisURL: p.scheme() + here(l.kinesis.Addr()), HTTPURL: p.scheme() + elsewhere(l.http.Addr()),
		Lake: p.lake.URL(), Warehouse: p.warehouseName(), Data: p.dataDir,
	}
}

func (p *parts) announcement(l listeners) (running.Info, error) {
	certificate, err := certificateOf(p.file.TLS.Cert)
	if err != nil {
		return running.Info{}, pipelineFault{err}
	}
	return running.Info{
		PID: os.Getpid(), DataDir: p.dataDir, PipelineDir: p.file.Dir, Started: time.Now().UTC(),
		KinesisURL: p.scheme() + here(l.kinesis.Addr()), HTTPURL: p.scheme() + here(l.http.Addr()),
		Token: p.token, Certificate: certificate, Streams: []string{p.info.Name},
	}, nil
}

func (p *parts) scheme() string {
	if p.file.TLS.Cert != "" {
		return "https://"
	}
	return "http://"
}

// listenOn takes an address; a port in use or one that may not be used says what to do.
func listenOn(what, flag, address string, may func(address string) error) (net.Listener, error) {
	if err := may(address); err != nil {
		return nil, pipelineFault{err}
	}
	listener, err := net.Listen("tcp", address)
	if err == nil {
		return listener, nil
	}
	return nil, listenError(what, flag, address, err)
}
