// Package function is the Lambda function itself: a firehose.Transformer behind the Lambda runtime, for
// the zip that is deployed and for a pipeline on one machine that behaves as on AWS.
package function

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/penstock/penstock/internal/firehose"
	"github.com/penstock/penstock/internal/pipeline"
)

// FolderVariable names the environment variable that holds the folder of a function's code, the unpacked
// zip; Lambda sets it.
const FolderVariable = "LAMBDA_TASK_ROOT"

// Run serves invocations with the contracts of the pipeline whose folder FolderVariable names, and never
// returns but with an error: the contracts have faults, or there is no Lambda runtime.
func Run() error {
	dir := os.Getenv(FolderVariable)
	if dir == "" {
		return fmt.Errorf("%s is not set: this program is a function for AWS Lambda, and its zip carries the pipeline's contracts", FolderVariable)
	}
	set, err := pipeline.Contracts(dir)
	if err != nil {
		return err
	}
	lambda.StartWithOptions(Handler{firehose.New(set), os.Stdout})
	return nil
}

// Handler is a Transformer as a lambda.Handler. Lambda gives a function one invocation at a time.
type Handler struct {
	Transformer *firehose.Transformer
	// Metrics gets a report of each invocation in the embedded metric format.
	Metrics io.Writer
}

// Invoke implements lambda.Handler. An error fails the invocation and with it the whole batch, which
// only an event that is none of Firehose's deserves.
func (h Handler) Invoke(_ context.Context, payload []byte) ([]byte, error) {
	response, report, err := h.Transformer.Transform(payload)
	if err != nil {
		return nil, err
	}
	return response, firehose.WriteMetrics(h.Metrics, report, time.Now())
}
