package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/penstock/penstock/internal/deploy"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/pipeline"
)

// awsOptions say which stack, and by which AWS configuration it is reached.
type awsOptions struct {
	flags   deploy.Environment
	envFile string
}

func (o *awsOptions) register(flags *pflag.FlagSet) {
	flags.StringVar(&o.flags.Stack, "stack", "", "the stack's name (default CDK_STACK, else "+deploy.DefaultStack+")")
	flags.StringVar(&o.flags.Account, "account", "", "the account's number (default CDK_ACCOUNT, else the one of the AWS configuration)")
	flags.StringVar(&o.flags.Region, "region", "", "the region (default CDK_REGION, else the one of the AWS configuration)")
	flags.StringVar(&o.flags.Profile, "profile", "", "use this profile of the AWS configuration")
	flags.StringVar(&o.envFile, "env-file", deploy.EnvFile, "the file that may hold CDK_STACK, CDK_ACCOUNT and CDK_REGION")
}

func (o *awsOptions) environment() (deploy.Environment, error) {
	env, err := deploy.ReadEnvironment(o.flags, os.Getenv, o.envFile)
	if err != nil {
		return env, usageError{err}
	}
	return env, nil
}

// awsConfiguration is the usual AWS configuration: environment, profiles, SSO, roles. region and profile, where
// they are not empty, come before it.
func awsConfiguration(ctx context.Context, region, profile string) (aws.Config, error) {
	var options []func(*config.LoadOptions) error
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	if profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	options = append(options, config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) { o.TokenProvider = askMFACode }))
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return cfg, usageError{fmt.Errorf("reading the AWS configuration: %w", err)}
	}
	if cfg.Region == "" {
		return cfg, usageError{errors.New("the AWS configuration names no region; write --region, or CDK_REGION in .env")}
	}
	return cfg, nil
}

// askMFACode asks who sits before the terminal for the code of a role that wants one (mfa_serial in a profile).
func askMFACode() (string, error) {
	fmt.Fprint(os.Stderr, "MFA code: ")
	var code string
	_, err := fmt.Fscanln(os.Stdin, &code)
	return code, err
}

// reachable is awsConfiguration for who is about to use it.
func reachable(ctx context.Context, region, profile string) (aws.Config, error) {
	cfg, err := awsConfiguration(ctx, region, profile)
	if err != nil {
		return cfg, err
	}
	return cfg, identified(ctx, cfg)
}

// identified fails without credentials, or with a session that has expired: every call would fail for the same reason,
// and some would be tried again for minutes.
func identified(ctx context.Context, cfg aws.Config) error {
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return &event.Error{Code: "no_credentials", Message: "there are no AWS credentials, or they have expired", Err: err, Hint: logIn}
	}
	return nil
}

// logIn is what helps where AWS knows nobody.
const logIn = "log in, for example with `aws sso login --profile NAME`, and pass --profile NAME"

// located is env with the region of the AWS configuration where nothing else names one: without any, the CDK would
// deploy to us-east-1 and say nothing.
func located(ctx context.Context, env deploy.Environment) (deploy.Environment, error) {
	cfg, err := awsConfiguration(ctx, env.Region, env.Profile)
	env.Region = cfg.Region
	return env, err
}

// synthesize checks a pipeline's folder and writes its assembly, which the caller removes.
func synthesize(cmd *cobra.Command, pipelineDir string, env deploy.Environment) (deploy.Assembly, *pipeline.Pipeline, error) {
	file, err := pipeline.LoadWithoutSecrets(pipelineDir)
	if err != nil {
		return deploy.Assembly{}, nil, usageError{err}
	}
	for _, note := range deploy.Notes(file) {
		fmt.Fprintln(cmd.ErrOrStderr(), "note: "+note.String())
		if note.Refused {
			return deploy.Assembly{}, nil, usageError{errors.New("the pipeline cannot be deployed as it is")}
		}
	}
	executable, err := os.Executable()
	if err != nil {
		return deploy.Assembly{}, nil, fmt.Errorf("find this program's own folder: %w", err)
	}
	parts, err := deploy.FindParts(executable)
	if err != nil {
		return deploy.Assembly{}, nil, err
	}
	assembly, err := deploy.Synth(cmd.Context(), parts, pipelineDir, env)
	return assembly, file, err
}

// cdk is the CDK's command line on this command's terminal. Its account of what it does goes to standard error.
func cdk(cmd *cobra.Command, env deploy.Environment) deploy.CDK {
	return deploy.CDK{Env: env, In: cmd.InOrStdin(), Out: cmd.ErrOrStderr(), Err: cmd.ErrOrStderr()}
}

// asker asks people who sit before the terminal. Its zero value cannot be used.
type asker struct {
	lines *bufio.Reader
	out   io.Writer
}

func newAsker(cmd *cobra.Command) asker {
	return asker{bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 64<<10)), cmd.ErrOrStderr()}
}

// confirm is nil if the answer to the question is expected, letter by letter.
func (a asker) confirm(question, expected string) error {
	fmt.Fprintf(a.out, "%s\nWrite %s to go on: ", question, expected)
	answer, err := a.lines.ReadString('\n')
	if strings.TrimSpace(answer) == expected {
		return nil
	}
	if errors.Is(err, io.EOF) && answer == "" {
		fmt.Fprintln(a.out)
		return &event.Error{Code: "not_confirmed", Message: "nobody answered, and nothing was done", Hint: "a program that knows what it does passes --yes"}
	}
	return &event.Error{Code: "not_confirmed", Message: fmt.Sprintf("the answer was not %s, and nothing was done", expected)}
}

// absolute is a path that means the same in any folder.
func absolute(path string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", path, err)
	}
	return full, nil
}
