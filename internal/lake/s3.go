package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// sdkBackoff is the longest pause between the SDK's own three attempts. They bridge a connection that
// broke off; longer outages are waited out by callers, who see them.
const sdkBackoff = time.Second / 2

// bucket is a lake on S3, or on a store that speaks its protocol.
type bucket struct {
	client *s3.Client
	bucket string
	prefix string // empty, or ends with "/"
	url    string
	copies *copies
	log    *slog.Logger
}

// s3Location is what an s3:// URL says.
type s3Location struct {
	bucket, prefix, region, endpoint string
	pathStyle                        bool
}

func parseS3(u *url.URL) (s3Location, error) {
	at := s3Location{bucket: u.Host, prefix: strings.Trim(u.Path, "/")}
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if at.bucket == "" {
		fault("the lake's location %s names no bucket; write s3://bucket/prefix", u.Redacted())
	}
	if u.User != nil {
		fault("the lake's location holds credentials; leave them out, they come from the environment or the AWS profile")
	}
	if at.prefix != "" {
		if err := CheckName(at.prefix); err != nil {
			fault("the prefix of the lake: %w", err)
		}
		at.prefix += "/"
	}
	for key, values := range u.Query() {
		value := values[len(values)-1]
		switch key {
		case "region":
			at.region = value
		case "endpoint":
			at.endpoint = value
			if e, err := url.Parse(value); err != nil || e.Scheme != "http" && e.Scheme != "https" || e.Host == "" {
				fault("the lake's endpoint %q is not a URL; write for example endpoint=http://127.0.0.1:9000", value)
			}
		case "path_style":
			pathStyle, err := strconv.ParseBool(value)
			if err != nil {
				fault("the lake's path_style is %q; write true or false", value)
			}
			at.pathStyle = pathStyle
		default:
			fault("the lake's location has a parameter %q; there are region, endpoint and path_style", key)
		}
	}
	return at, errors.Join(faults...)
}

func openS3(ctx context.Context, u *url.URL, cfg Config) (*bucket, error) {
	at, err := parseS3(u)
	if err != nil {
		return nil, err
	}
	loaded, err := loadAWS(ctx, at, cfg)
	if err != nil {
		return nil, err
	}
	client := s3.NewFromConfig(loaded, func(o *s3.Options) {
		o.UsePathStyle = at.pathStyle
		o.Retryer = retry.AddWithMaxBackoffDelay(o.Retryer, sdkBackoff)
		if cfg.HTTPClient != nil {
			o.HTTPClient = cfg.HTTPClient
		}
		if at.endpoint != "" {
			o.BaseEndpoint = &at.endpoint
		}
		// Each object carries a SHA-256 of ours; the SDK's own trailing checksum would need chunked
		// signing, which other stores than AWS often lack.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
	copies, err := newCopies(cfg)
	if err != nil {
		return nil, err
	}
	return &bucket{
		client: client, bucket: at.bucket, prefix: at.prefix, url: u.String(), copies: copies, log: cfg.Logger,
	}, nil
}

func loadAWS(ctx context.Context, at s3Location, cfg Config) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{config.WithHTTPClient(newHTTPClient())}
	if at.region != "" {
		options = append(options, config.WithRegion(at.region))
	}
	if cfg.Credentials != nil {
		options = append(options, config.WithCredentialsProvider(cfg.Credentials))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("read the AWS configuration: %w", err)
	}
	if loaded.Region == "" {
		if at.endpoint == "" {
			return aws.Config{}, fmt.Errorf("the region of bucket %s is not known; write s3://%s/%s?region=..., or set AWS_REGION",
				at.bucket, at.bucket, at.prefix)
		}
		loaded.Region = "us-east-1" // what stores other than AWS expect
	}
	return loaded, nil
}

// newHTTPClient bounds what has no natural end: a store that takes the connection and is silent.
func newHTTPClient() *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = 5 * time.Second }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout = 5 * time.Second
			t.ResponseHeaderTimeout = 30 * time.Second
			t.MaxIdleConnsPerHost = 16
		})
}

func (b *bucket) URL() string { return b.url }

func (b *bucket) key(name string) *string { return aws.String(b.prefix + name) }

func (b *bucket) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	got, err := b.get(ctx, name)
	if err != nil {
		return nil, err
	}
	return got.Body, nil
}

// get begins to read an object; its body must be closed.
func (b *bucket) get(ctx context.Context, name string) (*s3.GetObjectOutput, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	limited, cancel := context.WithCancel(ctx)
	got, err := b.client.GetObject(limited, &s3.GetObjectInput{Bucket: &b.bucket, Key: b.key(name)})
	if err != nil {
		cancel()
		return nil, fault(ctx, "read "+name, err)
	}
	limit := time.AfterFunc(transferTime(aws.ToInt64(got.ContentLength)), cancel)
	got.Body = &reader{body: got.Body, ctx: ctx, name: name, end: func() { limit.Stop(); cancel() }}
	return got, nil
}

// reader is an object's body: it ends after a time, and says what is an outage.
type reader struct {
	body io.ReadCloser
	ctx  context.Context // the caller's, to tell its end from an outage
	name string
	end  func()
}

func (r *reader) Read(p []byte) (int, error) {
	n, err := r.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fault(r.ctx, "read "+r.name, err)
	}
	return n, err
}

func (r *reader) Close() error {
	defer r.end()
	return r.body.Close()
}

func (b *bucket) Stat(ctx context.Context, name string) (int64, error) {
	head, err := b.head(ctx, name)
	if err != nil {
		return 0, err
	}
	return aws.ToInt64(head.ContentLength), nil
}

// head asks for an object's metadata. A missing bucket answers like a missing object, so a second
// question tells them apart.
func (b *bucket) head(ctx context.Context, name string) (*s3.HeadObjectOutput, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	head, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.bucket, Key: b.key(name)})
	if err == nil {
		return head, nil
	}
	if err := fault(ctx, "stat "+name, err); !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if _, bucketErr := b.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.bucket}); statusOf(bucketErr) == http.StatusNotFound {
		return nil, unavailable("stat "+name, fmt.Errorf("bucket %s is not there", b.bucket))
	}
	return nil, fault(ctx, "stat "+name, err)
}

// List asks for a page of 1,000 names at a time.
func (b *bucket) List(ctx context.Context, prefix string, fn func(name string, size int64) error) error {
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: &b.bucket, Prefix: b.key(prefix)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fault(ctx, "list "+prefix, err)
		}
		for _, object := range page.Contents {
			name := strings.TrimPrefix(aws.ToString(object.Key), b.prefix)
			if name == "" || name[0] == '.' || strings.HasSuffix(name, "/") {
				continue // our own, or a folder some tool made
			}
			if err := fn(name, aws.ToInt64(object.Size)); err != nil {
				return err
			}
		}
	}
	return nil
}
