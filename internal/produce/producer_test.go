package produce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/penstock/penstock/internal/event"
)

func ok(put) answer { return answer{} }

// run sends n numbered records to e and checks that every event is accounted for.
func run(t *testing.T, cfg Config, client Client, src Source) (Summary, error) {
	t.Helper()
	p, err := New(cfg, client)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.Run(t.Context(), src)
	if s.Taken != s.Sent+s.Failed {
		t.Errorf("%d taken, but %d sent and %d failed", s.Taken, s.Sent, s.Failed)
	}
	return s, err
}

// exactlyOnce checks that the endpoint acknowledged the records 0 to n-1, each once.
func exactlyOnce(t *testing.T, e *endpoint, n int) {
	t.Helper()
	counts := e.accepted()
	for i := range n {
		if c := counts[strconv.Itoa(i)]; c != 1 {
			t.Errorf("record %d was acknowledged %d times", i, c)
		}
	}
	if len(counts) != n {
		t.Errorf("%d different records, want %d", len(counts), n)
	}
}

func inSourceOrder(t *testing.T, e *endpoint) {
	t.Helper()
	for k := range 7 {
		last := -1
		for _, data := range e.inOrder(fmt.Sprintf("key-%d", k)) {
			n, _ := strconv.Atoi(data)
			if n < last {
				t.Errorf("key %d: %d arrived after %d", k, n, last)
			}
			last = n
		}
	}
}

func TestEveryRecordIsSentOnceAndInTheOrderOfItsKey(t *testing.T) {
	for _, inFlight := range []int{1, 4} {
		e := newEndpoint(t, ok)
		cfg := quick()
		cfg.InFlight = inFlight
		s, err := run(t, cfg, e.client(), &numbered{n: 5003})
		if err != nil || s.Sent != 5003 || s.Retried != 0 || s.Failed != 0 || s.Interrupted {
			t.Fatalf("%+v, %v", s, err)
		}
		exactlyOnce(t, e, 5003)
		inSourceOrder(t, e)
		if e.mu.largest > 500 {
			t.Errorf("a call held %d records", e.mu.largest)
		}
	}
}

func TestPartialFailureSendsOnlyTheFailedRecordsAgain(t *testing.T) {
	failed := 0
	e := newEndpoint(t, func(p put) answer {
		failures := map[int]string{}
		if p.number < 20 {
			for i := range p.records {
				if i%3 == 1 {
					failures[i] = "ProvisionedThroughputExceededException"
				}
				if i%50 == 2 {
					failures[i] = "InternalFailure"
				}
			}
		}
		failed += len(failures)
		return answer{failures: failures}
	})
	cfg := quick()
	cfg.InFlight = 1 // the endpoint's counter has no lock
	s, err := run(t, cfg, e.client(), &numbered{n: 3000})
	if err != nil || s.Sent != 3000 || s.Failed != 0 || s.Retried != int64(failed) || failed == 0 {
		t.Fatalf("%+v with %d failures, %v", s, failed, err)
	}
	exactlyOnce(t, e, 3000)
}

func TestWholeCallsAreRetried(t *testing.T) {
	throttled := `{"__type":"ProvisionedThroughputExceededException","message":"slow down"}`
	answers := []answer{
		{status: 500, body: `{"__type":"InternalFailure"}`},
		{status: 400, body: throttled},
		{status: 503, body: "<html>down for maintenance</html>"},
		{status: 502},
		{cut: true},
		{status: 429, body: "slow down"},
		{status: 200, body: `{"FailedRecordCount":0,"Recor`},
		{status: 200, body: `{"FailedRecordCount":0,"Records":[{"SequenceNumber":"1","ShardId":"s"}]}`},
		{},
	}
	e := newEndpoint(t, func(p put) answer { return answers[p.number%len(answers)] })
	cfg := quick()
	cfg.InFlight, cfg.BatchRecords = 1, 100
	s, err := run(t, cfg, e.client(), &numbered{n: 300})
	if err != nil || s.Sent != 300 || s.Failed != 0 || s.Retried != 300*8 {
		t.Fatalf("%+v, %v", s, err)
	}
	exactlyOnce(t, e, 300)
	inSourceOrder(t, e)
}

