package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"github.com/penstock/penstock/internal/firehose/prefix"
)

type bucket = awss3.CfnBucket

// The lake's prefixes. Files of tables lie as on one machine; what Firehose could not process lies beside,
// never inside, so that auto-ingest does not meet it. The quarantine is a table of the lake.
const (
	dataPrefix  = prefix.Data
	errorPrefix = prefix.Errors
	errorRoot   = "errors/"
)

const (
	// errorsKeptDays is how long there is to redrive what Firehose could not process.
	errorsKeptDays = 90
	// oldVersionsKeptDays is how long a deleted or overwritten file can be brought back.
	oldVersionsKeptDays = 30
)

// lake is the bucket. It stays when the stack goes: the data is the team's.
func (s *stack) lake(key cmk) bucket {
	lake := awss3.NewCfnBucket(s.scope, jsii.String("Lake"), &awss3.CfnBucketProps{
		BucketEncryption: map[string]any{"serverSideEncryptionConfiguration": []any{map[string]any{
			"bucketKeyEnabled":              true,
			"serverSideEncryptionByDefault": map[string]any{"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key.AttrArn()},
		}}},
		PublicAccessBlockConfiguration: map[string]any{
			"blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true, "restrictPublicBuckets": true,
		},
		OwnershipControls:       map[string]any{"rules": []any{map[string]any{"objectOwnership": "BucketOwnerEnforced"}}},
		VersioningConfiguration: map[string]any{"status": "Enabled"},
		LifecycleConfiguration: map[string]any{"rules": []any{
			map[string]any{"id": "errors", "status": "Enabled", "prefix": errorRoot, "expirationInDays": errorsKeptDays},
			map[string]any{
				"id": "old-versions", "status": "Enabled",
				"noncurrentVersionExpiration":    map[string]any{"noncurrentDays": oldVersionsKeptDays},
				"abortIncompleteMultipartUpload": map[string]any{"daysAfterInitiation": 7},
			},
		}},
		// Counts the objects that appear under errors/, for the alarm.
		MetricsConfigurations: []any{map[string]any{"id": errorMetric, "prefix": errorRoot}},
	})
	stays(lake)
	explain(lake, reason{"CKV_AWS_18", "Firehose and Snowflake are the only callers; CloudTrail's data events tell of others without a second bucket of access logs"})
	policy := awss3.NewCfnBucketPolicy(s.scope, jsii.String("LakePolicy"), &awss3.CfnBucketPolicyProps{
		Bucket: lake.Ref(),
		PolicyDocument: document(statement{
			"Sid": "TLSOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
			"Resource":  []any{lake.AttrArn(), within(lake, "*")},
			"Condition": map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}},
		}),
	})
	stays(policy)
	return lake
}

// errorMetric names the request metrics of the error prefix.
const errorMetric = "errors"

// within is the ARN of objects in a bucket.
func within(b bucket, path string) *string {
	return awscdk.Fn_Join(jsii.String("/"), jsii.Strings(*b.AttrArn(), path))
}
