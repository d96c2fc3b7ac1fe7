package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/snowflake"
)

func newSnowflakeTeardownCommand() *cobra.Command {
	var o snowflakeOptions
	var yes bool
	cmd := &cobra.Command{
		Use:   "teardown",
		Short: "Stop Snowflake from loading the lake",
		Long: `Take away what setup made to load the lake: notification, pipes, stage, integration,
IAM role. Rows stay, and so do all notifications and policies of others.`,
		Example: "  penstock snowflake teardown -c examples/orders --account myorg-account1 --user PENSTOCK_ADMIN",
		Args:    noArgs("-c %s"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.connected(cmd.Context(), func(cfg snowflake.Config, deps snowflake.Deps) error {
				if !yes {
					if err := newAsker(cmd).confirm("New files of "+cfg.Lake.URL()+" will not be loaded into Snowflake any more.", "yes"); err != nil {
						return err
					}
				}
				deps.Report = func(p snowflake.Progress) {
					if p.Changed {
						fmt.Fprintln(cmd.ErrOrStderr(), "gone: "+p.Task)
					}
				}
				if err := snowflake.New(cfg, deps).Teardown(cmd.Context()); err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), "Snowflake loads this lake no more. What stays:")
				for _, kept := range cfg.Kept() {
					fmt.Fprintln(cmd.OutOrStdout(), "  "+kept)
				}
				return nil
			})
		},
	}
	o.register(cmd.Flags())
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}
