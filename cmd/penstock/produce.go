package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/produce"
)

type produceOptions struct {
	target targetOptions
	source sourceOptions

	rate     float64
	inFlight int
	batch    int
	retryFor time.Duration
	asJSON   bool
}

func newProduceCommand() *cobra.Command {
	var options produceOptions
	cmd := &cobra.Command{
		Use:   "produce N | produce --from FILE...",
		Short: "Send events: dummy orders, or the lines of files",
		Long: `Send events to a Kinesis stream: to the pipeline that runs on this machine, or
with --endpoint, --region or --profile to any other.

produce N sends N dummy orders; their ids go on where the last run stopped.

produce --from FILE... sends each row of CSV files (the header row names the
fields) and each JSON object of NDJSON and JSON files, gzipped or not; - is
standard input. Each event carries _source_id (file and line), which a contract
can use as its key, _source_file and _source_line. A line that cannot be read is
sent as it stands: the pipeline puts it into its quarantine.

Records the endpoint did not take are sent again, and an endpoint that is away is
waited for. The exit code is 1 when an event was not acknowledged.`,
		Example: `  penstock produce 1800
  penstock produce 100000 --rate 5000
  penstock produce 1000 --bad 37                     37 of them for the quarantine
  penstock produce --from orders.csv.gz more/*.ndjson
  zcat events.gz | penstock produce --from - --partition-key user_id
  penstock produce 100 --stream orders --region eu-central-1
  penstock produce 100 --outputs outputs.json        to the pipeline that was deployed`,
		RunE: func(cmd *cobra.Command, args []string) error { return runProduce(cmd, options, args) },
	}
	flags := cmd.Flags()
	options.source.register(flags)
	options.target.register(flags)
	flags.Float64Var(&options.rate, "rate", 0, "the most events to send in a second (default as fast as it goes)")
	flags.IntVar(&options.inFlight, "in-flight", 4, "calls under way at once; with 1 the order of all events is kept, else that of each partition key")
	flags.IntVar(&options.batch, "batch", 500, "the most events in a call, up to 500")
	flags.DurationVar(&options.retryFor, "retry-for", 2*time.Minute, "how long to go on without any progress")
	flags.BoolVar(&options.asJSON, "json", false, "print the summary as JSON")
	return cmd
}

func runProduce(cmd *cobra.Command, options produceOptions, args []string) error {
	if err := options.validate(cmd.Context(), args); err != nil {
		return usageError{err}
	}
	to, err := options.target.resolve(cmd.Context())
	if err != nil {
		return err
	}
	producer, err := produce.New(produce.Config{
		Stream: to.stream, Rate: options.rate, InFlight: options.inFlight,
		BatchRecords: options.batch, RetryFor: options.retryFor,
	}, to.client)
	if err != nil {
		return usageError{err}
	}
	from, err := options.source.open(to.idFile)
	if err != nil {
		return err
	}
	if told := options.source.told(to.pipeline); told != "" {
		fmt.Fprintln(os.Stderr, "penstock: "+safeLines(told))
	}
	shown := startProgress(os.Stderr, producer, from.total)
	summary, err := producer.Run(cmd.Context(), from.source)
	shown.stop()
	err = errors.Join(err, from.close())

	report := newProduceReport(to, summary, err)
	if err := report.print(cmd.OutOrStdout(), options.asJSON); err != nil {
		return err
	}
	return report.outcome(err)
}

func (o *produceOptions) validate(ctx context.Context, args []string) error {
	if math.IsNaN(o.rate) || o.rate < 0 {
		return fmt.Errorf("--rate %g: write how many events a second", o.rate)
	}
	if o.inFlight < 1 || o.inFlight > 64 {
		return fmt.Errorf("--in-flight %d: write 1 to 64", o.inFlight)
	}
	if o.batch < 1 || o.batch > 500 {
		return fmt.Errorf("--batch %d: write 1 to 500", o.batch)
	}
	if o.retryFor <= 0 {
		return fmt.Errorf("--retry-for %s: write a time such as 2m", o.retryFor)
	}
	return errors.Join(o.target.validate(), o.source.parse(ctx, args))
}

// produceReport is what a run came to, for people and for programs.
type produceReport struct {
	Stream          string  `json:"stream"`
	Endpoint        string  `json:"endpoint"`
	Seconds         float64 `json:"seconds"`
	EventsPerSecond float64 `json:"events_per_second"`
	produce.Summary
	Error string `json:"error,omitempty"`
}

func newProduceReport(to target, s produce.Summary, err error) produceReport {
	r := produceReport{
		Stream: to.stream, Endpoint: to.endpoint, Summary: s,
		Seconds: math.Round(s.Took.Seconds()*1000) / 1000, EventsPerSecond: math.Round(s.PerSecond()),
	}
	if err != nil {
		r.Error = err.Error()
	}
	return r
}

func (r produceReport) print(w io.Writer, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	interrupted := ""
	if r.Interrupted {
		interrupted = "Interrupted. "
	}
	_, err := fmt.Fprintf(w, "%sSent %s events to stream %s in %.1f s (%s/s): retried %s, failed %s.\n",
		interrupted, humanize.Comma(r.Sent), r.Stream, r.Seconds, humanize.Comma(int64(r.EventsPerSecond)),
		humanize.Comma(r.Retried), humanize.Comma(r.Failed))
	if r.Sent+r.Failed == 0 && !r.Interrupted && r.Error == "" {
		fmt.Fprintln(os.Stderr, "penstock: there was nothing to send; a file holds one JSON object a line, or a header row and rows of CSV (--format says which)")
	}
	for _, problem := range r.Problems {
		fmt.Fprintf(os.Stderr, "penstock: %s\n", safeLines(problem))
	}
	return err
}

// outcome is the error the command ends with: err, or a silent one when something else was not sent.
func (r produceReport) outcome(err error) error {
	if err == nil && (r.Failed > 0 || r.Interrupted) {
		return errSilent
	}
	return err
}
