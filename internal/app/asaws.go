package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/penstock/penstock/internal/deliver"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/firehose/prefix"
	"github.com/penstock/penstock/internal/firehose/processor"
	"github.com/penstock/penstock/internal/lambda"
)

// TransformerCommand is the hidden command that is the pipeline's Lambda function.
const TransformerCommand = "transformer"

// AsAWS makes delivery behave as Data Firehose: a function transforms the records, and the lake holds what
// Firehose would write.
type AsAWS struct {
	// Transformer is a folder, a zip, a handler's file or the URL of a Lambda endpoint. Default: the
	// pipeline's own function, which is deployed to AWS.
	Transformer string
	// Handler of the transformer, such as index.handler; default by its files.
	Handler string
	// Env are variables of the transformer's environment, NAME=VALUE.
	Env []string
	// Prefix and ErrorPrefix are Firehose's. Default: those Penstock deploys; for another transformer,
	// which may know nothing of partition keys, data/ and errors/, to which Firehose adds the time.
	Prefix, ErrorPrefix *string
	// AWSBuffer uses the buffer of the word aws in pipeline.yaml. Default: delivery's, so that rows can be
	// queried within seconds.
	AWSBuffer bool
}

// asAWS is AsAWS with what it names opened.
type asAWS struct {
	AsAWS
	function     *lambda.Function
	data, errors *prefix.Prefix
}

func textOr(text *string, otherwise string) string {
	if text == nil {
		return otherwise
	}
	return *text
}

// openTransformer prepares the function; its processes start with the first records.
func (p *parts) openTransformer(context.Context) (err error) {
	if p.aws == nil {
		return nil
	}
	data, failures := prefix.Data, prefix.Errors
	if p.aws.Transformer != "" {
		data, failures = "data/", "errors/"
	}
	if p.aws.data, err = prefix.Parse(textOr(p.aws.Prefix, data), prefix.ForData); err != nil {
		return pipelineFault{&event.Error{Code: "prefix", Message: "--prefix cannot be evaluated", Err: err, Hint: "write it as Firehose takes it, such as " + prefix.Data}}
	}
	if p.aws.errors, err = prefix.Parse(textOr(p.aws.ErrorPrefix, failures), prefix.ForErrors); err != nil {
		return pipelineFault{&event.Error{Code: "prefix", Message: "--error-prefix cannot be evaluated", Err: err, Hint: "write it as Firehose takes it, such as " + prefix.Errors}}
	}
	if err := os.MkdirAll(p.tempDir(), 0o700); err != nil {
		return fmt.Errorf("preparing the transformer: %w", err)
	}
	cfg := lambda.Config{
		Source: p.aws.Transformer, Handler: p.aws.Handler, Env: p.aws.Env, ScratchDir: p.tempDir(), Logger: p.logger,
	}
	if cfg.Source == "" {
		own, err := os.Executable()
		if err != nil {
			return fmt.Errorf("finding the transformer: %w", err)
		}
		dir, err := filepath.Abs(p.file.Dir)
		if err != nil {
			return fmt.Errorf("finding the pipeline's folder: %w", err)
		}
		cfg.Command, cfg.TaskRoot, cfg.Name = []string{own, TransformerCommand}, dir, p.file.Name+"-transformer"
	}
	p.aws.function, err = lambda.Open(cfg)
	if err != nil {
		return pipelineFault{err}
	}
	return nil
}

// transforms makes a worker's configuration that of one whose records a function transforms.
func (p *parts) transforms(shard event.Shard, cfg *deliver.Config, deps *deliver.Deps) error {
	made, err := processor.New(processor.Config{
		Shard: shard, Contracts: p.file.Contracts, Data: p.aws.data, Errors: p.aws.errors, Extension: ".csv.gz", Logger: p.logger,
	}, firehoseFunction{p.aws.function})
	if err != nil {
		return err
	}
	if p.aws.AWSBuffer {
		cfg.BufferSize, cfg.BufferInterval = p.file.AWS.Buffer.Size, p.file.AWS.Buffer.Interval
	}
	deps.Processor = relayedBy{made}
	deps.Results = deliver.NewFileResults(filepath.Join(p.dataDir, fmt.Sprintf("transformed-%d", shard.Index)))
	return nil
}

// firehoseFunction is a function whose failures have Firehose's codes.
type firehoseFunction struct{ *lambda.Function }

func (f firehoseFunction) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	body, err := f.Function.Invoke(ctx, payload)
	failed, ok := errors.AsType[*lambda.Error](err)
	if !ok {
		return body, err
	}
	known := &processor.InvokeError{Detail: failed.Error(), Retry: true,
		Code: "Lambda.FunctionError", Message: "The Lambda function was successfully invoked but it returned an error result."}
	switch failed.Kind {
	case lambda.Throttled:
		known.Code, known.Message = "Lambda.InvokeLimitExceeded", "The Lambda function invocation limit was exceeded."
	case lambda.Denied:
		known.Code, known.Message, known.Retry = "Lambda.InvokeAccessDenied", "The caller may not invoke the Lambda function.", false
	case lambda.NotFound:
		known.Code, known.Message, known.Retry = "Lambda.ResourceNotFound", "The Lambda function does not exist.", false
	case lambda.Unavailable:
		known.Code, known.Message = "Lambda.ServiceUnavailable", "The Lambda function could not be invoked."
	case lambda.TooLarge:
		known.Code, known.Message, known.Retry = "Lambda.RequestTooLarge", "The payload is larger than the Lambda function takes.", false
	}
	return nil, known
}

// relayedBy is a processor as delivery knows one.
type relayedBy struct{ *processor.Processor }

func (r relayedBy) Process(ctx context.Context, records []event.Record) ([]deliver.Processed, error) {
	results, err := r.Processor.Process(ctx, records)
	if err != nil {
		return nil, err
	}
	processed := make([]deliver.Processed, len(results))
	for i, result := range results {
		for _, out := range result.Outputs {
			processed[i].Outputs = append(processed[i].Outputs, deliver.Output{
				Object: out.Object, Line: out.Line, Table: out.Table, Plain: out.Plain, Reason: out.Reason, Contract: out.Contract,
			})
		}
	}
	return processed, nil
}

func (r relayedBy) Name(object string, f deliver.NewFile, seed string) string {
	return r.Processor.Name(object, f.Oldest, seed)
}
