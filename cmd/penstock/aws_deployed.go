package main

import (
	"context"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/penstock/penstock/internal/cloud"
	"github.com/penstock/penstock/internal/deploy"
)

// deployedOptions say which deployed pipeline is meant.
type deployedOptions struct {
	aws     awsOptions
	outputs string
}

func (o *deployedOptions) register(flags *pflag.FlagSet) {
	o.aws.register(flags)
	flags.StringVar(&o.outputs, "outputs", outputsFile, "the file that penstock aws deploy wrote")
}

// registerOptional is for commands that are about this machine unless --outputs names a stack.
func (o *deployedOptions) registerOptional(flags *pflag.FlagSet) {
	flags.StringVar(&o.outputs, "outputs", "", "a pipeline on AWS, by the file that penstock aws deploy wrote")
	flags.StringVar(&o.aws.flags.Stack, "stack", "", "with --outputs: the stack, if the file has several")
	flags.StringVar(&o.aws.flags.Region, "region", "", "with --outputs: the region (default: the stack's)")
	flags.StringVar(&o.aws.flags.Profile, "profile", "", "with --outputs: use this profile of the AWS configuration")
	o.aws.envFile = deploy.EnvFile
}

// open reads the outputs and the AWS configuration. The stack may be left open if the file has only one; the
// region is the stack's own, unless a flag or the environment names another.
func (o *deployedOptions) open(ctx context.Context) (*cloud.Pipeline, cloud.Outputs, error) {
	env, err := o.aws.environment()
	if err != nil {
		return nil, cloud.Outputs{}, err
	}
	names, err := cloud.ReadOutputs(o.outputs, o.aws.flags.Stack)
	if err != nil && o.aws.flags.Stack == "" {
		if named, namedErr := cloud.ReadOutputs(o.outputs, env.Stack); namedErr == nil {
			names, err = named, nil
		}
	}
	if err != nil {
		return nil, names, usageError{err}
	}
	region := o.aws.flags.Region
	if region == "" {
		region = names.Region
	}
	if region == "" {
		region = env.Region
	}
	cfg, err := reachable(ctx, region, env.Profile)
	if err != nil {
		return nil, names, err
	}
	if env.Account != "" && o.aws.flags.Account != "" {
		if err := expectAccount(ctx, cfg, env.Account); err != nil {
			return nil, names, err
		}
	}
	names.Region = cfg.Region
	return cloud.New(names, cfg), names, nil
}

// counted says how many of something there are, for people.
func counted(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
