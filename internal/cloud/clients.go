package cloud

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Pipeline is a pipeline on AWS. Its methods may be called at once.
type Pipeline struct {
	names Outputs

	stream   *kinesis.Client
	delivery *firehose.Client
	function *lambda.Client
	lake     *s3.Client
	logs     *cloudwatchlogs.Client
	alarms   *cloudwatch.Client
}

// New makes a Pipeline of a stack's outputs. Endpoints are those of cfg, which reads AWS_ENDPOINT_URL.
func New(names Outputs, cfg aws.Config) *Pipeline {
	return &Pipeline{
		names: names, stream: kinesis.NewFromConfig(cfg), delivery: firehose.NewFromConfig(cfg), function: lambda.NewFromConfig(cfg),
		// What Firehose wrote may have no checksum that the SDK knows, which it would tell the terminal of each object.
		lake: s3.NewFromConfig(cfg, func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true }),
		logs: cloudwatchlogs.NewFromConfig(cfg), alarms: cloudwatch.NewFromConfig(cfg),
	}
}
