package lake_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/penstock/penstock/internal/lake"
)

// between stands between a lake and its store: it may answer in the store's place, or spoil answers.
type between func(r *http.Request, next http.RoundTripper) (*http.Response, error)

func (b between) RoundTrip(r *http.Request) (*http.Response, error) {
	return b(r, http.DefaultTransport)
}

// answer is an error as S3 sends it.
func answer(r *http.Request, status int, code string) *http.Response {
	body := fmt.Sprintf(`<?xml version="1.0"?><Error><Code>%s</Code><Message>said the store</Message></Error>`, code)
	if r.Method == http.MethodHead {
		body = ""
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header:        http.Header{"Content-Type": {"application/xml"}},
		ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)),
	}
}

func openBetween(t *testing.T, endpoint string, b between) lake.Lake {
	return open(t, "s3://lake/p?path_style=true&endpoint="+endpoint,
		lake.Config{Credentials: someone, HTTPClient: &http.Client{Transport: b}})
}

// everyOperation runs each operation once, side by side because the SDK pauses between its attempts,
// and returns their errors.
func everyOperation(ctx context.Context, l lake.Lake) map[string]error {
	operations := map[string]func() error{
		"put":   func() error { return l.Put(ctx, "d/x", []byte("x")) },
		"open":  func() error { _, err := l.Open(ctx, "d/x"); return err },
		"stat":  func() error { _, err := l.Stat(ctx, "d/x"); return err },
		"local": func() error { _, _, err := l.Local(ctx, "d/x"); return err },
		"list":  func() error { return l.List(ctx, "", func(string, int64) error { return nil }) },
		"probe": func() error { return l.Probe(ctx) },
	}
	type result struct {
		what string
		err  error
	}
	results := make(chan result)
	for what, run := range operations {
		go func() { results <- result{what, run()} }()
	}
	errs := make(map[string]error)
	for range operations {
		r := <-results
		errs[r.what] = r.err
	}
	return errs
}

func TestS3OutagesAreOutages(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		hint   string
	}{
		{400, "ExpiredToken", "renew them"},
		{400, "TokenRefreshRequired", "renew them"},
		{403, "AccessDenied", "grant s3:GetObject"},
		{403, "InvalidAccessKeyId", "check access key"},
		{403, "SignatureDoesNotMatch", "check access key"},
		{403, "RequestTimeTooSkewed", "clock"},
		{404, "NoSuchBucket", "create it"},
		{301, "PermanentRedirect", "region"},
		{409, "ConditionalRequestConflict", ""},
		{500, "InternalError", ""},
		{503, "SlowDown", ""},
		{503, "ServiceUnavailable", ""},
		{429, "TooManyRequests", ""},
	} {
		t.Run(c.code, func(t *testing.T) {
			t.Parallel()
			l := openBetween(t, "http://127.0.0.1:1", func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
				return answer(r, c.status, c.code), nil
			})
			for what, err := range everyOperation(t.Context(), l) {
				// The answer to HEAD has no body and so no code, but the hint of 403 is the credentials.
				if !errors.Is(err, lake.ErrUnavailable) || errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s: %v", what, err)
				}
				if what != "stat" && !strings.Contains(err.Error(), c.hint) {
					t.Errorf("%s: %v does not say %q", what, err, c.hint)
				}
			}
		})
	}
}

func TestS3ThatCannotBeReachedIsAnOutage(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	for what, err := range everyOperation(t.Context(), open(t, "s3://lake?path_style=true&endpoint="+refused, lake.Config{Credentials: someone})) {
		if !errors.Is(err, lake.ErrUnavailable) {
			t.Errorf("refused, %s: %v", what, err)
		}
	}
	slow := openBetween(t, refused, func(*http.Request, http.RoundTripper) (*http.Response, error) {
		return nil, &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}
	})
	for what, err := range everyOperation(t.Context(), slow) {
		if !errors.Is(err, lake.ErrUnavailable) {
			t.Errorf("timed out, %s: %v", what, err)
		}
	}
	noCredentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("the token file is gone")
	})
	for what, err := range everyOperation(t.Context(), open(t, "s3://lake?path_style=true&endpoint="+refused, lake.Config{Credentials: noCredentials})) {
		if !errors.Is(err, lake.ErrUnavailable) {
			t.Errorf("without credentials, %s: %v", what, err)
		}
	}
}

