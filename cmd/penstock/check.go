package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/app"
	"github.com/penstock/penstock/internal/deploy"
	"github.com/penstock/penstock/internal/pipeline"
)

func newCheckCommand() *cobra.Command {
	var pipelineDir, data string
	var asJSON, plan bool
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check a pipeline's files before they are used",
		Long: `Check the pipeline file and every contract, and whether the stream and the
warehouse that exist can follow them as they are now. Exit code 2 when something is
wrong, with the file, the line and what to write. What is different on AWS, or
cannot be deployed there, is told and fails nothing.`,
		Example: "  penstock check -c examples/orders\n  penstock check -c examples/orders --data data\n  penstock check -c examples/orders --plan",
		Args:    noArgs("-c %s"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := app.Check(cmd.Context(), pipelineDir, data, plan)
			if err != nil {
				return err
			}
			notes, err := deploymentNotes(pipelineDir)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(struct {
					app.CheckReport
					AWS []deploy.Note `json:"aws"`
				}{report, notes})
			}
			out := cmd.OutOrStdout()
			fmt.Fprintf(out, "%s: stream %s, %d shard(s), tables %s\n", report.Pipeline, report.Stream, report.Shards, joined(report.Tables))
			if len(report.Dashboards) > 0 {
				fmt.Fprintf(out, "dashboards tried: %s\n", joined(report.Dashboards))
			}
			for _, change := range report.Changes {
				fmt.Fprintf(out, "at the next start: %s\n", change)
			}
			for _, statement := range report.Plan {
				if plan {
					fmt.Fprintf(out, "  %s;\n", statement)
				}
			}
			for _, note := range notes {
				fmt.Fprintf(out, "to deploy it: %s\n", note)
			}
			fmt.Fprintln(out, "ok")
			return nil
		},
	}
	cmd.Flags().StringVarP(&pipelineDir, "config", "c", ".", "the pipeline's folder")
	cmd.Flags().StringVar(&data, "data", "data", "the data folder whose stream and warehouse are compared, if it exists")
	cmd.Flags().BoolVar(&plan, "plan", false, "also show the SQL by which the next start changes the warehouse's tables; for Snowflake, log in to compare")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// deploymentNotes tells what is different on AWS. The folder has no faults: it was checked before.
func deploymentNotes(pipelineDir string) ([]deploy.Note, error) {
	file, err := pipeline.Load(pipelineDir)
	if err != nil {
		return nil, usageError{err}
	}
	return deploy.Notes(file), nil
}
