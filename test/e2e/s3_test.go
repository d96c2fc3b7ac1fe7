package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/penstock/penstock/test/harness"
)

// store is a store that speaks S3 and can be told to fail.
type store struct {
	url     string
	objects *s3mem.Backend
	// failing, if set, answers in the store's place.
	failing atomic.Pointer[http.HandlerFunc]
}

func startStore(t *testing.T) *store {
	t.Helper()
	s := &store{objects: s3mem.New()}
	if err := s.objects.CreateBucket("bucket"); err != nil {
		t.Fatal(err)
	}
	working := gofakes3.New(s.objects).Server()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fail := s.failing.Load(); fail != nil {
			(*fail)(w, r)
			return
		}
		working.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// fail makes the store answer like this until work.
func (s *store) fail(answer http.HandlerFunc) { s.failing.Store(&answer) }
func (s *store) work()                        { s.failing.Store(nil) }

// s3Error answers as S3 does.
func s3Error(status int, code string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>a test</Message></Error>", code)
	}
}

// hangUp ends the connection without an answer.
func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// onStore is the orders example with its lake on the store.
func onStore(t *testing.T, s *store) *harness.Pipeline {
	t.Helper()
	p := harness.Example(t, "orders")
	lake := "lake: \"s3://bucket/some/prefix?region=us-east-1&endpoint=" + s.url + "&path_style=true\""
	p.Write("pipeline.yaml", strings.Replace(p.Read("pipeline.yaml"), "lake:      folder", lake, 1))
	p.Env = []string{"AWS_ACCESS_KEY_ID=lake", "AWS_SECRET_ACCESS_KEY=" + secret}
	return p
}

func TestE3LakeOnS3(t *testing.T) {
	t.Parallel()
	s := startStore(t)
	p := onStore(t, s).Start()
	put(t, p, "orders", orders(t, 1, 1000)...)
	put(t, p, "orders", []byte("no json"))
	expectLedger(t, p, 1000, 1, 0)
	list, err := s.objects.ListBucket("bucket", &gofakes3.Prefix{HasPrefix: true, Prefix: "some/prefix/"}, gofakes3.ListBucketPage{})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for _, object := range list.Contents {
		found[strings.Split(object.Key, "/")[2]]++
	}
	if found["data"] == 0 || found["quarantine"] == 0 {
		t.Errorf("the bucket holds %v", found)
	}
	p.Stop()
	removeWarehouse(t, p)
	p.Start()
	expectLedger(t, p, 1000, 1, 0)
	p.Stop()
	if contains([]byte(p.Log()), secret) {
		t.Error("the secret is in the log")
	}
	nowhereIn(t, p.Data, secret)
}

// TestE2S3OutagesAreWaitedOut: whatever the store answers that is not about the object itself,
// producers go on, nothing is quarantined, and everything arrives afterwards.
func TestE2S3OutagesAreWaitedOut(t *testing.T) {
	t.Parallel()
	s := startStore(t)
	p := onStore(t, s).Start()
	put(t, p, "orders", orders(t, 1, 10)...)
	expectLedger(t, p, 10, 0, 0)
	sent := 10
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"busy":    {s3Error(503, "SlowDown"), "SlowDown"},
		"expired": {s3Error(403, "ExpiredToken"), "expired"},
		"denied":  {s3Error(403, "AccessDenied"), "may not do this"},
		"hung up": {hangUp, ""},
	} {
		s.fail(c.answer)
		put(t, p, "orders", orders(t, sent+1, 100)...)
		during := p.WaitFor("the outage to show: "+name, delivered, func(s status) bool { return !s.Ready && len(s.Problems) > 0 })
		if text := strings.Join(during.Problems, "\n"); !strings.Contains(text, c.says) {
			t.Errorf("%s: the status does not say %q: %s", name, c.says, text)
		}
		put(t, p, "orders", orders(t, sent+101, 100)...) // producers go on
		sent += 200
		s.work()
		expectLedger(t, p, int64(sent), 0, 0)
		p.WaitFor("the pipeline to be ready after "+name, delivered, func(s status) bool { return s.Ready && s.Balanced })
	}
}

// TestE5KilledDuringAnS3Outage: a start while the store is away is told, and loses nothing.
func TestE5KilledDuringAnS3Outage(t *testing.T) {
	t.Parallel()
	s := startStore(t)
	p := onStore(t, s).Start()
	put(t, p, "orders", orders(t, 1, 100)...)
	expectLedger(t, p, 100, 0, 0)
	s.fail(s3Error(503, "SlowDown"))
	put(t, p, "orders", orders(t, 101, 100)...)
	p.WaitFor("the outage to show", delivered, func(s status) bool { return !s.Ready })
	p.Kill()
	p.Start() // the log takes events whether or not the lake is there
	put(t, p, "orders", orders(t, 201, 100)...)
	p.WaitFor("the outage to show again", delivered, func(s status) bool { return !s.Ready && s.Ledger.Accepted == 300 })
	s.work()
	expectLedger(t, p, 300, 0, 0)
}
