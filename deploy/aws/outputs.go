package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
)

// outputs are what `penstock aws`, `penstock snowflake` and people read; the first four keep their well-known names.
func (s *stack) outputs(source source, lake bucket, f function, d delivery, topic awssns.CfnTopic, producer awsiam.CfnManagedPolicy) {
	s.output("lambdaFunctionName", f.Ref(), "The transformer")
	s.output("s3BucketName", lake.Ref(), "The lake")
	s.output("kinesisDataStreamName", source.Ref(), "The source stream: services put events here")
	s.output("kinesisFirehoseDeliveryStreamName", d.Ref(), "The delivery stream")
	s.output("lambdaFunctionArn", f.AttrArn(), "ARN of the transformer")
	s.output("s3BucketArn", lake.AttrArn(), "ARN of the lake")
	s.output("kinesisDataStreamArn", source.AttrArn(), "ARN of the source stream")
	s.output("kinesisFirehoseDeliveryStreamArn", d.AttrArn(), "ARN of the delivery stream")
	s.output("producerPolicyArn", producer.Ref(), "Attach it to the roles of services that put events")
	s.output("alarmTopicArn", topic.Ref(), "Alarms are sent here")
	s.output("dataPrefix", ptr("data/"), "Tables lie below it in the lake")
	s.output("errorPrefix", ptr(errorRoot), "What Firehose could not process lies below it")
	s.output("region", s.scope.Region(), "The region of all of it")
}

func ptr(s string) *string { return &s }
