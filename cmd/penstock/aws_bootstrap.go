package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/deploy"
	"github.com/penstock/penstock/internal/pipeline"
)

func newAWSBootstrapCommand() *cobra.Command {
	var options awsOptions
	var pipelineDir string
	var trust deploy.Trust
	var yes bool
	cmd := &cobra.Command{
		Use:   "bootstrap",
		Short: "Prepare an account for deployments, once",
		Long: `Prepare an account for deployments of a pipeline, once for each stack and region,
with an administrator's credentials. It makes a policy that bounds what
CloudFormation may do, the CDK's roles and its bucket under names of Penstock's
own, and a role that deploys and can do nothing else. All of it is printed before
anything is made. Nobody gets a long-lived key: the role is assumed by the
account's own users and roles, or by the tokens of an OIDC provider.`,
		Example: `  penstock aws bootstrap -c examples/orders --profile admin
  penstock aws bootstrap -c examples/orders \
    --oidc-provider arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com \
    --oidc-subject 'repo:team/shop:ref:refs/heads/main'`,
		Args: noArgs("-c %s"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return interrupted(cmd.Context(), bootstrap(cmd, options, pipelineDir, trust, yes))
		},
	}
	options.register(cmd.Flags())
	flags := cmd.Flags()
	flags.StringVarP(&pipelineDir, "config", "c", ".", "the pipeline's folder")
	flags.StringVar(&trust.OIDCProvider, "oidc-provider", "", "ARN of the account's OIDC provider whose tokens may deploy (default: principals of the account)")
	flags.StringVar(&trust.OIDCSubject, "oidc-subject", "", "whom of the provider's, such as repo:team/shop:ref:refs/heads/main")
	flags.StringVar(&trust.OIDCAudience, "oidc-audience", "", "audience of the tokens (default sts.amazonaws.com)")
	flags.BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func bootstrap(cmd *cobra.Command, options awsOptions, pipelineDir string, trust deploy.Trust, yes bool) error {
	env, err := options.environment()
	if err != nil {
		return err
	}
	if err := checkBootstrap(env, trust); err != nil {
		return usageError{err}
	}
	file, err := pipeline.LoadWithoutSecrets(pipelineDir)
	if err != nil {
		return usageError{err}
	}
	ctx := cmd.Context()
	cfg, err := reachable(ctx, env.Region, env.Profile)
	if err != nil {
		return err
	}
	number, partition, err := account(ctx, cfg)
	if err != nil {
		return err
	}
	if env.Account != "" && env.Account != number {
		return usageError{fmt.Errorf("the credentials are of account %s, not %s; choose a profile with --profile", number, env.Account)}
	}
	env.Account, env.Region = number, cfg.Region
	target := deploy.Target{Environment: env, Partition: partition, Pipeline: file}
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "The policy of CloudFormation for stack %s in account %s, %s:\n%s\n\n", env.Stack, number, env.Region, target.ExecutionPolicy())
	fmt.Fprintf(out, "The policy of the role %s:\n%s\n\nWho may act as it:\n%s\n\n", deploy.RoleName(env.Stack), target.DeployPolicy(), target.TrustPolicy(trust))
	if !yes {
		if err := newAsker(cmd).confirm("These will be created, and the CDK's stack "+deploy.ToolkitStack+".", "yes"); err != nil {
			return err
		}
	}
	roles := deploy.Roles{Client: iam.NewFromConfig(cfg)}
	policies, err := roles.PutExecutionPolicy(ctx, target)
	if err != nil {
		return err
	}
	if err := cdk(cmd, env).Bootstrap(ctx, policies); err != nil {
		return err
	}
	role, err := roles.PutDeployRole(ctx, target, trust)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Done. Deploy as %s.\n", role)
	return nil
}

func checkBootstrap(env deploy.Environment, trust deploy.Trust) error {
	if len(env.Stack) > deploy.MaxBootstrapStack {
		return fmt.Errorf("the stack's name %s has more than %d characters; CloudFormation would shorten it in the names that policies speak of", env.Stack, deploy.MaxBootstrapStack)
	}
	if (trust.OIDCProvider == "") != (trust.OIDCSubject == "") {
		return errors.New("--oidc-provider and --oidc-subject go together: without a subject, anybody with an account there could deploy")
	}
	if trust.OIDCProvider != "" && !strings.Contains(trust.OIDCProvider, ":oidc-provider/") {
		return fmt.Errorf("--oidc-provider %s: write its ARN, such as arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com", trust.OIDCProvider)
	}
	if strings.Trim(trust.OIDCSubject, "*:") == "" && trust.OIDCSubject != "" {
		return fmt.Errorf("--oidc-subject %s lets everybody in; name whom", trust.OIDCSubject)
	}
	return nil
}
