package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/penstock/penstock/internal/app"
	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/event"
)

type redriveOptions struct {
	data    string
	reasons []string
	since   string
	// contract and field are texts to compare with; nil for all, and empty for events without one.
	contract, field *string
	dryRun          bool
	asJSON          bool
	// deployed, with outputs of a stack, is a pipeline on AWS; pipeline is the folder of the contracts for it.
	deployed deployedOptions
	pipeline string
}

// selects reads the flags for which an empty text is something else than none.
func (o *redriveOptions) selects(flags *pflag.FlagSet) {
	for name, into := range map[string]**string{"contract": &o.contract, "field": &o.field} {
		if text, err := flags.GetString(name); err == nil && flags.Changed(name) {
			*into = &text
		}
	}
}

func newRedriveCommand() *cobra.Command {
	var options redriveOptions
	cmd := &cobra.Command{
		Use:   "redrive",
		Short: "Send quarantined events through the present contracts again",
		Long: `Send the events in the quarantine through the contracts as they are now. What
passes becomes rows, once, however often this is run; what fails again stays.

With --outputs it is a pipeline on AWS: quarantine and error output are read from
its lake, and what the contracts of -c accept is put into its stream again, with the
position it had. Deploy the contracts first.`,
		Example: `  penstock redrive --dry-run
  penstock redrive --reason missing_field --reason wrong_type
  penstock redrive --contract orders --field country --since 24h
  penstock redrive --outputs outputs.json -c examples/orders --dry-run`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			options.selects(cmd.Flags())
			if options.deployed.outputs != "" {
				return interrupted(cmd.Context(), runCloudRedrive(cmd, options))
			}
			return interrupted(cmd.Context(), runRedrive(cmd, options))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.data, "data", "", "the pipeline's data folder (default: the pipeline running on this machine)")
	flags.StringArrayVar(&options.reasons, "reason", nil, "only events quarantined for this reason; may be repeated")
	flags.StringVar(&options.since, "since", "", "only events that arrived since: a duration such as 24h, or a time such as 2026-11-22T05:00:00Z")
	flags.String("contract", "", "only events refused by this contract, named by its table; --contract= for those of none")
	flags.String("field", "", "only events refused for this column or field; --field= for those of none")
	flags.BoolVar(&options.dryRun, "dry-run", false, "say what would happen, change nothing")
	flags.BoolVar(&options.asJSON, "json", false, "print JSON")
	options.deployed.registerOptional(flags)
	flags.StringVarP(&options.pipeline, "config", "c", ".", "with --outputs: the pipeline's folder, whose contracts decide")
	return cmd
}

func runRedrive(cmd *cobra.Command, options redriveOptions) error {
	since, err := parseSince(options.since, time.Now())
	if err := errors.Join(err, knownReasons(options.reasons)); err != nil {
		return usageError{err}
	}
	report, err := app.Redrive(cmd.Context(), options.data, dashboard.Redrive{
		Reasons: options.reasons, Since: since, Contract: options.contract, Field: options.field, DryRun: options.dryRun,
	})
	if err != nil {
		return err
	}
	if options.asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(report)
	}
	printRedrive(cmd.OutOrStdout(), report)
	return nil
}

// knownReasons refuses what no event is ever quarantined for: a typo would find nothing to do.
func knownReasons(reasons []string) error {
	for _, reason := range reasons {
		if !slices.Contains(event.Reasons(), event.Reason(reason)) {
			return fmt.Errorf("--reason %s: there is no such reason; there are %v", reason, event.Reasons())
		}
	}
	return nil
}

func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago > 0 {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateTime, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("--since %s: write a duration such as 24h, or a time such as 2026-11-22T05:00:00Z", text)
}

func printRedrive(w io.Writer, r dashboard.RedriveReport) {
	verb := "became"
	if r.DryRun {
		verb = "would become"
	}
	fmt.Fprintf(w, "%d quarantined events examined\n", r.Examined)
	for _, table := range slices.Sorted(maps.Keys(r.Passed)) {
		fmt.Fprintf(w, "  %d %s rows of %s\n", r.Passed[table], verb, table)
	}
	if r.Dropped > 0 {
		fmt.Fprintf(w, "  %d are dropped by their contract\n", r.Dropped)
	}
	for _, s := range r.Stay {
		where := ""
		if s.Contract != "" {
			where = ", contract " + s.Contract
		}
		if s.Field != "" {
			where += ", " + s.Field
		}
		fmt.Fprintf(w, "  %d stay: %s\n", s.Count, oneLine(s.Reason+where))
	}
	if r.Examined > 0 && len(r.Passed) == 0 && r.Dropped == 0 {
		fmt.Fprintln(w, "The contracts are those the pipeline started with: after mending one, start `penstock up` again.")
	}
}
