package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Errors of a Lake; test with errors.Is. A missing object is fs.ErrNotExist.
var (
	// ErrUnavailable marks an outage: nothing is wrong with the request, and it may succeed later,
	// by itself or when a person has repaired something (a full disk, a lost permission, expired
	// credentials). Callers wait and try again.
	ErrUnavailable = errors.New("the lake is not available")
	// ErrDiffers: an object of that name exists and has other content.
	ErrDiffers = errors.New("an object of this name exists with other content")
	// ErrMissing: the folder that should hold the lake's files is not there.
	ErrMissing = errors.New("the lake's folder is missing")
	// ErrName: the name cannot be an object's.
	ErrName = errors.New("not a name for an object")
)

// Lake is an object store. All methods may be called from many goroutines.
type Lake interface {
	// Put stores body under name, durably, unless an object of that name exists: with the same
	// content that is success, with other content ErrDiffers. Body is not kept. After an error the
	// object is there whole or not at all; calling Put again is always right.
	Put(ctx context.Context, name string, body []byte) error
	// Open reads an object.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
	// Local returns a file with the object's bytes, for readers that need a path. The file must not
	// be changed and is there until release, which is never nil and may be called more than once.
	Local(ctx context.Context, name string) (path string, release func(), err error)
	// Stat returns an object's size in bytes.
	Stat(ctx context.Context, name string) (size int64, err error)
	// List calls fn for each object whose name begins with prefix, in byte order of names, until
	// fn fails; it returns fn's error as it is. Memory does not grow with the number of objects.
	List(ctx context.Context, prefix string, fn func(name string, size int64) error) error
	// Probe finds out whether the lake can be reached and written; the error says what to repair.
	Probe(ctx context.Context) error
	// URL is where the lake is, in the form Open takes, without secrets.
	URL() string
}

// Config is what a lake needs besides its URL.
type Config struct {
	// TempDir is where Local puts copies of S3 objects; its subfolder "lake" is emptied by Open.
	// Default: a new folder in the system's temporary folder. A lake on a folder has no use for it.
	TempDir string
	// TempBytes bounds the copies that exist at a time. Default 4 GiB: a backlog's files many
	// times over, and still little for a disk.
	TempBytes int64
	// Credentials for S3. Default: what the AWS SDK finds (environment, profile, instance role).
	Credentials aws.CredentialsProvider
	// HTTPClient for S3. Default: one with time limits on connecting and on the response's start.
	HTTPClient *http.Client
	// Expected says that objects were put into the lake before. A folder that is missing is then
	// ErrMissing, instead of a new lake: it was moved away, or the disk that holds it is not mounted.
	// A lake on S3 has no use for it.
	Expected bool
	// Logger gets what needs attention but fails nothing. Default: slog.Default().
	Logger *slog.Logger
}

// Validate reports every fault.
func (c Config) Validate() error {
	if c.TempBytes < 0 {
		return fmt.Errorf("TempBytes is %d; it must not be negative", c.TempBytes)
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.TempBytes == 0 {
		c.TempBytes = 4 << 30
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// Open opens the lake at location: a path or file:///path, made if need be (see Config.Expected), or
// s3://bucket/prefix?region=...&endpoint=...&path_style=true. It does not reach out to S3, so a
// pipeline can start while the store is down.
func Open(ctx context.Context, location string, cfg Config) (Lake, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	scheme, _, found := strings.Cut(location, "://")
	if !found {
		if location == "" {
			return nil, errors.New("the lake has no location; write a folder or s3://bucket/prefix")
		}
		return openFolder(location, cfg)
	}
	u, err := url.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("the lake's location %q is not a URL: %w", location, err)
	}
	switch scheme {
	case "file":
		if u.Host != "" || !filepath.IsAbs(u.Path) || u.RawQuery != "" {
			return nil, fmt.Errorf("the lake's location %q is not a folder; write file:///path, with three slashes", location)
		}
		return openFolder(filepath.FromSlash(u.Path), cfg)
	case "s3":
		return openS3(ctx, u, cfg)
	}
	return nil, fmt.Errorf("the lake's location %q begins with %s://; write a folder, file:///path or s3://bucket/prefix", location, scheme)
}

// unavailable marks err as an outage; what says what was being done, such as "put data/x".
func unavailable(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, what, err)
}
