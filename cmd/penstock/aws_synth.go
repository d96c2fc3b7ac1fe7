package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/deploy"
)

func newAWSSynthCommand() *cobra.Command {
	return newAssemblyCommand(&cobra.Command{
		Use:   "synth",
		Short: "Print the CloudFormation template of a pipeline",
		Long: `Print the CloudFormation template of a pipeline on standard output. It takes
Node.js, and neither an account nor a network nor the pipeline's secrets.`,
		Example: `  penstock aws synth -c examples/orders > template.json
  penstock aws synth -c examples/orders --account 123456789012 --region eu-central-1`,
	}, func(cmd *cobra.Command, _ deploy.Environment, assembly deploy.Assembly) error {
		template, err := os.Open(assembly.Template)
		if err != nil {
			return fmt.Errorf("read the template: %w", err)
		}
		defer template.Close() //nolint:errcheck // only read
		_, err = io.Copy(cmd.OutOrStdout(), template)
		return err
	})
}

func newAWSDiffCommand() *cobra.Command {
	return newAssemblyCommand(&cobra.Command{
		Use:     "diff",
		Short:   "Show what a deployment would change",
		Long:    `Compare a pipeline with the stack that is deployed, and show what a deployment would change.`,
		Example: "  penstock aws diff -c examples/orders",
	}, func(cmd *cobra.Command, env deploy.Environment, assembly deploy.Assembly) error {
		where, err := located(cmd.Context(), env)
		if err != nil {
			return err
		}
		c := cdk(cmd, where)
		c.Out = cmd.OutOrStdout()
		return interrupted(cmd.Context(), c.Diff(cmd.Context(), assembly))
	})
}

// newAssemblyCommand makes cmd write the assembly of the pipeline and the stack that its flags name, and hand it to use.
func newAssemblyCommand(cmd *cobra.Command, use func(*cobra.Command, deploy.Environment, deploy.Assembly) error) *cobra.Command {
	var options awsOptions
	var pipelineDir string
	cmd.Args = noArgs("-c %s")
	cmd.RunE = func(cmd *cobra.Command, _ []string) (err error) {
		env, err := options.environment()
		if err != nil {
			return err
		}
		assembly, _, err := synthesize(cmd, pipelineDir, env)
		if err != nil {
			return interrupted(cmd.Context(), err)
		}
		defer func() { err = errors.Join(err, assembly.Remove()) }()
		return use(cmd, env, assembly)
	}
	options.register(cmd.Flags())
	cmd.Flags().StringVarP(&pipelineDir, "config", "c", ".", "the pipeline's folder")
	return cmd
}
