package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/cloud"
)

func newAWSStatusCommand() *cobra.Command {
	var options deployedOptions
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show how a deployed pipeline is",
		Long: `Show a deployed pipeline in one screen: stream, delivery stream, transformer, the
newest object of each table, what Firehose could not process, and alarms. What
cannot be seen says so, and the rest is shown. The exit code is 1 when something
is wrong or could not be seen.`,
		Example: "  penstock aws status\n  penstock aws status --outputs outputs.json --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			deployed, _, err := options.open(cmd.Context())
			if err != nil {
				return err
			}
			status := deployed.Status(cmd.Context())
			if asJSON {
				if err := json.NewEncoder(cmd.OutOrStdout()).Encode(status); err != nil {
					return err
				}
			} else {
				printAWSStatus(cmd.OutOrStdout(), status, time.Now())
			}
			if !status.OK {
				return errSilent
			}
			return nil
		},
	}
	options.register(cmd.Flags())
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printAWSStatus(w io.Writer, s cloud.Status, now time.Time) {
	verdict := "all is well"
	if !s.OK {
		verdict = "something is wrong"
	}
	fmt.Fprintf(w, "Stack %s in %s: %s\n\n", s.Stack, s.Region, verdict)
	for _, p := range s.Parts {
		sign, text := "ok", p.State
		switch {
		case p.Error != "":
			sign, text = "??", "cannot be seen: "+p.Error
		case p.Wrong != "":
			sign = "!!"
			if p.Wrong != p.State {
				text += ": " + p.Wrong
			}
		}
		fmt.Fprintf(w, "%s  %-12s %s  %s\n", sign, p.Part, oneLine(p.Name), oneLine(text))
		switch p.Part {
		case "lake":
			for _, t := range s.Tables {
				fmt.Fprintf(w, "      %-24s %s, %s, %s\n", oneLine(t.Name), humanize.RelTime(t.Written, now, "ago", "from now"), humanize.IBytes(uint64(max(0, t.Bytes))), oneLine(t.Newest))
			}
		case "alarms":
			for _, a := range s.Alarms {
				fmt.Fprintf(w, "      %s since %s: %s\n", oneLine(a.Name), a.Since.UTC().Format(time.RFC3339), oneLine(a.Reason))
			}
		case "errors":
			if p.Wrong != "" {
				fmt.Fprintln(w, "      `penstock redrive --outputs` sends again what the contracts accept")
			}
		}
	}
}
