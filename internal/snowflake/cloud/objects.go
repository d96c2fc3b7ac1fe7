package cloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/penstock/penstock/internal/event"
)

// Objects is snowflake.Objects on S3.
type Objects struct {
	client *s3.Client
	bucket string
}

// Objects are those of one bucket.
func (b Bucket) Objects(bucket string) Objects { return Objects{b.client, bucket} }

// Open implements snowflake.Objects.
func (o Objects) Open(ctx context.Context, key string) (io.ReadCloser, error) {
	out, err := o.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &o.bucket, Key: &key})
	if codeOf(err) == "NoSuchKey" {
		return nil, fmt.Errorf("%s: %w", key, fs.ErrNotExist)
	}
	if err != nil {
		return nil, o.explain(err)
	}
	return out.Body, nil
}

// Exists implements snowflake.Objects.
func (o Objects) Exists(ctx context.Context, key string) (bool, error) {
	_, err := o.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &o.bucket, Key: &key})
	if statusOf(err) == http.StatusNotFound && codeOf(err) != "NoSuchBucket" {
		return false, nil
	}
	return err == nil, o.explain(err)
}

// Create implements snowflake.Objects.
func (o Objects) Create(ctx context.Context, key string, body io.ReadSeeker) error {
	_, err := o.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &o.bucket, Key: &key, Body: body, IfNoneMatch: aws.String("*"), ContentType: aws.String("text/csv"),
	})
	switch statusOf(err) {
	case http.StatusPreconditionFailed:
		return fmt.Errorf("%s: %w", key, fs.ErrExist)
	case http.StatusConflict:
		return &event.Error{Code: "aws_refused", Message: "somebody else writes " + key + " at this moment", Err: err, Hint: "run the command again"}
	}
	return o.explain(err)
}

// explain knows what is needed of objects.
func (o Objects) explain(err error) error {
	switch codeOf(err) {
	case "AccessDenied", "Forbidden":
		return &event.Error{Code: "aws_no_privilege", Message: fmt.Sprintf("objects of the bucket %s may not be read or written", o.bucket), Err: err,
			Hint: "`aws sts get-caller-identity` shows whose credentials these are; needed are s3:GetObject and s3:PutObject below the data prefix, s3:ListBucket, and kms:Decrypt and kms:GenerateDataKey with the bucket's key"}
	}
	return explainBucket(o.bucket, err)
}

func statusOf(err error) int {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return response.HTTPStatusCode()
	}
	return 0
}
