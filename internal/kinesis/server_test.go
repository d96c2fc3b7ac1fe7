package kinesis

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/kinesis"
	"go.uber.org/goleak"
)

// TestMain looks for goroutines that are left. net/http waits for half a second before it closes a connection whose request it
// has not read to its end.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

// clock is a clock that stands still until it is told to move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) millis() int64 { return c.Now().UnixMilli() }

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fixture is a server over a Log in memory, called without a network.
type fixture struct {
	t      *testing.T
	clock  *clock
	log    *memory
	server *Server
	logged *bytes.Buffer
}

// newFixture has a stream "orders" with one shard and a stream "wide" with four.
func newFixture(t *testing.T, change ...func(*Config)) *fixture {
	t.Helper()
	f := &fixture{t: t, clock: newClock(), logged: new(bytes.Buffer)}
	created := f.clock.Now().Unix() - 3600
	f.log = newMemory(f.clock.millis,
		StreamInfo{Name: "orders", Shards: 1, Created: created, Retention: 24 * time.Hour},
		StreamInfo{Name: "wide", Shards: 4, Created: created, Retention: 24 * time.Hour})
	cfg := Config{Now: f.clock.Now, Logger: slog.New(slog.NewTextHandler(f.logged, nil))}
	for _, c := range change {
		c(&cfg)
	}
	server, err := New(cfg, f.log)
	if err != nil {
		t.Fatal(err)
	}
	f.server = server
	return f
}

// reply is an answer: its status and its JSON, decoded.
type reply struct {
	status int
	header http.Header
	raw    string
	json   map[string]any
}

func (r reply) code() string {
	code, _ := r.json["__type"].(string)
	return code
}

func (r reply) message() string {
	for _, name := range []string{"message", "Message"} {
		if text, ok := r.json[name].(string); ok {
			return text
		}
	}
	return ""
}

// call makes a request of the JSON protocol.
func (f *fixture) call(operation, body string) reply {
	f.t.Helper()
	r, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:4567/", strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	r.Header.Set("Content-Type", jsonContentType)
	r.Header.Set("X-Amz-Target", targetPrefix+operation)
	return f.do(r)
}

func (f *fixture) do(r *http.Request) reply {
	f.t.Helper()
	w := &recorder{header: http.Header{}}
	f.server.Handler().ServeHTTP(w, r)
	out := reply{status: w.status, header: w.header, raw: w.body.String()}
	if strings.HasPrefix(out.raw, "{") {
		if err := json.Unmarshal(w.body.Bytes(), &out.json); err != nil {
			f.t.Fatalf("the answer is not JSON: %v\n%s", err, out.raw)
		}
	}
	return out
}

// want fails the test unless the answer is a failure of that kind that says what it should.
func (f *fixture) want(r reply, code, message string) {
	f.t.Helper()
	if r.code() != code || !strings.Contains(r.message(), message) || r.status/100 == 2 {
		f.t.Errorf("got %d %s, want %s with %q", r.status, r.raw, code, message)
	}
}

func (f *fixture) ok(r reply) reply {
	f.t.Helper()
	if r.status != http.StatusOK {
		f.t.Fatalf("got %d %s", r.status, r.raw)
	}
	return r
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// listen serves on a free port of this machine until the test ends, and returns its address.
func listen(t *testing.T, s *Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("serving: %v", err)
		}
	})
	return l.Addr().String()
}

// newClient is the AWS SDK for Go, pointed at us.
func newClient(t *testing.T, url string, transport http.RoundTripper, secret string) *sdk.Client {
	t.Helper()
	httpClient := &http.Client{Transport: plainBodies{transport}}
	t.Cleanup(httpClient.CloseIdleConnections)
	return sdk.New(sdk.Options{
		BaseEndpoint: aws.String(url),
		Region:       "eu-central-1",
		Credentials:  credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", secret, ""),
		HTTPClient:   httpClient,
		Retryer:      retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts = 1 }),
	})
}

// plainBodies hides the WriteTo method of the SDK's request bodies. The SDK closes a body as soon as
// the answer begins, its closed WriteTo then answers io.EOF as an error, and net/http drops the
// connection for that; with a server this near that happens now and then. SDKs try again, but
// here they must not.
type plainBodies struct{ http.RoundTripper }

func (p plainBodies) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Body != nil {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return p.RoundTripper.RoundTrip(r)
}

// CloseIdleConnections lets http.Client pass the call on.
func (p plainBodies) CloseIdleConnections() {
	if c, ok := p.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func drainBody(t *testing.T, r *http.Response) string {
	t.Helper()
	defer func() { _ = r.Body.Close() }() // read to its end
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
