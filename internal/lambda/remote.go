package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// invokePath is where Lambda's runtime interface emulator, which AWS's images carry, takes invocations.
const invokePath = "/2015-03-31/functions/function/invocations"

// remote is a Lambda endpoint that takes the Invoke API's POST.
type remote struct {
	url    string
	client *http.Client
}

func isURL(source string) bool {
	return strings.HasPrefix(source, "http://") || strings.HasPrefix(source, "https://")
}

func newRemote(source string) (*remote, error) {
	u, err := url.Parse(source)
	if err != nil || u.Host == "" || u.User != nil {
		return nil, &event.Error{Code: "function", Message: fmt.Sprintf("%q is not the URL of a Lambda endpoint", source), Err: err,
			Hint: "write it like http://127.0.0.1:9000" + invokePath}
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = invokePath
	}
	return &remote{url: u.String(), client: &http.Client{}}, nil
}

// invoke posts the payload; ctx bounds how long it takes.
func (r *remote) invoke(ctx context.Context, payload []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(payload))
	if err != nil {
		return nil, &Error{Kind: Unavailable, Message: err.Error()}
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := r.client.Do(request)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, &Error{Kind: TimedOut, Message: "the endpoint did not answer in time: " + err.Error()}
	case errors.Is(err, context.Canceled):
		return nil, err
	case err != nil:
		return nil, &Error{Kind: Unavailable, Message: err.Error()}
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	body, err := io.ReadAll(io.LimitReader(response.Body, MaxPayload+1))
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, &Error{Kind: TimedOut, Message: "the endpoint did not answer in time"}
	case err != nil:
		return nil, &Error{Kind: Unavailable, Message: err.Error()}
	case len(body) > MaxPayload:
		return nil, &Error{Kind: FunctionFailed, Type: "Function.ResponseSizeTooLarge", Message: fmt.Sprintf("the answer is larger than %d bytes", MaxPayload)}
	}
	return body, remoteError(response, body)
}

// remoteError is what a response says went wrong, or nil.
func remoteError(response *http.Response, body []byte) error {
	var said struct {
		ErrorType    string `json:"errorType"`
		ErrorMessage string `json:"errorMessage"`
		Message      string `json:"message"`
	}
	_ = json.Unmarshal(body, &said) // an answer need not say anything of an error
	fault := &Error{Type: said.ErrorType, Message: said.ErrorMessage}
	if fault.Message == "" {
		fault.Message = "the endpoint answered " + response.Status + " " + said.Message
	}
	switch code := response.StatusCode; {
	case response.Header.Get("X-Amz-Function-Error") != "":
		fault.Kind = FunctionFailed
	case code == http.StatusOK:
		return nil
	case code == http.StatusTooManyRequests:
		fault.Kind = Throttled
	case code == http.StatusRequestEntityTooLarge:
		fault.Kind = TooLarge
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		fault.Kind = Denied
	case code == http.StatusNotFound:
		fault.Kind = NotFound
	default:
		fault.Kind = Unavailable
	}
	return fault
}