func TestS3MissingBucketDoesNotLookLikeAMissingObject(t *testing.T) {
	l := open(t, "s3://other?path_style=true&endpoint="+fakeS3(t), lake.Config{Credentials: someone})
	for what, err := range everyOperation(t.Context(), l) {
		if !errors.Is(err, lake.ErrUnavailable) || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestS3RefusalsOfTheObjectAreNoOutage(t *testing.T) {
	for _, code := range []string{"EntityTooLarge", "KeyTooLongError", "NotImplemented"} {
		l := openBetween(t, "http://127.0.0.1:1", func(r *http.Request, _ http.RoundTripper) (*http.Response, error) {
			return answer(r, http.StatusBadRequest, code), nil
		})
		if err := l.Put(t.Context(), "x", nil); err == nil || errors.Is(err, lake.ErrUnavailable) || !strings.Contains(err.Error(), code) {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// The answer to a Put that succeeded is lost: the SDK tries again, meets the object, and that is success.
func TestE3S3PutWhoseAnswerWasLost(t *testing.T) {
	var puts atomic.Int32
	l := openBetween(t, fakeS3(t), func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		if r.Method == http.MethodPut && r.Header.Get("If-None-Match") != "*" {
			t.Error("a Put could replace an object")
		}
		response, err := next.RoundTrip(r)
		if err == nil && r.Method == http.MethodPut && puts.Add(1) == 1 {
			return nil, errors.Join(errors.New("connection reset"), response.Body.Close())
		}
		return response, err
	})
	if err := l.Put(t.Context(), "x", []byte("body")); err != nil {
		t.Error(err)
	}
	if puts.Load() < 2 {
		t.Errorf("only %d attempts: the answer was not lost", puts.Load())
	}
	if err := l.Put(t.Context(), "x", []byte("else")); !errors.Is(err, lake.ErrDiffers) {
		t.Error(err)
	}
}

// An object that other tools put there has none of our metadata, and is read to compare.
func TestS3ComparesObjectsWithoutMetadata(t *testing.T) {
	endpoint := fakeS3(t)
	l := openBetween(t, endpoint, func(r *http.Request, next http.RoundTripper) (*http.Response, error) { return next.RoundTrip(r) })
	client := s3.New(s3.Options{BaseEndpoint: &endpoint, UsePathStyle: true, Region: "us-east-1", Credentials: someone})
	if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("lake"), Key: aws.String("p/x"), Body: strings.NewReader("body"),
	}); err != nil {
		t.Fatal(err)
	}
	if err := l.Put(t.Context(), "x", []byte("body")); err != nil {
		t.Error(err)
	}
	if err := l.Put(t.Context(), "x", []byte("else")); !errors.Is(err, lake.ErrDiffers) {
		t.Error(err)
	}
}

func TestS3LocalChecksAndCleansUp(t *testing.T) {
	spoil := func([]byte) []byte { return nil }
	var spoiled atomic.Bool
	endpoint, temp := fakeS3(t), t.TempDir()
	stale := filepath.Join(temp, "lake", "1-stale")
	if err := errors.Join(os.MkdirAll(filepath.Dir(stale), 0o755), os.WriteFile(stale, nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	transport := between(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		response, err := next.RoundTrip(r)
		if err != nil || r.Method != http.MethodGet || !spoiled.Load() {
			return response, err
		}
		body, err := io.ReadAll(response.Body)
		response.Body = io.NopCloser(bytes.NewReader(spoil(body)))
		return response, err
	})
	l := open(t, "s3://lake?path_style=true&endpoint="+endpoint,
		lake.Config{Credentials: someone, TempDir: temp, TempBytes: 10, HTTPClient: &http.Client{Transport: transport}})
	copies := func(want int) {
		t.Helper()
		if left, err := os.ReadDir(filepath.Join(temp, "lake")); err != nil || len(left) != want {
			t.Errorf("%d copies are there, want %d: %v, %v", len(left), want, left, err)
		}
	}
	copies(0) // the stale one was removed by Open
	if err := l.Put(t.Context(), "x", []byte("123456")); err != nil {
		t.Fatal(err)
	}

	spoiled.Store(true)
	for what, with := range map[string]func([]byte) []byte{
		"other bytes": func(b []byte) []byte { return bytes.Repeat([]byte{'z'}, len(b)) },
		"cut":         func(b []byte) []byte { return b[:3] },
		"more":        func(b []byte) []byte { return append(b, '7') },
	} {
		spoil = with
		if _, _, err := l.Local(t.Context(), "x"); !errors.Is(err, lake.ErrUnavailable) {
			t.Errorf("%s: %v", what, err)
		}
		copies(0)
	}
	spoiled.Store(false)

	_, release, err := l.Local(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	copies(1)
	if _, _, err := l.Local(t.Context(), "x"); !errors.Is(err, lake.ErrUnavailable) || !strings.Contains(err.Error(), "6 of 10 bytes") {
		t.Errorf("beyond the bound: %v", err)
	}
	release()
	release()
	copies(0)
	if _, release, err = l.Local(t.Context(), "x"); err != nil {
		t.Errorf("after the release: %v", err)
	}
	release()
}

func TestS3BodyThatBreaksOffIsAnOutage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("only this"))
		_ = http.NewResponseController(w).Flush() // and then the connection breaks off
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	l := open(t, "s3://lake?path_style=true&endpoint="+server.URL, lake.Config{Credentials: someone})
	r, err := l.Open(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }() // broken already
	if _, err := io.ReadAll(r); !errors.Is(err, lake.ErrUnavailable) {
		t.Error(err)
	}
}

func TestS3ListsPages(t *testing.T) {
	l := open(t, "s3://lake/p?path_style=true&endpoint="+fakeS3(t), lake.Config{Credentials: someone})
	const n = 1100 // more than a page
	for i := range n {
		if err := l.Put(t.Context(), fmt.Sprintf("d/%05d", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	next := 0
	if err := l.List(t.Context(), "d/", func(name string, _ int64) error {
		if want := fmt.Sprintf("d/%05d", next); name != want {
			return fmt.Errorf("%s came in place of %s", name, want)
		}
		next++
		return nil
	}); err != nil || next != n {
		t.Errorf("%d names, %v", next, err)
	}
}