func TestAnEndpointThatGoesAwayIsOutlived(t *testing.T) {
	var down atomic.Bool
	e := newEndpoint(t, func(p put) answer { return answer{cut: down.Load()} })
	src := &numbered{n: 2000, before: func(i int) error {
		if i == 600 {
			down.Store(true)
			e.stop()
			time.AfterFunc(100*time.Millisecond, func() { down.Store(false); e.start() })
		}
		return nil
	}}
	s, err := run(t, quick(), e.client(), src)
	if err != nil || s.Sent != 2000 || s.Failed != 0 || s.Retried == 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	// A call under way when the port closed may have been taken without an answer.
	for i := range 2000 {
		if e.accepted()[strconv.Itoa(i)] < 1 {
			t.Errorf("record %d is lost", i)
		}
	}
}

func TestALostAnswerMakesADuplicateAndNeverALoss(t *testing.T) {
	e := newEndpoint(t, func(p put) answer { return answer{cut: p.number == 1, stored: true} })
	cfg := quick()
	cfg.InFlight, cfg.BatchRecords = 1, 10
	s, err := run(t, cfg, e.client(), &numbered{n: 30})
	if err != nil || s.Sent != 30 || s.Retried != 10 {
		t.Fatalf("%+v, %v", s, err)
	}
	for i := range 30 {
		want := 1
		if i >= 10 && i < 20 {
			want = 2
		}
		if got := e.accepted()[strconv.Itoa(i)]; got != want {
			t.Errorf("record %d arrived %d times, want %d", i, got, want)
		}
	}
}

func TestARefusedRecordSpoilsNoOther(t *testing.T) {
	bad := map[string]bool{"17": true, "18": true, "399": true}
	e := newEndpoint(t, func(p put) answer {
		for _, r := range p.records {
			if bad[string(r.Data)] {
				return answer{status: 400, body: `{"__type":"ValidationException","message":"too large"}`}
			}
		}
		return answer{}
	})
	cfg := quick()
	cfg.InFlight = 1
	s, err := run(t, cfg, e.client(), &numbered{n: 1000})
	if err != nil || s.Sent != 997 || s.Failed != 3 {
		t.Fatalf("%+v, %v", s, err)
	}
	if len(s.Problems) != 1 || s.Problems[0] != "ValidationException: too large" {
		t.Errorf("problems: %q", s.Problems)
	}
	inSourceOrder(t, e)
}

func TestAnEndpointThatRefusesEverythingStopsTheRun(t *testing.T) {
	for _, c := range []struct{ body, words string }{
		{`{"__type":"ResourceNotFoundException","message":"no stream"}`, "ResourceNotFoundException: no stream\n  create the stream"},
		{`{"__type":"UnrecognizedClientException","message":"no key"}`, "check the access keys"},
		{`{"__type":"ValidationException","message":"bad name"}`, "ValidationException: bad name"},
		{`<html>404</html>`, "check that --endpoint"},
	} {
		e := newEndpoint(t, func(put) answer { return answer{status: 400, body: c.body} })
		s, err := run(t, quick(), e.client(), &numbered{n: 100_000})
		var ours *event.Error
		if !errors.As(err, &ours) || ours.Code != "refused_by_endpoint" || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", c.body, err)
		}
		if s.Sent != 0 || s.Failed == 0 || s.Failed == 100_000 || e.calls() > 1000 {
			t.Errorf("%s: %+v in %d calls", c.body, s, e.calls())
		}
	}
}

func TestAStreamMissingInMidRunIsWaitedFor(t *testing.T) {
	e := newEndpoint(t, func(p put) answer {
		if p.number >= 1 && p.number < 9 {
			return answer{status: 400, body: `{"__type":"ResourceNotFoundException","message":"not yet"}`}
		}
		return answer{}
	})
	cfg := quick()
	cfg.InFlight = 1
	s, err := run(t, cfg, e.client(), &numbered{n: 1500})
	if err != nil || s.Sent != 1500 || s.Retried != 8*500 {
		t.Fatalf("%+v, %v", s, err)
	}
}

