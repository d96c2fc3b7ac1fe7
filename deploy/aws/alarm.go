package main

import (
	"math"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"
)

// topic takes the alarms; `aws: {notify: ...}` in pipeline.yaml subscribes an address to it.
func (s *stack) topic(key cmk) awssns.CfnTopic {
	// SNS: a display name has 100 characters at most.
	topic := awssns.NewCfnTopic(s.scope, jsii.String("Alarms"), &awssns.CfnTopicProps{
		DisplayName: jsii.Sprintf("Pipeline %.91s", s.cfg.name()), KmsMasterKeyId: key.AttrArn(),
	})
	awssns.NewCfnTopicPolicy(s.scope, jsii.String("AlarmsPolicy"), &awssns.CfnTopicPolicyProps{
		Topics: jsii.Strings(*topic.Ref()),
		PolicyDocument: document(statement{
			"Sid": "AlarmsOfThisAccount", "Effect": "Allow", "Action": "sns:Publish", "Resource": topic.Ref(),
			"Principal": map[string]any{"Service": "cloudwatch.amazonaws.com"},
			"Condition": s.thisAccount(),
		}),
	})
	if to := s.cfg.Pipeline.AWS.Notify; to != "" {
		awssns.NewCfnSubscription(s.scope, jsii.String("AlarmsByMail"), &awssns.CfnSubscriptionProps{
			TopicArn: topic.Ref(), Protocol: jsii.String("email"), Endpoint: &to,
		})
	}
	return topic
}

// alarm is a condition that people are told of when it starts and when it ends.
type alarm struct {
	id, description   string
	namespace, metric string
	dimensions        []any
	statistic         string // such as Maximum, or p99
	above, below      float64
	during            window
}

// window is over which time a metric must be so: in each of these periods. A period without a value counts as well,
// so what comes less often than every minute must be looked at in one period long enough to have a value.
type window struct{ seconds, periods float64 }

var (
	// minute is for what is a fault at once.
	minute = window{60, 1}
	// fiveMinutes in a row are for what traffic makes every minute, and may happen now and then.
	fiveMinutes = window{60, 5}
	// lately is for what comes with a call of the transformer.
	lately = window{300, 1}
)

// written is for what comes with a file: it has a value once in a buffer's interval, half of it later at most.
func (s *stack) written() window {
	minutes := math.Ceil(1.5 * s.cfg.Pipeline.AWS.Buffer.Interval.Minutes())
	return window{max(lately.seconds, 60*minutes), 1}
}

// lateMillis is when reading falls behind so far that people should know: 5 minutes, far below any retention.
const lateMillis = 5 * 60 * 1000

// freshnessFactor: Firehose may be late by 1.5 times its interval with dynamic partitioning; three times is late.
const freshnessFactor = 3

func (s *stack) alarms(topic awssns.CfnTopic, source source, lake bucket, f function, d delivery) {
	stream := []any{dimension("StreamName", source.Ref())}
	firehose := []any{dimension("DeliveryStreamName", d.Ref())}
	lambda := []any{dimension("FunctionName", f.Ref())}
	errors := []any{dimension("BucketName", lake.Ref()), dimension("FilterId", jsii.String(errorMetric))}
	late := max(300, freshnessFactor*s.cfg.Pipeline.AWS.Buffer.Interval.Seconds())
	written := s.written()
	for _, a := range []alarm{
		{"IteratorAge", "Firehose reads the stream more than 5 minutes late", "AWS/Kinesis", "GetRecords.IteratorAgeMilliseconds", stream, "Maximum", lateMillis, 0, fiveMinutes},
		{"WritesThrottled", "Producers are throttled: the stream needs more shards", "AWS/Kinesis", "WriteProvisionedThroughputExceeded", stream, "Sum", 0, 0, fiveMinutes},
		{"ReadsThrottled", "Readers of the stream are throttled", "AWS/Kinesis", "ReadProvisionedThroughputExceeded", stream, "Sum", 0, 0, fiveMinutes},
		{"SourceBehind", "Firehose is more than 5 minutes behind the stream", "AWS/Firehose", "KinesisMillisBehindLatest", firehose, "Maximum", lateMillis, 0, lately},
		{"SourceThrottled", "Firehose's reads of the stream are throttled", "AWS/Firehose", "ThrottledGetRecords", firehose, "Sum", 0, 0, fiveMinutes},
		{"Freshness", "The oldest event in Firehose waits longer than three buffers", "AWS/Firehose", "DeliveryToS3.DataFreshness", firehose, "Maximum", late, 0, written},
		{"DeliveryFails", "Firehose cannot write to the lake", "AWS/Firehose", "DeliveryToS3.Success", firehose, "Average", 0, 1, written},
		{"TransformFails", "Calls of the transformer fail", "AWS/Firehose", "ExecuteProcessing.Success", firehose, "Average", 0, 1, lately},
		{"PartitionsExceeded", "There are more tables than Firehose has partitions", "AWS/Firehose", "PartitionCountExceeded", firehose, "Maximum", 0, 0, minute},
		{"TransformerErrors", "The transformer ended with an error", "AWS/Lambda", "Errors", lambda, "Sum", 0, 0, minute},
		{"TransformerThrottled", "The transformer is throttled: the account's concurrency is used up", "AWS/Lambda", "Throttles", lambda, "Sum", 0, 0, lately},
		{"TransformerSlow", "The transformer takes more than half of its time limit", "AWS/Lambda", "Duration", lambda, "p99", transformerSeconds * 1000 / 2, 0, lately},
		{"ErrorObjects", "Firehose wrote events under errors/; `penstock redrive` sends them again", "AWS/S3", "PutRequests", errors, "Sum", 0, 0, minute},
	} {
		s.alarm(topic, a)
	}
}

func dimension(name string, value *string) map[string]any {
	return map[string]any{"name": name, "value": value}
}

func (s *stack) alarm(topic awssns.CfnTopic, a alarm) {
	props := &awscloudwatch.CfnAlarmProps{
		AlarmDescription: &a.description, Namespace: &a.namespace, MetricName: &a.metric, Dimensions: a.dimensions,
		Period: jsii.Number(a.during.seconds), EvaluationPeriods: jsii.Number(a.during.periods),
		ComparisonOperator: jsii.String("GreaterThanThreshold"), Threshold: &a.above,
		// No traffic is no fault.
		TreatMissingData: jsii.String("notBreaching"),
		AlarmActions:     &[]any{topic.Ref()}, OkActions: &[]any{topic.Ref()},
	}
	if a.below > 0 {
		props.ComparisonOperator, props.Threshold = jsii.String("LessThanThreshold"), &a.below
	}
	if a.statistic[0] == 'p' {
		props.ExtendedStatistic = &a.statistic
	} else {
		props.Statistic = &a.statistic
	}
	awscloudwatch.NewCfnAlarm(s.scope, jsii.String("Alarm"+a.id), props)
}
