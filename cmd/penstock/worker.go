package main

import (
	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/app"
)

// newWorkerCommand is the child process that holds DuckDB; `up` and `query` start it.
func newWorkerCommand() *cobra.Command {
	return &cobra.Command{
		Use:    app.WarehouseWorker,
		Short:  "The warehouse's own process; started by other commands",
		Hidden: true,
		Args:   usageArgs(cobra.NoArgs),
		RunE:   func(cmd *cobra.Command, _ []string) error { return app.RunWarehouseWorker(cmd.Context()) },
	}
}
