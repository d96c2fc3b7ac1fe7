package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesisfirehose"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
)

type delivery = awskinesisfirehose.CfnDeliveryStream

const (
	// Firehose gathers this much for a call of the transformer. 1 MiB of events, and what the answer adds to
	// it, stays far below the 6 MB a call may carry each way.
	callMiB     = "1"
	callSeconds = "60"
	// callRetries of a call that timed out or met a limit; then its records go to the error prefix.
	callRetries = "3"
	// partitionRetrySeconds is how long a partition that cannot be written is tried again.
	partitionRetrySeconds = 300
)

// delivery is the delivery stream. Dynamic partitioning is always on: it cannot be switched on later.
func (s *stack) delivery(key cmk, source source, lake bucket, f function) delivery {
	logs := s.logGroup("DeliveryLogs", key)
	toS3 := awslogs.NewCfnLogStream(s.scope, jsii.String("DeliveryLog"), &awslogs.CfnLogStreamProps{
		LogGroupName: logs.Ref(), LogStreamName: jsii.String("S3Delivery"),
	})
	reader := s.sourceRole(key, source)
	writer := s.deliveryRole(key, lake, f, logs)
	buffer := s.cfg.Pipeline.AWS.Buffer
	d := awskinesisfirehose.NewCfnDeliveryStream(s.scope, jsii.String("Delivery"), &awskinesisfirehose.CfnDeliveryStreamProps{
		DeliveryStreamType: jsii.String("KinesisStreamAsSource"),
		KinesisStreamSourceConfiguration: map[string]any{
			"kinesisStreamArn": source.AttrArn(), "roleArn": reader.AttrArn(),
		},
		ExtendedS3DestinationConfiguration: map[string]any{
			"bucketArn": lake.AttrArn(), "roleArn": writer.AttrArn(),
			"prefix": dataPrefix, "errorOutputPrefix": errorPrefix,
			"fileExtension": ".csv.gz", "compressionFormat": "GZIP", "customTimeZone": "UTC",
			"bufferingHints":                   map[string]any{"sizeInMBs": buffer.Size >> 20, "intervalInSeconds": int(buffer.Interval.Seconds())},
			"dynamicPartitioningConfiguration": map[string]any{"enabled": true, "retryOptions": map[string]any{"durationInSeconds": partitionRetrySeconds}},
			"processingConfiguration":          map[string]any{"enabled": true, "processors": []any{transform(f)}},
			"cloudWatchLoggingOptions":         map[string]any{"enabled": true, "logGroupName": logs.Ref(), "logStreamName": toS3.Ref()},
		},
	})
	explain(d,
		reason{"CKV_AWS_240", "the source is a Kinesis stream, which encrypts with the pipeline's key; Firehose takes no encryption of its own then"},
		reason{"CKV_AWS_241", "as for CKV_AWS_240"},
	)
	return d
}

func transform(f function) map[string]any {
	parameter := func(name string, value any) map[string]any {
		return map[string]any{"parameterName": name, "parameterValue": value}
	}
	return map[string]any{"type": "Lambda", "parameters": []any{
		parameter("LambdaArn", f.AttrArn()),
		parameter("BufferSizeInMBs", callMiB),
		parameter("BufferIntervalInSeconds", callSeconds),
		parameter("NumberOfRetries", callRetries),
	}}
}

// sourceRole reads the stream. (Firehose's guide, "Grant Firehose access to Kinesis data streams".)
func (s *stack) sourceRole(key cmk, source source) role {
	return s.role("SourceRole", "firehose", "Firehose reads the source stream", s.thisAccount(),
		allow([]string{"kinesis:DescribeStream", "kinesis:GetShardIterator", "kinesis:GetRecords", "kinesis:ListShards"}, source.AttrArn()),
		allow([]string{"kms:Decrypt"}, key.AttrArn()).when(s.via("kinesis")),
	)
}

// latest is the function's ARN with the version it is called in when none is named. Rights for an ARN without a
// version do not hold for one with it, and Firehose's guide writes the ARN with a version.
func latest(f function) *string {
	return awscdk.Fn_Join(jsii.String(":"), jsii.Strings(*f.AttrArn(), "$LATEST"))
}

// deliveryRole writes the lake. (The guide's "Grant Firehose access to an Amazon S3 destination", without
// what other destinations need.)
func (s *stack) deliveryRole(key cmk, lake bucket, f function, logs awslogs.CfnLogGroup) role {
	return s.role("DeliveryRole", "firehose", "Firehose calls the transformer and writes the lake", s.thisAccount(),
		allow([]string{"s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"}, lake.AttrArn()),
		allow([]string{"s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"}, []any{within(lake, "data/*"), within(lake, errorRoot+"*")}),
		allow([]string{"kms:Decrypt", "kms:GenerateDataKey"}, key.AttrArn()).when(s.via("s3")),
		allow([]string{"lambda:InvokeFunction", "lambda:GetFunctionConfiguration"}, []any{f.AttrArn(), latest(f)}),
		allow([]string{"logs:PutLogEvents"}, inGroup(logs)),
	)
}
