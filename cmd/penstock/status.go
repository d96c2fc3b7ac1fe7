package main

import (
	"context"
	"encoding/json"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/app"
	"github.com/penstock/penstock/internal/monitor"
)

func newStatusCommand() *cobra.Command {
	var data string
	var asJSON, watch bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the path, the ledger, and whether anything is wrong",
		Long: `Show how events pass from the source to the warehouse, and where every accepted
event is. The exit code is 0 only when the pipeline is ready and its ledger
balances:

  accepted = loaded + quarantined + dropped + in flight

With --watch it is shown again each second until Ctrl-C; with --json too, each
time as one line.`,
		Example: "  penstock status\n  penstock status --watch\n  penstock status --json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if watch {
				return watchStatus(cmd.Context(), cmd.OutOrStdout(), data, asJSON)
			}
			state, err := readState(cmd.Context(), data)
			if err != nil {
				return err
			}
			if err := printState(cmd.OutOrStdout(), state, asJSON); err != nil {
				return err
			}
			if !state.Ready || !state.Balanced {
				return errSilent
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "the pipeline's data folder (default: the pipeline running on this machine)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "show it again each second")
	return cmd
}

// state is what `penstock status --json` prints: the status, and what the monitor knows beside it.
type state struct {
	monitor.Status
	Steps        []monitor.Step           `json:"steps,omitempty"`
	Contracts    []monitor.ContractLedger `json:"contracts,omitempty"`
	Unclassified monitor.ContractLedger   `json:"unclassified,omitzero"`
	Alarms       []monitor.Alarm          `json:"alarms,omitempty"`
}

func readState(ctx context.Context, data string) (state, error) {
	status, err := app.Status(ctx, data)
	if err != nil {
		return state{}, err
	}
	s := state{Status: status}
	reading, err := app.Reading(ctx, data)
	if err != nil {
		return s, err
	}
	s.Steps, s.Contracts, s.Unclassified, s.Alarms = reading.Steps, reading.Contracts, reading.Unclassified, reading.Alarms
	known := map[string]bool{}
	for _, p := range s.Problems {
		known[p] = true
	}
	for _, p := range reading.Problems {
		if !known[p] {
			s.Problems = append(s.Problems, p)
		}
	}
	return s, nil
}

func printState(w io.Writer, s state, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(s)
	}
	paint := painter(w)
	for _, l := range stateLines(s) {
		if _, err := io.WriteString(w, paint(l)+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// painter colours lines for a terminal, unless its owner wants none (no-color.org).
func painter(w io.Writer) func(line) string {
	if _, ok := terminalOf(w); !ok || os.Getenv("NO_COLOR") != "" {
		return func(l line) string { return l.text }
	}
	return func(l line) string {
		if l.colour == "" {
			return l.text
		}
		return l.colour + l.text + plain
	}
}
