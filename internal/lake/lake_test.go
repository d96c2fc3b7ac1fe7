package lake_test

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/internal/lake"
	"github.com/penstock/penstock/internal/lake/laketest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// Idle connections of clients and fake stores; they end by themselves.
		goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"),
		goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"),
		goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"))
}

func open(t testing.TB, location string, cfg lake.Config) lake.Lake {
	t.Helper()
	if cfg.TempDir == "" {
		cfg.TempDir = t.TempDir()
	}
	l, err := lake.Open(t.Context(), location, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// fakeS3 starts a store that speaks S3, with an empty bucket "lake", and returns its endpoint.
func fakeS3(t testing.TB) (endpoint string) {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket("lake"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(server.Close)
	return server.URL
}

var someone = credentials.NewStaticCredentialsProvider("id", "secret", "")

func TestFolderIsALake(t *testing.T) {
	laketest.Run(t, func(t *testing.T) lake.Lake {
		return open(t, filepath.Join(t.TempDir(), "some", "lake"), lake.Config{})
	})
}

func TestS3IsALake(t *testing.T) {
	for _, prefix := range []string{"", "some/prefix"} {
		t.Run("prefix="+prefix, func(t *testing.T) {
			laketest.Run(t, func(t *testing.T) lake.Lake {
				return open(t, "s3://lake/"+prefix+"?path_style=true&endpoint="+fakeS3(t), lake.Config{Credentials: someone})
			})
		})
	}
}

func TestLocationsThatCannotBeAreRefused(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	for location, want := range map[string]string{
		"":                               "write a folder",
		"gs://bucket/x":                  "write a folder, file:///path or s3://bucket/prefix",
		"file://host/path":               "three slashes",
		"s3:///prefix":                   "names no bucket",
		"s3://b/p?regoin=x":              `"regoin"`,
		"s3://b/a/../p?region=x":         "component",
		"s3://b?path_style=maybe":        "write true or false",
		"s3://b?endpoint=127.0.0.1:9000": "endpoint",
		"s3://k:s@b?region=x":            "credentials",
		"s3://b/p":                       "AWS_REGION",
	} {
		if _, err := lake.Open(t.Context(), location, lake.Config{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v does not say %q", location, err, want)
		}
	}
	if _, err := lake.Open(t.Context(), t.TempDir(), lake.Config{TempBytes: -1}); err == nil {
		t.Error("a negative TempBytes was taken")
	}
}

func TestURLOpensTheSameLake(t *testing.T) {
	first := open(t, filepath.Join(t.TempDir(), "a b%"), lake.Config{})
	if err := first.Put(t.Context(), "x", []byte("y")); err != nil {
		t.Fatal(err)
	}
	second := open(t, first.URL(), lake.Config{})
	if size, err := second.Stat(t.Context(), "x"); err != nil || size != 1 {
		t.Errorf("%s: %d, %v", first.URL(), size, err)
	}
}
