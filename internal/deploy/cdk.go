package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/penstock/penstock/internal/event"
)

// CDKPackage is the command line of the CDK on npm. It reads assemblies up to the schema of its own day;
// penstock-aws writes schema 54.
const CDKPackage = "aws-cdk@2.1148.1"

const (
	// Qualifier is in the names of what `cdk bootstrap` makes for Penstock, which leaves alone what the
	// account's other CDK applications use. The template that penstock-aws writes has it too.
	Qualifier = "penstock"
	// ToolkitStack is the stack that holds it.
	ToolkitStack = "PenstockToolkit"
)

// quiet has npm not advertise itself amid what the CDK says, and the CDK tell nobody that it was used.
var quiet = []string{"NPM_CONFIG_UPDATE_NOTIFIER=false", "CDK_DISABLE_CLI_TELEMETRY=true"}

// CDK runs the CDK's command line.
type CDK struct {
	Env Environment
	// In, Out and Err are the terminal's: the CDK asks and shows its own progress.
	In       io.Reader
	Out, Err io.Writer
}

// Diff shows what a deployment would change.
func (c CDK) Diff(ctx context.Context, a Assembly) error {
	return c.run(ctx, "diff", "--app", a.Dir, c.Env.Stack)
}

// Deploy deploys and writes the stack's outputs to the file outputs as {stack: {name: value}}. Unless yes, the
// CDK asks before rights are broadened.
func (c CDK) Deploy(ctx context.Context, a Assembly, outputs string, yes bool) error {
	approval := "broadening"
	if yes {
		approval = "never"
	}
	return c.run(ctx, "deploy", "--app", a.Dir, "--outputs-file", outputs, "--require-approval", approval,
		"--progress", "events", c.Env.Stack)
}

// Destroy deletes the stack; the caller has asked.
func (c CDK) Destroy(ctx context.Context, a Assembly) error {
	return c.run(ctx, "destroy", "--app", a.Dir, "--force", c.Env.Stack)
}

// Bootstrap makes the CDK's own roles and its bucket for code, with execution policies that CloudFormation may
// use and nothing beyond. Account and region must be known.
func (c CDK) Bootstrap(ctx context.Context, policies []string) error {
	if c.Env.Account == "" || c.Env.Region == "" {
		return errors.New("bootstrap: account and region are not known")
	}
	args := []string{"bootstrap", "aws://" + c.Env.Account + "/" + c.Env.Region,
		"--qualifier", Qualifier, "--toolkit-stack-name", ToolkitStack}
	for _, arn := range policies {
		args = append(args, "--cloudformation-execution-policies", arn)
	}
	return c.run(ctx, args...)
}

func (c CDK) run(ctx context.Context, args ...string) error {
	npx, err := needs("npx")
	if err != nil {
		return err
	}
	full := append([]string{"--yes", CDKPackage}, args...)
	if c.Env.Profile != "" {
		full = append(full, "--profile", c.Env.Profile)
	}
	cmd := exec.CommandContext(ctx, npx, full...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.In, c.Out, c.Err
	// An interrupted deployment goes on in CloudFormation; the CDK is told, not killed.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Env = append(os.Environ(), quiet...)
	if c.Env.Region != "" {
		cmd.Env = append(cmd.Env, "AWS_REGION="+c.Env.Region)
	}
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &event.Error{Code: "cdk_failed", Message: fmt.Sprintf("`cdk %s` failed; what it said is above", args[0]), Err: err,
			Hint: "if that is about an account or credentials: log in, for example with `aws sso login --profile NAME`, and pass --profile NAME; if it is about npm: the first call needs the network"}
	}
	return nil
}
