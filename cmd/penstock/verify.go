package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/penstock/penstock/internal/app"
	"github.com/penstock/penstock/internal/snowflake"
	"github.com/penstock/penstock/internal/verify"
)

type verifyOptions struct {
	orders  int
	data    string
	timeout time.Duration
	asJSON  bool
	// snowflake.outputs names a pipeline on AWS; without it the other fields of snowflake mean nothing.
	snowflake snowflakeOptions
}

func newVerifyCommand() *cobra.Command {
	var options verifyOptions
	cmd := &cobra.Command{
		Use:   "verify N",
		Short: "Send N marked orders and see each of them arrive in the warehouse, once",
		Long: `Send N orders that carry a mark of their own, wait until the warehouse has them
all, and count: rows, duplicates, missing, and how long each hop took. The orders
cost nothing, so that no sum changes by them; their order_id begins with the mark
that is printed. A contract must take the dummy orders.

With --outputs they go into the stream of a pipeline on AWS, and Snowflake must get
them. Firehose may deliver a record twice: the raw table is counted, too, and the
view must show each order once.

The exit code is 1 when an order is missing or doubled.`,
		Example: `  penstock verify 1800
  penstock verify 100 --json --timeout 2m
  penstock verify 1800 --outputs outputs.json -c examples/orders --account myorg-account1 --user PENSTOCK_ADMIN`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := options.parse(args); err != nil {
				return usageError{err}
			}
			if err := options.checkTarget(cmd.Flags()); err != nil {
				return usageError{err}
			}
			return interrupted(cmd.Context(), runVerify(cmd, options))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.data, "data", "", "the pipeline's data folder (default: the pipeline running on this machine)")
	flags.DurationVar(&options.timeout, "timeout", 5*time.Minute, "how long to wait for the warehouse (with --outputs: beyond Firehose's buffer interval, unless given)")
	flags.BoolVar(&options.asJSON, "json", false, "print the report as JSON")
	flags.StringVar(&options.snowflake.outputs, "outputs", "", "a pipeline on AWS with Snowflake behind it, by the file that penstock aws deploy wrote")
	options.snowflake.registerAsking(flags)
	return cmd
}

func (o *verifyOptions) parse(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("say how many orders to send, such as `penstock verify 1800`")
	}
	var err error
	if o.orders, err = strconv.Atoi(args[0]); err != nil || o.orders < 1 || o.orders > verify.MaxOrders {
		return fmt.Errorf("%q is not a number of orders; write 1 to %d", args[0], verify.MaxOrders)
	}
	if o.timeout <= 0 {
		return fmt.Errorf("--timeout %s: write a time such as 2m", o.timeout)
	}
	return nil
}

func runVerify(cmd *cobra.Command, options verifyOptions) error {
	find := options.running
	if options.snowflake.outputs != "" {
		find = options.deployed
	}
	cfg, deps, end, err := find(cmd.Context())
	if err != nil {
		return err
	}
	defer end()
	shown := startVerifyProgress(os.Stderr)
	cfg.Orders, cfg.Progress = options.orders, shown.tell
	if cfg.Timeout == 0 || cmd.Flags().Changed("timeout") {
		cfg.Timeout = options.timeout
	}
	report, err := verify.Run(cmd.Context(), cfg, deps)
	shown.stop()
	if err != nil {
		return err
	}
	if err := printVerified(cmd.OutOrStdout(), report, options.asJSON); err != nil {
		return err
	}
	if !report.OK() {
		return errSilent
	}
	return nil
}

// running is the pipeline on this machine.
func (o verifyOptions) running(ctx context.Context) (verify.Config, verify.Deps, func(), error) {
	to, err := targetOptions{data: o.data}.resolve(ctx)
	if err != nil {
		return verify.Config{}, verify.Deps{}, nil, err
	}
	subject, err := app.VerifyRunning(o.data)
	if err != nil {
		return verify.Config{}, verify.Deps{}, nil, err
	}
	return verify.Config{Stream: to.stream, Place: subject.Place}, verify.Deps{Client: to.client, Warehouse: subject, Steps: subject}, func() {}, nil
}

