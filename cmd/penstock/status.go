package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/app"
	"github.com/penstock/penstock/internal/monitor"
)

func newStatusCommand() *cobra.Command {
	var data string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the ledger, and whether anything is wrong",
		Long: `Show where every accepted event is. The exit code is 0 only when the pipeline is
ready and its ledger balances:

  accepted = loaded + quarantined + dropped + in flight`,
		Example: "  penstock status\n  penstock status --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			status, err := app.Status(cmd.Context(), data)
			if err != nil {
				return err
			}
			if err := printStatus(cmd.OutOrStdout(), status, asJSON); err != nil {
				return err
			}
			if !status.Ready || !status.Balanced {
				return errSilent
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "the pipeline's data folder (default: the pipeline running on this machine)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func printStatus(w io.Writer, s monitor.Status, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(s)
	}
	state := "ready"
	if !s.Ready {
		state = "NOT ready"
	}
	fmt.Fprintf(w, "Pipeline %s is %s; complete to %s.\n\n", s.Pipeline, state, s.CompleteTo.Local().Format(time.TimeOnly))
	printLedger(w, s)
	for _, problem := range s.Problems {
		fmt.Fprintf(w, "\n! %s\n", problem)
	}
	return nil
}

func printLedger(w io.Writer, s monitor.Status) {
	line := func(name string, n int64, note string) {
		text := fmt.Sprintf("  %-12s %14s  %s", name, humanize.Comma(n), note)
		fmt.Fprintln(w, strings.TrimRight(text, " "))
	}
	line("accepted", s.Ledger.Accepted, "")
	line("loaded", s.Ledger.Loaded, tableCounts(s.Tables))
	line("quarantined", s.Ledger.Quarantined, "")
	line("dropped", s.Ledger.Dropped, "")
	line("in flight", s.Ledger.InFlight, "")
	balance := "accepted = loaded + quarantined + dropped + in flight"
	if !s.Balanced {
		balance = fmt.Sprintf("DOES NOT BALANCE: off by %s", humanize.Comma(s.Ledger.Imbalance()))
	}
	fmt.Fprintf(w, "\n  %s\n", balance)
}

func tableCounts(tables map[string]int64) string {
	names := make([]string, 0, len(tables))
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %s", name, humanize.Comma(tables[name]))
	}
	return joined(names)
}
