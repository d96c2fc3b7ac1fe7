package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/app"
)

func newCheckCommand() *cobra.Command {
	var pipelineDir, data string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check a pipeline's files before they are used",
		Long: `Check the pipeline file and every contract, and whether the warehouse that
exists can follow the contracts as they are now. Exit code 2 when something is
wrong, with the file, the line and what to write.`,
		Example: "  penstock check -c examples/orders\n  penstock check -c examples/orders --data data",
		Args:    noArgs("-c %s"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := app.Check(cmd.Context(), pipelineDir, data)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(report)
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "%s: stream %s, %d shard(s), tables %s\n", report.Pipeline, report.Stream, report.Shards, joined(report.Tables))
			for _, change := range report.Changes {
				fmt.Fprintf(out, "at the next start: %s\n", change)
			}
			fmt.Fprintln(out, "ok")
			return nil
		},
	}
	cmd.Flags().StringVarP(&pipelineDir, "config", "c", ".", "the pipeline's folder")
	cmd.Flags().StringVar(&data, "data", "data", "the data folder whose warehouse is compared, if it exists")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}