func TestMissingCredentialsStopTheRun(t *testing.T) {
	none := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, errors.New("no credentials anywhere")
	})
	client := NewClient(aws.Config{Region: "us-east-1", Credentials: none}, "")
	_, err := run(t, quick(), client, &numbered{n: 10})
	if err == nil || !strings.Contains(err.Error(), "check the region, the profile and the credentials") {
		t.Errorf("got %v", err)
	}
}

func TestUnfitRecordsFailWithoutACall(t *testing.T) {
	e := newEndpoint(t, ok)
	records := []Record{
		{PartitionKey: "", Data: []byte("{}")},
		{PartitionKey: strings.Repeat("k", 257), Data: []byte("{}")},
		{PartitionKey: strings.Repeat("é", 256), Data: []byte("fits")},
		{PartitionKey: "k", Data: make([]byte, MaxRecord)},
	}
	s, err := run(t, quick(), e.client(), &listed{records: records})
	if err != nil || s.Sent != 1 || s.Failed != 3 || len(s.Problems) != 3 || e.accepted()["fits"] != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestALargeRecordTravelsAlone(t *testing.T) {
	var sizes []int
	e := newEndpoint(t, func(p put) answer { sizes = append(sizes, len(p.records)); return answer{} })
	small, large := []byte("s"), make([]byte, usualRecord)
	var records []Record
	for i := range 9 {
		data := small
		if i == 4 {
			data = large
		}
		records = append(records, Record{PartitionKey: "k", Data: data})
	}
	cfg := quick()
	cfg.Linger = time.Minute // only what fills a batch, or closes the lane, sends it
	if s, err := run(t, cfg, e.client(), &listed{records: records}); err != nil || s.Sent != 9 {
		t.Fatalf("%+v, %v", s, err)
	}
	if fmt.Sprint(sizes) != "[4 1 4]" {
		t.Errorf("calls of %v records", sizes)
	}
}

// listed is a source of given records.
type listed struct{ records []Record }

func (l *listed) Next() (Record, error) {
	if len(l.records) == 0 {
		return Record{}, io.EOF
	}
	r := l.records[0]
	l.records = l.records[1:]
	return r, nil
}

func TestASourceThatBreaksKeepsWhatItGave(t *testing.T) {
	e := newEndpoint(t, ok)
	broken := errors.New("the disk is gone")
	src := &numbered{n: 1000, before: func(i int) error {
		if i == 700 {
			return broken
		}
		return nil
	}}
	s, err := run(t, quick(), e.client(), src)
	if !errors.Is(err, broken) || s.Sent != 700 || s.Failed != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestUnsendableEventsCountAsFailedAndTheRunGoesOn(t *testing.T) {
	e := newEndpoint(t, ok)
	told := false
	src := &numbered{n: 10, before: func(i int) error {
		if i == 5 && !told {
			told = true
			return &Unsendable{Where: "f:5", Why: "too long"}
		}
		return nil
	}}
	s, err := run(t, quick(), e.client(), src)
	if err != nil || s.Sent != 10 || s.Failed != 1 || s.Taken != 11 || s.Problems[0] != "f:5: too long" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestConfigReportsEveryFault(t *testing.T) {
	err := Config{InFlight: 65, BatchRecords: 501, BatchBytes: -1, Rate: -1, Grace: -1}.Validate()
	if err == nil || strings.Count(err.Error(), "\n") != 5 {
		t.Errorf("got %v", err)
	}
	if err := (Config{Stream: "orders"}).Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
}

func BenchmarkProducer(b *testing.B) {
	p, err := New(Config{Stream: "orders"}, clientFunc(func(context.Context, int) error { return nil }))
	if err != nil {
		b.Fatal(err)
	}
	src, err := NewOrders(OrdersConfig{First: 1, Count: int64(b.N)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	if _, err := p.Run(b.Context(), src); err != nil {
		b.Fatal(err)
	}
}
