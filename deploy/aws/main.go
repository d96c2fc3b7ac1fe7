// Penstock-aws synthesizes the CloudFormation template of a pipeline folder. `penstock aws` runs it; it needs
// Node, in which the CDK's own code runs, and neither credentials nor a network.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock/penstock/internal/pipeline"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "penstock-aws: "+err.Error())
		os.Exit(2)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("penstock-aws", flag.ContinueOnError)
	dir := flags.String("pipeline", ".", "the pipeline's `folder`")
	transformer := flags.String("transformer", "", "the `folder` that becomes the function's zip: bootstrap, and the pipeline's contracts")
	out := flags.String("out", "cdk.out", "the `folder` for the template and its assets")
	name := flags.String("stack", "PipelineStack", "the stack's `name`")
	account := flags.String("account", "", "the account's `number`; empty for a template of any account")
	region := flags.String("region", "", "the `region`; empty for a template of any region")
	if err := flags.Parse(args); err != nil {
		return err
	}
	file, err := pipeline.LoadWithoutSecrets(*dir)
	if err != nil {
		return err
	}
	if _, err := os.Stat(*transformer + "/bootstrap"); err != nil {
		return fmt.Errorf("the transformer's folder has no bootstrap: %w", err)
	}
	defer jsii.Close()
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: out, AnalyticsReporting: jsii.Bool(false)})
	newStack(app, stackConfig{
		Name: *name, Account: *account, Region: *region, Pipeline: file, Transformer: *transformer,
	})
	app.Synth(nil)
	return nil
}
