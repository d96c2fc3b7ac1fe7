package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/app"
	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/event"
)

type acceptLossOptions struct {
	data, stream string
	// shard is the only one to look at; -1 for all.
	shard               int
	dryRun, yes, asJSON bool
}

func newAcceptLossCommand() *cobra.Command {
	var options acceptLossOptions
	cmd := &cobra.Command{
		Use:   "accept-loss",
		Short: "Give up events that the log has lost, so that their shard goes on",
		Long: `When events that were accepted are missing from the log, because files of the data
folder were removed or damaged, the delivery of their shard stops before them: it is
not for a program to pass over a loss. Restore the folder log/ from a backup if there
is one. If there is none, this command counts the events as dropped, and as lost, in
the ledger, for ever; their shard then goes on behind them.

It shows what is lost, and asks for the number of events before it changes anything.`,
		Example: `  penstock accept-loss --dry-run
  penstock accept-loss
  penstock accept-loss --shard 3 --yes --json`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return interrupted(cmd.Context(), runAcceptLoss(cmd, options))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.data, "data", "", "the pipeline's data folder (default: the pipeline running on this machine)")
	flags.StringVar(&options.stream, "stream", "", "refuse unless this is the pipeline's stream")
	flags.IntVar(&options.shard, "shard", -1, "only this shard, counted from 0 (default: all)")
	flags.BoolVar(&options.dryRun, "dry-run", false, "show what is lost, change nothing")
	flags.BoolVar(&options.yes, "yes", false, "do not ask")
	flags.BoolVar(&options.asJSON, "json", false, "print JSON; needs --yes or --dry-run")
	return cmd
}

func runAcceptLoss(cmd *cobra.Command, options acceptLossOptions) error {
	switch {
	case options.shard < -1:
		return usageError{fmt.Errorf("--shard %d: shards count from 0", options.shard)}
	case options.asJSON && !options.yes && !options.dryRun:
		return usageError{fmt.Errorf("--json asks nothing; add --yes or --dry-run")}
	}
	report, err := app.Losses(cmd.Context(), options.data)
	if err != nil {
		return err
	}
	if options.stream != "" && options.stream != report.Stream {
		return usageError{fmt.Errorf("--stream %s: the pipeline's stream is %s", options.stream, report.Stream)}
	}
	open := slices.DeleteFunc(slices.Clone(report.Lost), func(l dashboard.Loss) bool {
		return l.Accepted || options.shard >= 0 && l.Shard != options.shard
	})
	if !options.asJSON {
		printLosses(cmd.OutOrStdout(), open, report)
	}
	if options.dryRun || len(open) == 0 {
		return printLossJSON(cmd.OutOrStdout(), options, open, report)
	}
	if !options.yes {
		n := strconv.FormatUint(lostRecords(open), 10)
		if err := newAsker(cmd).confirm("They are counted as lost for ever, also when the log is restored later.", n); err != nil {
			return err
		}
	}
	ranges := make([]dashboard.LostRange, len(open))
	for i, l := range open {
		ranges[i] = l.LostRange
	}
	after, err := app.AcceptLosses(cmd.Context(), options.data, ranges)
	if err != nil {
		return err
	}
	if !options.asJSON {
		fmt.Fprintln(cmd.OutOrStdout(), "Accepted; the delivery goes on. `penstock status` counts them under dropped.")
	}
	return printLossJSON(cmd.OutOrStdout(), options, open, after)
}

// lossJSON is what --json prints.
type lossJSON struct {
	DryRun bool   `json:"dry_run"`
	Stream string `json:"stream"`
	// Lost are the losses accepted now, or with --dry-run those that would be.
	Lost    []dashboard.Loss `json:"lost"`
	Records uint64           `json:"records"`
	// LostAccepted counts what was passed over so far, ever.
	LostAccepted int64 `json:"lost_accepted"`
}

func printLossJSON(w io.Writer, options acceptLossOptions, open []dashboard.Loss, report dashboard.LossReport) error {
	if !options.asJSON {
		return nil
	}
	return json.NewEncoder(w).Encode(lossJSON{options.dryRun, report.Stream, open, lostRecords(open), report.LostAccepted})
}

func lostRecords(lost []dashboard.Loss) (n uint64) {
	for _, l := range lost {
		n += l.Records
	}
	return n
}

func printLosses(w io.Writer, open []dashboard.Loss, report dashboard.LossReport) {
	if len(open) == 0 {
		fmt.Fprintf(w, "Nothing is lost from stream %s that was not accepted", report.Stream)
		if report.LostAccepted > 0 {
			fmt.Fprintf(w, "; %s events were, earlier", humanize.Comma(report.LostAccepted))
		}
		fmt.Fprintln(w, ".")
		return
	}
	fmt.Fprintf(w, "The log of stream %s has lost events that were accepted:\n\n", report.Stream)
	fmt.Fprintf(w, "  %-22s %16s %16s %16s  %s\n", "shard", "first", "last", "events", "")
	for _, l := range open {
		fmt.Fprintf(w, "  %-22s %16d %16d %16s  %s\n", event.ShardID(l.Shard), l.First, l.Last, humanize.Comma(int64(l.Records)), lossNote(l))
	}
	fmt.Fprintf(w, "\n  %s events in all, counted by their positions. Where the end of a log was lost, there can have been fewer.\n",
		humanize.Comma(int64(lostRecords(open))))
}

// lossNote says when the events arrived, and whether the shard waits.
func lossNote(l dashboard.Loss) string {
	note := "the delivery has not come to them yet"
	if l.Stopped {
		note = "the delivery has waited since " + l.Since.Local().Format(time.DateTime)
	}
	if !l.After.IsZero() {
		note += ", arrived after " + l.After.Local().Format(time.DateTime)
	}
	if !l.Before.IsZero() {
		note += ", before " + l.Before.Local().Format(time.DateTime)
	}
	return note
}
