package main

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/app"
)

func newPauseCommand() *cobra.Command {
	return pauseCommand(true, "pause STEP", "Pause delivery or loading for maintenance", `Pause a step of the running pipeline: delivery (from the stream into the lake) or
loading (from the lake into the warehouse). Events are accepted and wait before
it. It goes on with `+"`penstock resume`"+`, and with the next `+"`penstock up`"+`.`,
		"  penstock pause loading\n  penstock resume loading")
}

func newResumeCommand() *cobra.Command {
	return pauseCommand(false, "resume STEP", "Let a paused step go on", "Let a step that was paused go on: delivery or loading.",
		"  penstock resume loading")
}

func pauseCommand(paused bool, use, short, long, example string) *cobra.Command {
	var data string
	verb := map[bool]string{true: "paused", false: "running"}[paused]
	cmd := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example,
		Args: func(_ *cobra.Command, args []string) error {
			steps := []string{app.PauseDelivery, app.PauseLoading}
			if len(args) == 1 && slices.Contains(steps, args[0]) {
				return nil
			}
			return usageError{fmt.Errorf("name the step: %s or %s", steps[0], steps[1])}
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := app.Pause(cmd.Context(), data, args[0], paused); err != nil {
				return interrupted(cmd.Context(), err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s is %s\n", args[0], verb)
			return nil
		},
	}
	cmd.Flags().StringVar(&data, "data", "", "the pipeline's data folder (default: the pipeline running on this machine)")
	return cmd
}
