package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/cloud"
)

func newAWSDestroyCommand() *cobra.Command {
	var options deployedOptions
	var pipelineDir string
	var yes, deleteData bool
	cmd := &cobra.Command{
		Use:   "destroy",
		Short: "Delete a deployed pipeline; its data stays",
		Long: `Delete the stack of a pipeline: stream, delivery stream, transformer, alarms,
roles, logs. The lake's bucket and the key it is encrypted with stay. Events that
are in the stream and not yet in the lake are lost: stop producers first, and wait
until penstock aws status shows them in the lake.`,
		Example: `  penstock aws destroy -c examples/orders
  penstock aws destroy -c examples/orders --delete-data      the lake too, after a second question`,
		Args: noArgs("-c %s"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return interrupted(cmd.Context(), destroy(cmd, options, pipelineDir, yes, deleteData))
		},
	}
	options.register(cmd.Flags())
	flags := cmd.Flags()
	flags.StringVarP(&pipelineDir, "config", "c", ".", "the pipeline's folder")
	flags.BoolVar(&yes, "yes", false, "do not ask whether to delete the stack; about data is always asked")
	flags.BoolVar(&deleteData, "delete-data", false, "empty and delete the lake's bucket too, every version of every object")
	return cmd
}

func destroy(cmd *cobra.Command, options deployedOptions, pipelineDir string, yes, deleteData bool) (err error) {
	env, err := options.aws.environment()
	if err != nil {
		return err
	}
	// What is to be deleted is known before anything is.
	deployed, names, outputsErr := options.open(cmd.Context())
	if outputsErr != nil && deleteData {
		return outputsErr
	}
	if outputsErr == nil && options.aws.flags.Stack == "" {
		env.Stack = names.StackName
	}
	where := env
	if outputsErr == nil && where.Region == "" {
		where.Region = names.Region
	}
	where, err = located(cmd.Context(), where)
	if err != nil {
		return err
	}
	lake := "the lake's bucket"
	if outputsErr == nil {
		lake = "the lake's bucket " + names.Bucket
	}
	stays := "What stays: " + lake + " with all its data, and the key that encrypts it."
	ask := newAsker(cmd)
	if !yes {
		if err := ask.confirm(fmt.Sprintf("The stack %s will be deleted, and what is in its stream. %s", env.Stack, stays), env.Stack); err != nil {
			return err
		}
	}
	if deleteData {
		if err := ask.confirm(fmt.Sprintf("ALL DATA in %s will be deleted, with every old version. Nothing brings it back.", names.Bucket), names.Bucket); err != nil {
			return err
		}
	}
	assembly, _, err := synthesize(cmd, pipelineDir, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, assembly.Remove()) }()
	command := cdk(cmd, where)
	command.In = nil // it has nothing left to ask
	if err := command.Destroy(cmd.Context(), assembly); err != nil {
		return err
	}
	if !deleteData {
		fmt.Fprintf(cmd.OutOrStdout(), "Deleted stack %s. %s\n", env.Stack, stays)
		return nil
	}
	return deleteLake(cmd, deployed, names)
}

func deleteLake(cmd *cobra.Command, deployed *cloud.Pipeline, names cloud.Outputs) error {
	err := deployed.DeleteLake(cmd.Context(), func(deleted int64) {
		fmt.Fprintf(cmd.ErrOrStderr(), "deleted %s\n", counted(deleted, "object version"))
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "Deleted stack %s and the bucket %s. The key that encrypted it stays: schedule its deletion in KMS when no backup needs it.\n", names.StackName, names.Bucket)
	return nil
}
