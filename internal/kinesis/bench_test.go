package kinesis

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// sink takes records and keeps nothing.
type sink struct {
	memory
	last uint64
}

func (s *sink) Append(_ context.Context, _ string, _ int, puts []event.Put) (Appended, error) {
	first := s.last + 1
	s.last += uint64(len(puts))
	return Appended{First: first, Arrived: 1_800_000_000_123}, nil
}

// discard is a ResponseWriter that keeps the status.
type discard struct {
	header http.Header
	status int
	bytes  int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(b []byte) (int, error) { d.bytes += len(b); return len(b), nil }

// usualBody is a PutRecords request of 500 events of 350 bytes, as SDKs write it.
func usualBody(stream string) []byte {
	data := bytes.Repeat([]byte(`{"order_id":"b3c1","city":"Ulm"},`), 11)[:350]
	var b bytes.Buffer
	b.WriteString(`{"Records":[`)
	for i := range 500 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"Data":"%s","PartitionKey":"customer-%d"}`, base64.StdEncoding.EncodeToString(data), i*7919)
	}
	fmt.Fprintf(&b, `],"StreamName":"%s"}`, stream)
	return b.Bytes()
}

// BenchmarkPutRecords is the whole cost of the front door for one record, but for TCP and the log.
func BenchmarkPutRecords(b *testing.B) {
	for _, shards := range []int{1, 4} {
		b.Run(fmt.Sprintf("shards=%d", shards), func(b *testing.B) {
			log := &sink{memory: *newMemory(func() int64 { return 0 }, StreamInfo{Name: "orders", Shards: shards, Created: 1_700_000_000, Retention: time.Hour})} //nolint:govet // nobody uses the copied lock
			s, err := New(Config{}, log)
			if err != nil {
				b.Fatal(err)
			}
			benchmark(b, s, usualBody("orders"))
		})
	}
}

func benchmark(b *testing.B, s *Server, body []byte) {
	b.Helper()
	b.ReportAllocs()
	h := s.Handler()
	for b.Loop() {
		r, _ := http.NewRequest(http.MethodPost, "http://127.0.0.1:4567/", io.NopCloser(bytes.NewReader(body)))
		r.ContentLength = int64(len(body))
		r.Header["Content-Type"] = []string{jsonContentType}
		r.Header["X-Amz-Target"] = []string{targetPrefix + "PutRecords"}
		w := &discard{header: http.Header{}}
		h.ServeHTTP(w, r)
		if w.status != http.StatusOK || w.bytes < 50_000 {
			b.Fatalf("status %d, %d bytes", w.status, w.bytes)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/500, "ns/record")
}
