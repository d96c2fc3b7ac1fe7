package main

import "github.com/spf13/cobra"

func newAWSCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "aws",
		Short: "The same pipeline on AWS: Kinesis, Firehose, Lambda, S3",
		Long: `Put a pipeline that was tried on one machine into an AWS account, with managed
services only.`,
		Example: `  penstock aws plan --events-per-second 200 --bytes 350
  penstock aws synth -c examples/orders
  penstock aws deploy -c examples/orders`,
		Args: knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newAWSPlanCommand(), newAWSSynthCommand(), newAWSDiffCommand(), newAWSBootstrapCommand(), newAWSDeployCommand(),
		newAWSStatusCommand(), newAWSTailCommand(), newAWSDestroyCommand(),
	)
	return cmd
}
