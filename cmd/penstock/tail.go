package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/app"
	"github.com/penstock/penstock/internal/trace"
)

func newTailCommand() *cobra.Command {
	var data, filter string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Show events as they arrive",
		Long: `Show the events that arrive from now on, at most 50 a second, until it is
interrupted. What is left out is counted. A filter is a text that must stand in
an event, or after cel: a condition as in a contract.`,
		Example: `  penstock tail
  penstock tail --filter Berlin
  penstock tail --filter 'cel:event.product_quantity > 10' --json`,
		Args: noArgs("--filter %q"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			err := app.Tail(cmd.Context(), data, filter, func(name string, line []byte) error {
				return showTail(cmd, asJSON, name, line)
			})
			if cmd.Context().Err() != nil {
				return nil //nolint:nilerr // it was told to stop, as every tail is
			}
			if err == nil {
				fmt.Fprintln(cmd.ErrOrStderr(), "penstock: the pipeline has stopped")
			}
			return err
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "the pipeline's data folder (default: the pipeline running on this machine)")
	cmd.Flags().StringVar(&filter, "filter", "", "a text, or a condition after cel:")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each event as a line of JSON")
	return cmd
}

func showTail(cmd *cobra.Command, asJSON bool, name string, line []byte) error {
	switch name {
	case "event":
		if asJSON {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s\n", line)
			return err
		}
		var a trace.Arrival
		if err := json.Unmarshal(line, &a); err != nil {
			return err
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s  %s\n", a.ArrivedAt.Local().Format(time.TimeOnly+".000"), oneLine(a.Raw))
		return err
	case "skipped":
		var s trace.Skipped
		if err := json.Unmarshal(line, &s); err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "... and %s more\n", humanize.Comma(s.Count))
	}
	return nil
}
