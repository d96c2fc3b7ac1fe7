package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/cloud"
	"github.com/penstock/penstock/internal/deploy"
)

// outputsFile is where deploy writes the outputs, and where other commands look for them.
const outputsFile = "outputs.json"

func newAWSDeployCommand() *cobra.Command {
	var options awsOptions
	var pipelineDir, outputs string
	var yes bool
	cmd := &cobra.Command{
		Use:   "deploy",
		Short: "Deploy a pipeline, or what changed of it",
		Long: `Deploy a pipeline to an AWS account by the CDK's command line, which npx gets from
npm, and write the names of what it made to a file. Rights that grow are asked
about. An unchanged pipeline is no change.`,
		Example: `  penstock aws deploy -c examples/orders
  penstock aws deploy -c examples/orders --yes --outputs outputs.json      in a program`,
		Args: noArgs("-c %s"),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			env, err := options.environment()
			if err != nil {
				return err
			}
			path, err := absolute(outputs)
			if err != nil {
				return err
			}
			where, err := located(cmd.Context(), env)
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "Writing the template...")
			assembly, file, err := synthesize(cmd, pipelineDir, env)
			if err != nil {
				return interrupted(cmd.Context(), err)
			}
			defer func() { err = errors.Join(err, assembly.Remove()) }()
			if err := cdk(cmd, where).Deploy(cmd.Context(), assembly, path, yes); err != nil {
				return interrupted(cmd.Context(), err)
			}
			deployed, err := cloud.ReadOutputs(path, env.Stack)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Deployed %s: put events into the stream %s. Rows reach the lake %s within about %s.\nThe names are in %s; `penstock aws status` shows how it is.\n",
				env.Stack, deployed.Stream, deployed.Bucket, deploy.LakeLatency(file), outputs)
			return nil
		},
	}
	options.register(cmd.Flags())
	flags := cmd.Flags()
	flags.StringVarP(&pipelineDir, "config", "c", ".", "the pipeline's folder")
	flags.StringVar(&outputs, "outputs", outputsFile, "write the outputs to this file, as {stack: {name: value}}")
	flags.BoolVar(&yes, "yes", false, "do not ask, not even when rights grow")
	return cmd
}
