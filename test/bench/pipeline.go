package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/monitor"
	"github.com/penstock/penstock/internal/running"
)

const (
	// startTime is how long a pipeline may take to become ready: reading the keys of 20 million
	// rows is part of it.
	startTime = 5 * time.Minute
	// stopTime is how long it may take to stop.
	stopTime = 2 * time.Minute
	// logTail is how much of a pipeline's log is shown when something went wrong.
	logTail = 4000
)

// pipeline is a `penstock up` under way.
type pipeline struct {
	*dashboard.Client
	pid     int
	address string // of the Kinesis API
	// startup is the time from the start of the process until it was ready.
	startup time.Duration

	command *exec.Cmd
	log     *os.File
	ended   chan error
}

// startPipeline runs `up` on a pipeline folder and a data folder, and returns when it is ready.
// The calling goroutine is locked to its thread, which the process dies with.
func startPipeline(ctx context.Context, binary, folder, data string, args ...string) (*pipeline, error) {
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, err
	}
	log, err := os.Create(data + ".log")
	if err != nil {
		return nil, err
	}
	args = append([]string{"up", "-c", folder, "--data", data, "--kinesis", "127.0.0.1:0", "--http", "127.0.0.1:0"}, args...)
	p := &pipeline{command: exec.Command(binary, args...), log: log, ended: make(chan error, 1)}
	p.command.Stdout, p.command.Stderr = log, log
	// Its own list of running pipelines, its own process group against Ctrl-C, which is for us to
	// pass on, and no life without us.
	p.command.Env = append(os.Environ(), "XDG_CACHE_HOME="+data+".cache")
	p.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	begun := time.Now()
	if err := p.command.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	go func() { p.ended <- p.command.Wait() }()
	if err := p.awaitReady(ctx, data); err != nil {
		return nil, errors.Join(p.explain(err), p.stop())
	}
	p.startup = time.Since(begun)
	return p, nil
}

// awaitReady waits for the run.json of this very process.
func (p *pipeline) awaitReady(ctx context.Context, data string) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		var info running.Info
		text, err := os.ReadFile(filepath.Join(data, "run.json"))
		if err == nil && json.Unmarshal(text, &info) == nil && info.PID == p.command.Process.Pid {
			return p.connect(info)
		}
		select {
		case err := <-p.ended:
			p.ended <- err
			return fmt.Errorf("the pipeline ended before it was ready: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("waiting for the pipeline: %w", context.Cause(ctx))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (p *pipeline) connect(info running.Info) error {
	kinesis, err := url.Parse(info.KinesisURL)
	if err != nil {
		return err
	}
	p.pid, p.address = info.PID, kinesis.Host
	p.Client = &dashboard.Client{URL: info.HTTPURL, Token: info.Token, HTTP: &http.Client{Transport: &http.Transport{}}}
	return nil
}

// stop ends the pipeline in good order, or after stopTime without one.
func (p *pipeline) stop() error {
	defer p.log.Close() //nolint:errcheck // it is read by name
	_ = p.command.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-p.ended:
		p.ended <- err
		if err != nil {
			return p.explain(fmt.Errorf("the pipeline ended with: %w", err))
		}
		return nil
	case <-time.After(stopTime):
		_ = syscall.Kill(-p.command.Process.Pid, syscall.SIGKILL)
		<-p.ended
		return p.explain(fmt.Errorf("the pipeline did not stop within %s and was killed", stopTime))
	}
}

// explain adds the end of the pipeline's log to an error.
func (p *pipeline) explain(err error) error {
	text, _ := os.ReadFile(p.log.Name())
	text = bytes.TrimSpace(text[max(0, len(text)-logTail):])
	return fmt.Errorf("%w\nits log ends with:\n%s", err, text)
}

func (p *pipeline) status(ctx context.Context) (monitor.Status, error) {
	var s monitor.Status
	err := p.Status(ctx, &s)
	return s, err
}

// count is how many rows the orders table has, asked as a person would.
func (p *pipeline) count(ctx context.Context) (int64, error) {
	rows, err := p.Query(ctx, "select count(*) from orders")
	if err != nil {
		return 0, err
	}
	defer rows.Close() //nolint:errcheck // one row
	row, err := rows.Next()
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(*row[0], 10, 64)
}
