package cloud

import (
	"context"
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// Bucket is snowflake.Bucket on S3.
type Bucket struct{ client *s3.Client }

// NewBucket takes credentials and region from cfg. pathStyle is for stores other than S3.
func NewBucket(cfg aws.Config, pathStyle bool) Bucket {
	return Bucket{s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = pathStyle
		// What Firehose wrote may have no checksum that the SDK knows, which it would tell the terminal of each object.
		o.DisableLogOutputChecksumValidationSkipped = true
	})}
}

// Region implements snowflake.Bucket.
func (b Bucket) Region(ctx context.Context, bucket string) (string, error) {
	out, err := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket})
	if region := redirected(err); region != "" {
		return region, nil
	}
	if err != nil {
		return "", explainBucket(bucket, err)
	}
	return aws.ToString(out.BucketRegion), nil
}

// redirected is the region that S3 sends a request on to.
func redirected(err error) string {
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	if !ok || response.HTTPStatusCode() != http.StatusMovedPermanently {
		return ""
	}
	return response.HTTPResponse().Header.Get("X-Amz-Bucket-Region")
}

// Key implements snowflake.Bucket.
func (b Bucket) Key(ctx context.Context, bucket string) (string, error) {
	out, err := b.client.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &bucket})
	if codeOf(err) == "ServerSideEncryptionConfigurationNotFoundError" {
		return "", nil
	}
	if err != nil {
		return "", explainBucket(bucket, err)
	}
	for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
		if by := rule.ApplyServerSideEncryptionByDefault; by != nil && by.KMSMasterKeyID != nil {
			return *by.KMSMasterKeyID, nil
		}
	}
	return "", nil
}

// Policy implements snowflake.Bucket.
func (b Bucket) Policy(ctx context.Context, bucket string) (string, error) {
	out, err := b.client.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: &bucket})
	if codeOf(err) == "NoSuchBucketPolicy" {
		return "", nil
	}
	if err != nil {
		return "", explainBucket(bucket, err)
	}
	return aws.ToString(out.Policy), nil
}

// SetPolicy implements snowflake.Bucket.
func (b Bucket) SetPolicy(ctx context.Context, bucket, document string) error {
	var err error
	if document == "" {
		_, err = b.client.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &bucket})
	} else {
		_, err = b.client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &document})
	}
	return explainBucket(bucket, err)
}

func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}
