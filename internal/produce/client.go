package produce

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
)

// NewClient returns a Kinesis client as a Producer needs it: it makes every call once, and keeps
// its connections. An endpoint of "" is Amazon's of the region in cfg.
func NewClient(cfg aws.Config, endpoint string) *kinesis.Client {
	return kinesis.NewFromConfig(cfg, func(o *kinesis.Options) {
		o.Retryer = aws.NopRetryer{}
		if endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
		inner := o.HTTPClient
		if inner == nil {
			inner = awshttp.NewBuildableClient()
		}
		o.HTTPClient = plainBodies{inner}
	})
}

// plainBodies hides from net/http that a request body of the SDK has a WriteTo method.
//
// An endpoint nearby can answer between the last byte of the body and net/http's look for bytes
// beyond Content-Length. The SDK closes the body on the answer, and its closed body's WriteTo
// returns io.EOF as an error (smithy-go 1.28.8, internal/io/safe.go), for which net/http drops
// the connection, answer and all. The call would be repeated though it succeeded. Through Read
// the same io.EOF is an ordinary end.
type plainBodies struct{ inner aws.HTTPClient }

func (p plainBodies) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return p.inner.Do(r)
}
