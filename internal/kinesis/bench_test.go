package kinesis

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/bytedance/sonic"

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
			log := &sink{memory: *newMemory(func() int64 { return 0 }, StreamInfo{Name: "orders", Shards: shards, Created: 1_700_000_000, Retention: time.Hour})}
			s, err := New(Config{}, log)
			if err != nil {
				b.Fatal(err)
			}
			benchmark(b, s, "PutRecords", usualBody("orders"))
		})
	}
}

func benchmark(b *testing.B, s *Server, operation string, body []byte) {
	b.Helper()
	b.ReportAllocs()
	h := s.Handler()
	cpu := cpuTime()
	for b.Loop() {
		r, _ := http.NewRequest(http.MethodPost, "http://127.0.0.1:4567/", io.NopCloser(bytes.NewReader(body)))
		r.ContentLength = int64(len(body))
		r.Header["Content-Type"] = []string{jsonContentType}
		r.Header["X-Amz-Target"] = []string{targetPrefix + operation}
		w := &discard{header: http.Header{}}
		h.ServeHTTP(w, r)
		if w.status != http.StatusOK || w.bytes < 50_000 {
			b.Fatalf("status %d, %d bytes", w.status, w.bytes)
		}
	}
	perRecord(b, cpu)
}

// BenchmarkPutRecordsSigned adds what it costs to verify signatures.
func BenchmarkPutRecordsSigned(b *testing.B) {
	body := usualBody("orders")
	verifier := newVerifier([]Credential{{testKey, testSecret}}, time.Now)
	r, _ := http.NewRequest(http.MethodPost, "http://127.0.0.1:4567/", nil)
	r.Header.Set("X-Amz-Target", targetPrefix+"PutRecords")
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret}, r,
		hex.EncodeToString(sum[:]), service, "us-east-1", time.Now()); err != nil {
		b.Fatal(err)
	}
	cpu := cpuTime()
	for b.Loop() {
		signed, fault := verifier.identify(r)
		if fault == nil {
			fault = signed.verify(r, body)
		}
		if fault != nil {
			b.Fatal(fault)
		}
	}
	perRecord(b, cpu)
}

// BenchmarkGetRecords reads 500 records of 350 bytes.
func BenchmarkGetRecords(b *testing.B) {
	log := newMemory(func() int64 { return 1_800_000_000_123 }, StreamInfo{Name: "orders", Shards: 1, Created: 1_700_000_000, Retention: time.Hour})
	puts := make([]event.Put, 500)
	for i := range puts {
		puts[i] = event.Put{PartitionKey: fmt.Sprintf("customer-%d", i*7919), Data: make([]byte, 350)}
	}
	if _, err := log.Append(context.Background(), "orders", 0, puts); err != nil {
		b.Fatal(err)
	}
	s, err := New(Config{}, log)
	if err != nil {
		b.Fatal(err)
	}
	body := fmt.Appendf(nil, `{"ShardIterator":%q}`, s.sealIterator(iterator{stream: "orders", created: 1_700_000_000, next: 1}))
	benchmark(b, s, "GetRecords", body)
}

// BenchmarkDecode compares our reader with the general decoders on the body of PutRecords.
func BenchmarkDecode(b *testing.B) {
	body := usualBody("orders")
	type request struct {
		StreamName string
		Records    []struct {
			Data         []byte
			PartitionKey string
		}
	}
	b.Run("ours", func(b *testing.B) {
		op := putRecords{scratch: new(scratch)}
		arena := make([]byte, 0, blobSpace(len(body)))
		cpu := cpuTime()
		for b.Loop() {
			r := jsonCodec{}.reader(body, arena)
			r.object()
			for name, more := r.field(); more; name, more = r.field() {
				op.field(name, r)
			}
			if r.end() != nil || op.sent != 500 {
				b.Fatal(r.end(), op.sent)
			}
		}
		perRecord(b, cpu)
	})
	for name, decode := range map[string]func([]byte, any) error{"sonic": sonic.Unmarshal, "encoding-json": json.Unmarshal} {
		b.Run(name, func(b *testing.B) {
			cpu := cpuTime()
			for b.Loop() {
				var r request
				if err := decode(body, &r); err != nil || len(r.Records) != 500 {
					b.Fatal(err, len(r.Records))
				}
			}
			perRecord(b, cpu)
		})
	}
}

// perRecord reports the processor time of one record, which other work on the machine disturbs
// less than the clock.
func perRecord(b *testing.B, since time.Duration) {
	b.Helper()
	b.ReportMetric(float64((cpuTime()-since).Nanoseconds())/float64(b.N)/500, "cpu-ns/record")
}

// cpuTime is the processor time this process has used.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
