package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/penstock/penstock/internal/app"
)

// garbagePercent is how much garbage may gather, in percent of what is in use. What is in use is few
// and large buffers: with collections twice as often as Go's own, all of them together took 5.5 % of the
// process's CPU in a profile at full rate, and 40 MiB are saved while a backlog is worked off.
const garbagePercent = 50

// memoryGoal is where the collector begins to work harder, in bytes; what is in use at full rate stays well
// under it, garbage does not. On 20,000,000 keys this process peaked at 218 MiB with it, its program's text
// included, and at 253 without.
const memoryGoal = 160 << 20

type upOptions struct {
	pipeline  string
	data      string
	kinesis   string
	http      string
	logLevel  string
	logFormat string
	pause     []string
	profile   string
	asAWS     bool
	aws       app.AsAWS
	prefix    string
	errors    string
}

func newUpCommand() *cobra.Command {
	var options upOptions
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start a pipeline and keep it running",
		Long: `Start the pipeline of a folder and keep it running until it is interrupted.

Services send events by the Kinesis API; each becomes a row in the warehouse. All
state is in the data folder: starting again goes on where it stopped.`,
		Example: `  penstock up -c examples/orders
  penstock up -c examples/orders --data /var/lib/penstock --kinesis 127.0.0.1:4600`,
		Args: noArgs("-c %s"),
		RunE: func(cmd *cobra.Command, _ []string) error { return runUp(cmd, options) },
	}
	flags := cmd.Flags()
	flags.StringVarP(&options.pipeline, "config", "c", ".", "the pipeline's folder, with pipeline.yaml and contracts/")
	flags.StringVar(&options.data, "data", "data", "the folder that holds all state")
	flags.StringVar(&options.kinesis, "kinesis", "", "address of the Kinesis API (default from pipeline.yaml, else 127.0.0.1:4567; port 0 takes any)")
	flags.StringVar(&options.http, "http", "", "address of the HTTP API (default from pipeline.yaml, else 127.0.0.1:8080; port 0 takes any)")
	flags.StringVar(&options.logLevel, "log-level", "", "debug, info, warn or error (default from PENSTOCK_LOG_LEVEL, else info)")
	flags.StringVar(&options.logFormat, "log-format", "", "text or json, a line each (default from PENSTOCK_LOG_FORMAT, else text)")
	flags.StringSliceVar(&options.pause, "pause", nil, "steps that stay paused, for maintenance: delivery, loading; events wait before them")
	flags.BoolVar(&options.asAWS, "as-aws", false, "deliver as Data Firehose does: a Lambda function transforms, and the lake is what S3 would hold")
	flags.StringVar(&options.aws.Transformer, "transformer", "", "with --as-aws: a folder, zip, handler's file or Lambda endpoint (default: the pipeline's own function)")
	flags.StringVar(&options.aws.Handler, "transformer-handler", "", "with --as-aws: the transformer's handler, such as index.handler (default by its files)")
	flags.StringArrayVar(&options.aws.Env, "transformer-env", nil, "with --as-aws: NAME=VALUE in the transformer's environment; may be repeated")
	flags.StringVar(&options.prefix, "prefix", "", "with --as-aws: the objects' prefix, with Firehose's expressions")
	flags.StringVar(&options.errors, "error-prefix", "", "with --as-aws: the error output's prefix, with Firehose's expressions")
	flags.BoolVar(&options.aws.AWSBuffer, "aws-buffer", false, "with --as-aws: buffer as pipeline.yaml says under aws, instead of under delivery")
	flags.StringVar(&options.profile, "cpuprofile", "", "write a CPU profile of this process to a file, complete when it stops")
	_ = flags.MarkHidden("cpuprofile") // it fails only for a flag that is not there
	return cmd
}

