package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// options are the command line.
type options struct {
	Binary string `json:"-"`
	Out    string `json:"-"`
	// Duration is how long each run sends.
	Duration time.Duration `json:"duration_ns"`
	Quick    bool          `json:"quick"`
	// SeedRows is how many rows a full table has.
	SeedRows   int64    `json:"seed_rows"`
	Only       []string `json:"only,omitempty"`
	Kinesalite bool     `json:"kinesalite"`
	Up         []string `json:"up_args,omitempty"`
	// Extra is added to pipeline.yaml.
	Extra string `json:"extra,omitempty"`
}

// What -quick makes of the two sizes: enough to see that everything works.
const (
	quickDuration = 8 * time.Second
	quickSeedRows = 1_000_000
)

func parseFlags() options {
	var o options
	var only, up string
	flag.StringVar(&o.Binary, "binary", "bin/penstock", "the binary to measure")
	flag.StringVar(&o.Out, "out", "bench/results", "folder for the JSON file; the runs' data is on its disk")
	flag.DurationVar(&o.Duration, "duration", time.Minute, "how long each run sends")
	flag.Int64Var(&o.SeedRows, "seed-rows", 20_000_000, "rows of a full table")
	flag.BoolVar(&o.Quick, "quick", false, "runs of 8 s and a full table of 1,000,000 rows, for development")
	flag.StringVar(&only, "only", "", "names of runs, with commas: "+strings.Join(names(), ","))
	flag.BoolVar(&o.Kinesalite, "kinesalite", false, "measure kinesalite too; it is installed by npm for the time of the run")
	flag.StringVar(&up, "up", "", "further arguments of penstock up, with blanks between")
	flag.StringVar(&o.Extra, "extra", "", "lines to add to pipeline.yaml, such as limits: {query_memory: 192MiB}")
	flag.Parse()
	if o.Quick {
		o.Duration, o.SeedRows = quickDuration, quickSeedRows
	}
	o.Only = strings.FieldsFunc(only, func(r rune) bool { return r == ',' })
	o.Up = strings.Fields(up)
	return o
}

func main() {
	// The pipeline is started with the wish to die with the thread that started it; this is the one
	// that ends with the process.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, parseFlags())
	interrupted := ctx.Err() != nil
	stop()
	if interrupted {
		fmt.Fprintln(os.Stderr, "bench: interrupted; the pipeline was stopped and its data removed")
		os.Exit(1)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one invocation: its options and the folder that everything happens in.
type bench struct {
	options
	dir string
}

// data is the data folder of the run under way.
func (b *bench) data() string { return filepath.Join(b.dir, "data") }

func (b *bench) upArgs(args ...string) []string { return slices.Concat(b.Up, args) }

// measurement is a run by its name.
type measurement struct {
	name string
	run  func(*bench, context.Context, *result) error
}

// measurements are all runs in their order.
func measurements() []measurement {
	rows := func(name string, variant rowsRun) measurement {
		return measurement{name, func(b *bench, ctx context.Context, r *result) error { return b.rows(ctx, r, variant) }}
	}
	charts := func(name string, variant chartsRun) measurement {
		return measurement{name, func(b *bench, ctx context.Context, r *result) error { return b.charts(ctx, r, variant) }}
	}
	return []measurement{
		{"ingest", (*bench).ingest},
		rows("rows", rowsRun{}),
		rows("rows-key", rowsRun{shape: shape{keyed: true}}),
		rows("rows-20contracts", rowsRun{shape: shape{others: 19}}),
		rows("rows-full", rowsRun{seeded: true}),
		rows("rows-full-key", rowsRun{shape: shape{keyed: true}, seeded: true}),
		{"backlog", (*bench).backlog},
		{"latency", (*bench).latency},
		charts("charts", chartsRun{times: 1, asked: 3, target: targetChart}),
		charts("charts-5x", chartsRun{times: 5, asked: 1}),
		{"pages", (*bench).pages},
		{"transformer", (*bench).transformer},
	}
}

func names() []string {
	var list []string
	for _, m := range measurements() {
		list = append(list, m.name)
	}
	return list
}

func run(ctx context.Context, o options) (err error) {
	for _, name := range o.Only {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("there is no run %q; there are %s", name, strings.Join(names(), ", "))
		}
	}
	if o.Binary, err = filepath.Abs(o.Binary); err != nil {
		return err
	}
	if o.Out, err = filepath.Abs(o.Out); err != nil {
		return err
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(o.Out, ".run-")
	if err != nil {
		return err
	}
	b := &bench{options: o, dir: dir}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	all := report{Machine: describeMachine(ctx, o.Binary), Options: o}
	all.Machine.print(os.Stdout)
	// What was measured before a failure or an interruption is kept.
	err = b.measure(ctx, &all)
	if len(all.Results) > 0 {
		path, writeErr := all.write(o.Out)
		fmt.Printf("\nwritten to %s\n", path)
		err = errors.Join(err, writeErr)
	}
	return err
}

// measure makes the runs that were asked for, between two readings of the controls.
func (b *bench) measure(ctx context.Context, all *report) error {
	keep := func(r result, err error) error {
		if err == nil {
			r.print(os.Stdout)
			all.Results = append(all.Results, r)
		}
		return err
	}
	if err := keep(measureControls(ctx, b.dir, controlsBefore)); err != nil {
		return err
	}
	for _, m := range measurements() {
		if len(b.Only) > 0 && !slices.Contains(b.Only, m.name) {
			continue
		}
		r := result{Run: m.name, Begun: time.Now().UTC()}
		err := m.run(b, ctx, &r)
		err = errors.Join(err, removeAll(b.data(), b.data()+".log", b.data()+".cache", filepath.Join(b.dir, "pipeline")))
		if err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		if err := keep(r, ctx.Err()); err != nil {
			return err
		}
	}
	if b.Kinesalite {
		if err := keep(b.kinesalite(ctx)); err != nil {
			return err
		}
	}
	if err := keep(measureControls(ctx, b.dir, controlsAfter)); err != nil {
		return err
	}
	if ratios := all.ratios(); len(ratios.Figures) > 0 {
		return keep(ratios, nil)
	}
	return nil
}
