package produce

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// verdict is what an answer means for the records it is about.
type verdict int

const (
	// again: not this time, but perhaps the next.
	again verdict = iota
	// refused: these very records will never be taken.
	refused
	// stop: nothing will be taken until a person changes something.
	stop
)

// codes gives the meaning of Kinesis error codes, of whole calls and of single records. Of the
// codes that are missing, those of a 5xx answer are temporary.
var codes = map[string]verdict{
	"ProvisionedThroughputExceededException": again,
	"LimitExceededException":                 again,
	"Throttling":                             again,
	"ThrottlingException":                    again,
	"KMSThrottlingException":                 again,
	"RequestLimitExceeded":                   again,
	"TooManyRequestsException":               again,
	"InternalFailure":                        again,
	"InternalFailureException":               again,
	"ServiceUnavailable":                     again,
	"ServiceUnavailableException":            again,
	"RequestTimeout":                         again,
	"RequestTimeoutException":                again,
	"RequestExpired":                         again,
	"RequestTimeTooSkewed":                   again,
	"ResourceInUseException":                 again,

	"ValidationException":      refused,
	"InvalidArgumentException": refused,
	"SerializationException":   refused,
}

// classify says what a failed call means. Anything that could be an endpoint on its way down or
// up, or the network, is temporary.
func classify(err error) verdict {
	var response *smithyhttp.ResponseError
	status := 0
	if errors.As(err, &response) {
		status = response.HTTPStatusCode()
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		if v, known := codes[api.ErrorCode()]; known {
			return v
		}
	}
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return refused // fewer records at a time may pass
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return again
	case status >= 400:
		return stop
	case status >= 200:
		return again // an answer that could not be understood, perhaps cut short
	}
	var serialization *smithy.SerializationError
	if errors.As(err, &serialization) {
		return refused
	}
	var unsent *smithyhttp.RequestSendError
	var network net.Error
	if errors.As(err, &unsent) || errors.As(err, &network) || errors.Is(err, context.DeadlineExceeded) {
		return again
	}
	return stop // the call was never made: no credentials, no region, no such endpoint
}

// classifyCode says what the error code of one record in an otherwise good answer means.
func classifyCode(code string) verdict {
	if codes[code] == refused {
		return refused
	}
	return again
}

// cause returns the part of an SDK's error that says what happened: its outer layers name the
// operation, the attempts and request ids.
func cause(err error) error {
	var api smithy.APIError
	if errors.As(err, &api) {
		return fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
	}
	var unsent *smithyhttp.RequestSendError
	if errors.As(err, &unsent) {
		return unsent.Err
	}
	var operation *smithy.OperationError
	if errors.As(err, &operation) {
		return operation.Err
	}
	return err
}

// hint says what a person can do about an error that stops a run.
func hint(err error) string {
	var api smithy.APIError
	var response *smithyhttp.ResponseError
	switch {
	case errors.As(err, &api):
	case errors.As(err, &response):
		return "check that --endpoint is the address of a Kinesis endpoint"
	default:
		return "check the region, the profile and the credentials of your AWS configuration"
	}
	switch api.ErrorCode() {
	case "ResourceNotFoundException":
		return "create the stream, or name another with --stream"
	case "AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException",
		"MissingAuthenticationTokenException", "IncompleteSignatureException", "InvalidClientTokenId",
		"ExpiredTokenException":
		return "check the access keys: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or --profile"
	case "UnknownError": // an answer without a code
		return "check that --endpoint is the address of a Kinesis endpoint"
	}
	return ""
}