func printVerified(w io.Writer, r verify.Report, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	count := func(n int) string { return humanize.Comma(int64(n)) }
	fmt.Fprintf(w, "Sent %s marked orders to stream %s; order_id begins with %s\n", count(r.Accepted), r.Stream, r.Mark)
	fmt.Fprintf(w, "Table %s has %s rows, %s duplicates, %s missing, after %.1f s.\n", r.Table, count(r.Rows), count(r.Duplicates), count(r.Missing), r.Seconds)
	if r.Accepted < r.Orders {
		fmt.Fprintf(w, "%s orders were not accepted by the stream.\n", count(r.Orders-r.Accepted))
	}
	if r.Raw != nil {
		fmt.Fprintf(w, "The raw table behind it, %s, has %s rows, of which %s were delivered twice.\n", r.Raw.Table, count(r.Raw.Rows), count(r.Raw.Duplicates))
	}
	if r.Quarantined != nil && *r.Quarantined > 0 {
		fmt.Fprintf(w, "%s of the missing are in the quarantine; %s says why.\n", count(*r.Quarantined), askQuarantine(r))
	}
	if r.Refused != nil {
		fmt.Fprintf(w, "Snowflake refused %s of the missing: %s, line %s of %s.\n", count(r.Refused.Orders), tableCell(r.Refused.Error), or(r.Refused.Line, "?"), tableCell(r.Refused.File))
		fmt.Fprintf(w, "`%s` puts such rows into the quarantine; `penstock snowflake doctor` compares table and contract.\n", snowflake.MendRefused)
	}
	printUnsettled(w, r)
	for _, problem := range r.Problems {
		fmt.Fprintf(os.Stderr, "penstock: %s\n", safeLines(problem))
	}
	return printVerifiedHops(w, r.Hops)
}

// askQuarantine is what to ask for the reasons.
func askQuarantine(r verify.Report) string {
	if r.Raw == nil {
		return "`penstock query \"select reason, detail from quarantine order by _arrived_at desc limit 5\"`"
	}
	return "SELECT REASON, DETAIL FROM " + r.QuarantineTable + " ORDER BY _ARRIVED_AT DESC LIMIT 5"
}

// printUnsettled says which command looks further, when the time was over.
func printUnsettled(w io.Writer, r verify.Report) {
	if !r.TimedOut {
		return
	}
	fmt.Fprint(w, "The time was over before the warehouse had them all; ")
	switch {
	case r.Raw == nil:
		fmt.Fprintln(w, "`penstock status` says what it waits for.")
	case r.NotInLake == nil:
		fmt.Fprintln(w, "`penstock aws status` and `penstock snowflake doctor` say what it waits for.")
	default:
		in := r.Missing - *r.NotInLake
		fmt.Fprintf(w, "%s of the missing came into the lake, %s did not.\n", humanize.Comma(int64(in)), humanize.Comma(int64(*r.NotInLake)))
		if *r.NotInLake > 0 {
			fmt.Fprintln(w, "`penstock aws status` says what holds up those that did not.")
		}
		if in > 0 {
			fmt.Fprintln(w, "`penstock snowflake doctor` and `penstock snowflake status` say what holds up those that did.")
		}
	}
}

func printVerifiedHops(w io.Writer, hops verify.Hops) error {
	fmt.Fprintf(w, "\n%-46s %10s %10s\n", "hop", "p50", "p99")
	for _, line := range []struct {
		name string
		hop  *verify.Hop
	}{
		{"sent -> accepted (durable in the stream)", hops.Accepted}, {"accepted -> delivered (committed to the lake)", hops.Delivered},
		{"delivered -> queryable (a row in a query)", hops.Queryable}, {"sent -> queryable", hops.Whole},
	} {
		if line.hop == nil {
			fmt.Fprintf(w, "%-46s %21s\n", line.name, "not seen from here")
			continue
		}
		if _, err := fmt.Fprintf(w, "%-46s %7.0f ms %7.0f ms\n", line.name, line.hop.P50, line.hop.P99); err != nil {
			return err
		}
	}
	return nil
}

// verifyProgress shows how far a run is: on a terminal in one line, elsewhere now and then.
type verifyProgress struct {
	progress
	last time.Time
}

func startVerifyProgress(out *os.File) *verifyProgress {
	return &verifyProgress{progress: progress{out: out, terminal: term.IsTerminal(int(out.Fd()))}, last: time.Now()}
}

// tell is called at each poll, from one goroutine.
func (p *verifyProgress) tell(at verify.Progress) {
	pause := logPause
	if p.terminal {
		pause = terminalPause
	}
	if time.Since(p.last) < pause {
		return
	}
	p.last = time.Now()
	line := fmt.Sprintf("%s of %s accepted, %s delivered, %s queryable", humanize.Comma(int64(at.Accepted)),
		humanize.Comma(int64(at.Orders)), humanize.Comma(int64(at.Delivered)), humanize.Comma(int64(at.Queryable)))
	if at.Waiting != "" {
		line += "; waiting: " + strings.Join(strings.Fields(tableCell(at.Waiting)), " ")
	}
	p.show(line)
}

func (p *verifyProgress) stop() {
	if p.terminal {
		p.write("\r\x1b[K")
	}
}
