package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/app"
	"github.com/penstock/penstock/internal/trace"
)

func newTraceCommand() *cobra.Command {
	var data string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "trace KEY",
		Short: "Find out where an event is",
		Long: `Follow the events that KEY stands for from the stream to the warehouse. KEY is
the value of a contract's key, such as an order id; a sequence number that a PUT
answered; shard:position; or any text that stands in the event. The exit code is
1 when nothing is found.`,
		Example: `  penstock trace 3fa85f64-5717-4562-b3fc-2c963f66afa6
  penstock trace shardId-000000000000:1800
  penstock trace "Kreuzberg" --json`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			report, err := app.Trace(cmd.Context(), data, args[0])
			if err != nil {
				return interrupted(cmd.Context(), err)
			}
			if asJSON {
				encoder := json.NewEncoder(cmd.OutOrStdout())
				encoder.SetIndent("", "  ")
				err = encoder.Encode(report)
			} else {
				printTrace(cmd.OutOrStdout(), report)
			}
			if err == nil && len(report.Found) == 0 {
				return errSilent
			}
			return err
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "the pipeline's data folder (default: the pipeline running on this machine)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printTrace(w io.Writer, r trace.Report) {
	for i, e := range r.Found {
		if i > 0 {
			fmt.Fprintln(w)
		}
		printTraced(w, e)
	}
	if len(r.Found) == 0 {
		fmt.Fprintln(w, "Nothing was found.")
	}
	note := ""
	if !r.Complete {
		note = " There may be more."
	}
	fmt.Fprintf(w, "\nLooked at %s.%s\n", r.Searched, note)
}

func printTraced(w io.Writer, e trace.Event) {
	state := strings.ReplaceAll(e.State, "_", " ")
	if e.Contract != "" {
		state += ", contract " + e.Contract
	}
	fmt.Fprintf(w, "%s:%d is %s\n", e.Shard, e.Position, state)
	if e.Sequence != "" {
		fmt.Fprintf(w, "  sequence number %s\n", e.Sequence)
	}
	for _, step := range e.Steps {
		at := strings.Repeat(" ", len(time.DateTime)+4)
		if !step.At.IsZero() {
			at = step.At.Local().Format(time.DateTime + ".000")
		}
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %s  %-11s  %s", at, step.Name, oneLine(step.Detail)), " "))
	}
	if e.State == trace.InFlight {
		fmt.Fprintf(w, "  %s\n", oneLine(e.Detail))
	}
	for _, cell := range e.Row {
		value := "NULL"
		if cell.Value != nil {
			value = tableCell(*cell.Value)
		}
		fmt.Fprintf(w, "    %s: %s\n", cell.Column, value)
	}
	if e.Raw != "" {
		fmt.Fprintf(w, "    %s\n", tableCell(e.Raw))
	}
}

// oneLine makes a sentence safe for a terminal, in its whole length.
func oneLine(text string) string {
	return strings.Map(printable, text)
}
