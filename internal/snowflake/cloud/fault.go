package cloud

import (
	"errors"
	"fmt"

	"github.com/aws/smithy-go"

	"github.com/penstock/penstock/internal/event"
)

// explain makes an error of AWS one that says what to do.
func explain(err error) error {
	if err == nil {
		return nil
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return &event.Error{Code: "aws_unreachable", Message: "AWS cannot be reached, or there are no credentials", Err: err,
			Hint: "check the network and `aws sts get-caller-identity`; what is done stays done, so run the command again"}
	}
	switch api.ErrorCode() {
	case "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden":
		return &event.Error{Code: "aws_no_privilege", Message: "AWS does not allow it", Err: err,
			Hint: "setup needs iam:GetRole, CreateRole, UpdateAssumeRolePolicy, GetRolePolicy, PutRolePolicy on its role, and s3:Get/PutBucketNotification, GetEncryptionConfiguration (with --restrict-vpc Get/PutBucketPolicy) on the bucket"}
	case "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "InvalidAccessKeyId", "SignatureDoesNotMatch":
		return &event.Error{Code: "aws_credentials", Message: "AWS does not take the credentials", Err: err, Hint: "renew them, then run the command again"}
	case "Throttling", "ThrottlingException", "SlowDown", "RequestLimitExceeded":
		return &event.Error{Code: "aws_throttled", Message: "AWS has too much to do", Err: err, Hint: "run the command again in a minute; what is done stays done"}
	}
	return &event.Error{Code: "aws_refused", Message: "AWS refused", Err: err}
}

// explainBucket knows more where a bucket is at fault.
func explainBucket(bucket string, err error) error {
	switch codeOf(err) {
	case "NotFound", "NoSuchBucket":
		return &event.Error{Code: "no_bucket", Message: fmt.Sprintf("there is no bucket %s", bucket), Err: err,
			Hint: "name the outputs.json of the stack with --outputs; `penstock aws status` shows whether it is deployed"}
	case "Forbidden", "AccessDenied":
		return &event.Error{Code: "aws_no_privilege", Message: fmt.Sprintf("the bucket %s may not be touched: it is another account's, or these credentials are not enough", bucket), Err: err,
			Hint: "`aws sts get-caller-identity` shows whose credentials these are; setup needs s3:ListBucket, GetEncryptionConfiguration, GetBucketNotification and PutBucketNotification"}
	case "InvalidArgument":
		return &event.Error{Code: "aws_refused", Message: fmt.Sprintf("S3 refuses the notifications of bucket %s", bucket), Err: err,
			Hint: "another notification may overlap with the data prefix, or the queue may be in another region than the bucket"}
	}
	return explain(err)
}
