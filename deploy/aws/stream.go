package main

import (
	"math"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskinesis"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock/penstock/internal/pipeline"
)

type source = awskinesis.CfnStream

// leastRetention is Kinesis' own floor; the one machine allows less.
const leastRetentionHours = 24

// stream is the source stream under the name the services know.
func (s *stack) stream(key cmk) source {
	file := s.cfg.Pipeline
	props := &awskinesis.CfnStreamProps{
		Name:                 &file.Stream.Name,
		RetentionPeriodHours: jsii.Number(max(leastRetentionHours, math.Ceil(file.Stream.Retention.Hours()))),
		MaxRecordSizeInKiB:   jsii.Number(math.Ceil(float64(file.Stream.MaxRecord) / 1024)),
		StreamEncryption:     map[string]any{"encryptionType": "KMS", "keyId": key.AttrArn()},
		StreamModeDetails:    map[string]any{"streamMode": "PROVISIONED"},
		ShardCount:           jsii.Number(file.Stream.Shards),
	}
	if file.AWS.Capacity == pipeline.OnDemand {
		props.StreamModeDetails = map[string]any{"streamMode": "ON_DEMAND"}
		props.ShardCount = nil
	}
	stream := awskinesis.NewCfnStream(s.scope, jsii.String("Stream"), props)
	stream.ApplyRemovalPolicy(awscdk.RemovalPolicy_DESTROY, nil)
	return stream
}
