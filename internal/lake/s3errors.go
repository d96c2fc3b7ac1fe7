package lake

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// codeOf is S3's code for an error, or "".
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// statusOf is the HTTP status of an answer, or 0 without one.
func statusOf(err error) int {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// fault classifies an error of S3. Nearly everything is an outage to wait out, with time or by a
// person's hand: no connection, time-outs, 5xx, SlowDown, expired credentials, a lost permission, a
// missing bucket. What never ends by itself is what the store says of the object.
//
// ctx is the caller's: when it has ended, its error is the answer.
func fault(ctx context.Context, what string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
	switch codeOf(err) {
	case "NoSuchKey", "NotFound":
		return fmt.Errorf("%s: %w", what, fs.ErrNotExist)
	case "EntityTooLarge", "InvalidRequest", "InvalidArgument", "KeyTooLongError", "MetadataTooLarge":
		return fmt.Errorf("%s: %w", what, err)
	case "NotImplemented":
		return fmt.Errorf("%s: the store cannot put an object only if its name is free (If-None-Match); use one that can: %w", what, err)
	case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired":
		return unavailable(what, fmt.Errorf("the credentials have expired; renew them: %w", err))
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken":
		return unavailable(what, fmt.Errorf("the credentials are not accepted; check access key and secret: %w", err))
	case "AccessDenied":
		return unavailable(what, fmt.Errorf("the credentials may not do this; grant s3:GetObject, s3:PutObject and s3:ListBucket: %w", err))
	case "NoSuchBucket":
		return unavailable(what, fmt.Errorf("the bucket is not there; create it: %w", err))
	case "PermanentRedirect", "AuthorizationHeaderMalformed":
		return unavailable(what, fmt.Errorf("the bucket is in another region; set region in the lake's location: %w", err))
	case "RequestTimeTooSkewed":
		return unavailable(what, fmt.Errorf("this machine's clock is wrong; set it: %w", err))
	}
	if statusOf(err) == http.StatusForbidden {
		return unavailable(what, fmt.Errorf("the store refuses the credentials: %w", err))
	}
	return unavailable(what, err)
}
