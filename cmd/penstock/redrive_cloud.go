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

	"github.com/penstock/penstock/internal/cloud"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/pipeline"
)

func runCloudRedrive(cmd *cobra.Command, options redriveOptions) error {
	since, err := parseSince(options.since, time.Now())
	err = errors.Join(err, knownReasons(options.reasons))
	if options.data != "" || options.contract != nil || options.field != nil {
		err = errors.Join(err, errors.New("--data, --contract and --field are about a pipeline on this machine; with --outputs choose by --reason and --since"))
	}
	if err != nil {
		return usageError{err}
	}
	set, err := pipeline.Contracts(options.pipeline)
	if err != nil {
		return usageError{err}
	}
	deployed, _, err := options.deployed.open(cmd.Context())
	if err != nil {
		return err
	}
	var reasons []event.Reason
	for _, reason := range options.reasons {
		reasons = append(reasons, event.Reason(reason))
	}
	var shown time.Time
	report, err := deployed.Redrive(cmd.Context(), cloud.Redrive{
		Contracts: set, Since: since, Reasons: reasons, DryRun: options.dryRun,
		Progress: func(r cloud.RedriveReport) {
			if now := time.Now(); now.Sub(shown) > 2*time.Second {
				if !shown.IsZero() {
					fmt.Fprintf(cmd.ErrOrStderr(), "%s, %s examined\n", counted(int64(r.Objects), "object"), counted(r.Examined, "event"))
				}
				shown = now
			}
		},
	})
	if options.asJSON {
		err = errors.Join(err, json.NewEncoder(cmd.OutOrStdout()).Encode(report))
	} else {
		printCloudRedrive(cmd.OutOrStdout(), report)
	}
	if err == nil && len(report.Faults) > 0 {
		return errSilent
	}
	return err
}

func printCloudRedrive(w io.Writer, r cloud.RedriveReport) {
	verb := "put into the stream again"
	if r.DryRun {
		verb = "would be put into the stream again"
	}
	fmt.Fprintf(w, "%s of %s examined; %s sent by an earlier redrive\n", counted(r.Examined, "event"), counted(int64(r.Objects), "object"), counted(r.Before, "event"))
	for _, table := range slices.Sorted(maps.Keys(r.Sent)) {
		fmt.Fprintf(w, "  %d %s, for table %s\n", r.Sent[table], verb, table)
	}
	if r.Dropped > 0 {
		fmt.Fprintf(w, "  %d stay: their contract drops them\n", r.Dropped)
	}
	if r.TooLarge > 0 {
		fmt.Fprintf(w, "  %d stay: with their position they do not fit into a record of the stream; write a larger stream: {max_record} and deploy\n", r.TooLarge)
	}
	for _, reason := range slices.Sorted(maps.Keys(r.Stay)) {
		why := ""
		if reason == event.ReasonRefused {
			why = ": they are rows, and their events are not kept; load their files again once the table takes them (docs/snowflake.md)"
		}
		fmt.Fprintf(w, "  %d stay: %s%s\n", r.Stay[reason], reason, why)
	}
	for _, fault := range r.Faults {
		fmt.Fprintf(w, "! nothing was sent of %s\n", oneLine(fault))
	}
}