func runUp(cmd *cobra.Command, options upOptions) (err error) {
	logger, err := newLogger(os.Stderr, options.logLevel, options.logFormat)
	if err != nil {
		return usageError{err}
	}
	aws, err := options.firehose(cmd)
	if err != nil {
		return usageError{err}
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryGoal)
	}
	stopProfile, err := profileCPU(options.profile)
	if err != nil {
		return usageError{err}
	}
	defer func() { err = errors.Join(err, stopProfile()) }()
	return app.Up(cmd.Context(), app.UpConfig{
		PipelineDir: options.pipeline,
		DataDir:     options.data,
		KinesisAddr: options.kinesis,
		HTTPAddr:    options.http,
		Pause:       options.pause,
		Version:     version,
		AsAWS:       aws,
		Logger:      logger,
		Ready: func(r app.Ready) {
			printReady(cmd.OutOrStdout(), r)
		},
		Stopped: func(l app.Left) { printLeft(cmd.OutOrStdout(), l) },
	})
}

// firehose is what makes delivery behave as on AWS; nil if it does not.
func (o *upOptions) firehose(cmd *cobra.Command) (*app.AsAWS, error) {
	for _, flag := range []string{"transformer", "transformer-handler", "transformer-env", "prefix", "error-prefix", "aws-buffer"} {
		if cmd.Flags().Changed(flag) && !o.asAWS {
			return nil, fmt.Errorf("--%s goes with --as-aws", flag)
		}
	}
	for _, variable := range o.aws.Env {
		if name, _, found := strings.Cut(variable, "="); !found || name == "" {
			return nil, errors.New("--transformer-env takes NAME=VALUE")
		}
	}
	if !o.asAWS {
		return nil, nil
	}
	if cmd.Flags().Changed("prefix") {
		o.aws.Prefix = &o.prefix
	}
	if cmd.Flags().Changed("error-prefix") {
		o.aws.ErrorPrefix = &o.errors
	}
	return &o.aws, nil
}

// printReady writes in one piece: who starts the pipeline as a process waits for it.
func printReady(w io.Writer, r app.Ready) {
	fmt.Fprintf(w, `Pipeline %s is ready.
  Kinesis API   %s   stream %s, %d shard(s)
  dashboard     %s
  lake          %s
  warehouse     %s
  tables        %s
%s
In another terminal:
  %s
  penstock query "select count(*) from %s"
  penstock status
`, r.Pipeline, r.KinesisURL, r.Stream, r.Shards, r.HTTPURL, r.Lake, r.Warehouse, joined(r.Tables), asOnAWS(r), firstEvents(r), r.Tables[0])
}

// asOnAWS is a line for a pipeline that behaves as on AWS.
func asOnAWS(r app.Ready) string {
	if r.Transformer == "" {
		return ""
	}
	return "  transformer   " + r.Transformer + "\n"
}

// printLeft says what a stop leaves on its way, in one piece.
func printLeft(w io.Writer, l app.Left) {
	fmt.Fprintf(w, `Stopped before %s acknowledged event(s) became rows: %s wait in the log, %s in the lake.
They are safe in %s and become rows after the next start.
`, humanize.Comma(l.Events()), humanize.Comma(l.Undelivered), humanize.Comma(l.Unloaded), l.Data)
}

// firstEvents is a command that sends something to a pipeline: dummy orders would all end in the
// quarantine of one that has no orders.
func firstEvents(r app.Ready) string {
	if slices.Contains(r.Tables, "orders") {
		return "penstock produce 1800"
	}
	return "penstock produce --from FILE"
}

// newLogger writes what happens to w. What the flags leave open the environment says, as services are configured.
func newLogger(w *os.File, level, format string) (*slog.Logger, error) {
	level = firstOf(level, os.Getenv("PENSTOCK_LOG_LEVEL"), "info")
	format = firstOf(format, os.Getenv("PENSTOCK_LOG_FORMAT"), "text")
	at, known := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}[strings.ToLower(level)]
	if !known {
		return nil, fmt.Errorf("--log-level %s: write debug, info, warn or error", level)
	}
	options := &slog.HandlerOptions{Level: at}
	switch strings.ToLower(format) {
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	case "text":
	default:
		return nil, fmt.Errorf("--log-format %s: write text or json", format)
	}
	if term.IsTerminal(int(w.Fd())) {
		// People watch a terminal: the day is known.
		options.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.String(slog.TimeKey, a.Value.Time().Format("15:04:05"))
			}
			return a
		}
	}
	return slog.New(slog.NewTextHandler(w, options)), nil
}

// firstOf is the first text that is not empty.
func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
