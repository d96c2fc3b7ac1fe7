package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/jsii-runtime-go"
)

type function = awslambda.CfnFunction

const (
	// transformerMiB gives the function under a third of a core (one comes at 1,769 MiB), which is more
	// than a call of 1 MiB of events needs.
	transformerMiB = 512
	// transformerSeconds is Firehose's own limit for a call: 5 minutes. A call takes milliseconds; what takes
	// longer than this is stuck.
	transformerSeconds = 60
)

// transformer is the Lambda that runs the contracts, which are in its zip.
func (s *stack) transformer(key cmk) function {
	code := awss3assets.NewAsset(s.scope, jsii.String("TransformerCode"), &awss3assets.AssetProps{Path: &s.cfg.Transformer})
	logs := s.logGroup("TransformerLogs", key)
	role := s.role("TransformerRole", "lambda", "The transformer writes its own log, and nothing else", nil,
		allow([]string{"logs:CreateLogStream", "logs:PutLogEvents"}, inGroup(logs)))
	f := awslambda.NewCfnFunction(s.scope, jsii.String("Transformer"), &awslambda.CfnFunctionProps{
		Description:   jsii.Sprintf("Classifies, validates and transforms the events of pipeline %s", s.cfg.name()),
		Runtime:       jsii.String("provided.al2023"),
		Architectures: jsii.Strings("arm64"),
		Handler:       jsii.String("bootstrap"),
		Code:          map[string]any{"s3Bucket": code.S3BucketName(), "s3Key": code.S3ObjectKey()},
		Role:          role.AttrArn(),
		MemorySize:    jsii.Number(transformerMiB),
		Timeout:       jsii.Number(transformerSeconds),
		LoggingConfig: map[string]any{"logGroup": logs.Ref(), "logFormat": "JSON"},
	})
	code.AddResourceMetadata(f, jsii.String("Code"))
	explain(f,
		reason{"CKV_AWS_115", "Firehose bounds its calls itself (5 for a shard); a reserved number would be taken from the account's other functions"},
		reason{"CKV_AWS_116", "Firehose calls synchronously and keeps what fails under errors/; a dead letter queue would never get anything"},
		reason{"CKV_AWS_117", "the function reaches nothing over the network, so there is nothing a VPC could protect"},
	)
	return f
}

// logGroup goes with the stack: what matters of it is in the metrics.
func (s *stack) logGroup(id string, key cmk) awslogs.CfnLogGroup {
	group := awslogs.NewCfnLogGroup(s.scope, &id, &awslogs.CfnLogGroupProps{
		RetentionInDays: jsii.Number(logRetentionDays), KmsKeyId: key.AttrArn(),
	})
	group.ApplyRemovalPolicy(awscdk.RemovalPolicy_DESTROY, nil)
	return group
}

// inGroup is the ARN of the log streams of a group; AttrArn of a group ends in ":*" already.
func inGroup(group awslogs.CfnLogGroup) *string { return group.AttrArn() }
