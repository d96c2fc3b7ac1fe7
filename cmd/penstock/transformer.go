package main

import (
	"github.com/spf13/cobra"

	"github.com/penstock/penstock/internal/app"
	"github.com/penstock/penstock/internal/firehose/function"
)

// newTransformerCommand is the pipeline's Lambda function, as `up --as-aws` runs it: the code that is
// deployed, without a second binary.
func newTransformerCommand() *cobra.Command {
	return &cobra.Command{
		Use:    app.TransformerCommand,
		Short:  "Transform records for a delivery stream, under a Lambda runtime",
		Hidden: true,
		Args:   usageArgs(cobra.NoArgs),
		RunE:   func(*cobra.Command, []string) error { return function.Run() },
	}
}
