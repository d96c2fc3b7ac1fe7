package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/penstock/penstock/internal/produce"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type wireEvent struct {
	ID           int64     `json:"id"`
	OrderID      string    `json:"order_id"`
	CustomerID   int64     `json:"customer_id"`
	GenerateDate time.Time `json:"generate_date"`
	City         string    `json:"city"`
}

type wireRequest struct {
	StreamName string
	Records    []struct {
		Data         []byte
		PartitionKey string
	}
}

func decode(t *testing.T, body []byte) (wireRequest, []wireEvent) {
	t.Helper()
	var request wireRequest
	if err := json.Unmarshal(body, &request); err != nil {
		t.Fatal(err)
	}
	var events []wireEvent
	for _, r := range request.Records {
		var e wireEvent
		if err := json.Unmarshal(r.Data, &e); err != nil {
			t.Fatalf("%s: %v", r.Data, err)
		}
		if r.PartitionKey != fmt.Sprint(e.CustomerID) || e.City == "" {
			t.Fatalf("key %q of %s", r.PartitionKey, r.Data)
		}
		events = append(events, e)
	}
	return request, events
}

func TestStampChangesIDsAndDateAndNothingElse(t *testing.T) {
	cfg := Config{Address: "h:1", Stream: "orders", Batch: 50}
	source, err := produce.NewOrders(produce.OrdersConfig{First: 1, Count: 50, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	request, err := newTemplate(cfg, source, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.UnixMilli(1_800_000_000_123).UTC()
	request.stamp(0, now)
	_, first := decode(t, request.body)
	request.stamp(87_654_321_000, now.Add(time.Hour))
	sent, second := decode(t, request.body)
	if sent.StreamName != "orders" || len(second) != 50 {
		t.Fatalf("%d events to %q", len(second), sent.StreamName)
	}
	for i := range first {
		a, b := first[i], second[i]
		tail := fmt.Sprintf("%012x", 87_654_321_000+i)
		if a.ID != idBase+int64(i) || b.ID != idBase+87_654_321_000+int64(i) ||
			!a.GenerateDate.Equal(now) || !b.GenerateDate.Equal(now.Add(time.Hour)) ||
			a.OrderID[:24] != b.OrderID[:24] || b.OrderID[24:] != tail || len(a.OrderID) != 36 || a.City != b.City {
			t.Fatalf("%+v then %+v", a, b)
		}
	}
	if !bytes.HasSuffix(request.request, request.body) {
		t.Error("the body is not the end of the request")
	}
}

// fake counts what it acknowledges, and fails as told.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	calls   int
	orders  map[string]int
	failing func(call, records int) (failed map[int]bool, status int, cut bool)
}

func newFake(t *testing.T, failing func(call, records int) (map[int]bool, int, bool)) *fake {
	f := &fake{orders: map[string]int{}, failing: failing}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		_, events := decode(t, body)
		f.mu.Lock()
		defer f.mu.Unlock()
		failed, status, cut := f.failing(f.calls, len(events))
		f.calls++
		if cut || status != 0 {
			if cut {
				panic(http.ErrAbortHandler)
			}
			w.WriteHeader(status)
			return
		}
		var results []string
		for i, e := range events {
			if failed[i] {
				results = append(results, `{"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"later"}`)
				continue
			}
			f.orders[e.OrderID]++
			results = append(results, `{"SequenceNumber":"`+strings.Repeat("4", 56)+`","ShardId":"shardId-000000000000"}`)
		}
		fmt.Fprintf(w, `{"FailedRecordCount":%d,"Records":[%s]}`, len(failed), strings.Join(results, ","))
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) config() Config {
	return Config{Address: f.Listener.Addr().String(), Batch: 100, Connections: 3, Templates: 2}
}

func (f *fake) exactly(t *testing.T, n int) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, times := range f.orders {
		if times != 1 {
			t.Errorf("order %s was acknowledged %d times", id, times)
		}
	}
	if len(f.orders) != n {
		t.Errorf("%d orders, want %d", len(f.orders), n)
	}
}

func TestEveryEventIsNewAndAcknowledgedOnce(t *testing.T) {
	f := newFake(t, func(int, int) (map[int]bool, int, bool) { return nil, 0, false })
	cfg := f.config()
	cfg.Count = 4950 // rounded up to whole requests
	report, err := Run(t.Context(), cfg)
	if err != nil || report.Acked != 5000 || report.Requests != 50 || report.Retried != 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	f.exactly(t, 5000)
	if report.BytesPerEvent < 300 || report.BytesPerEvent > 400 || report.PutP50 <= 0 || report.PutMax < report.PutP99 {
		t.Errorf("%+v", report)
	}
}

func TestOnlyFailedEventsAreSentAgain(t *testing.T) {
	f := newFake(t, func(call, records int) (map[int]bool, int, bool) {
		switch call % 4 {
		case 0:
			return map[int]bool{0: true, records / 2: true, records - 1: true}, 0, false
		case 1:
			return nil, http.StatusBadRequest, false
		case 2:
			return nil, 0, call < 20
		}
		return nil, 0, false
	})
	cfg := f.config()
	cfg.Count = 3000
	report, err := Run(t.Context(), cfg)
	if err != nil || report.Acked != 3000 || report.Retried == 0 || report.Refused == 0 || report.Unknown == 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	f.exactly(t, 3000)
}

func TestRateAndDurationAreKept(t *testing.T) {
	f := newFake(t, func(int, int) (map[int]bool, int, bool) { return nil, 0, false })
	cfg := f.config()
	cfg.Rate, cfg.Duration = 5000, 400*time.Millisecond
	report, err := Run(t.Context(), cfg)
	if err != nil || report.Acked == 0 || report.Acked > 2200 {
		t.Fatalf("%+v, %v", report, err)
	}
}

func TestAnInterruptedRunReportsWhatItSent(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	f := newFake(t, func(call, _ int) (map[int]bool, int, bool) {
		if call == 10 {
			interrupt()
		}
		return nil, 0, false
	})
	cfg := f.config()
	cfg.Duration = time.Hour
	report, err := Run(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	f.exactly(t, int(report.Acked))
}

func TestConfigReportsEveryFault(t *testing.T) {
	err := Config{Batch: 501, Rate: -1}.Validate()
	if err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("got %v", err)
	}
}

func BenchmarkStamp(b *testing.B) {
	source, err := produce.NewOrders(produce.OrdersConfig{First: 1, Count: 500, Seed: 3})
	if err != nil {
		b.Fatal(err)
	}
	t, err := newTemplate(Config{Address: "h:1", Stream: "orders", Batch: 500}, source, rand.New(rand.NewPCG(1, 2)))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	now := time.Now()
	for i := range b.N {
		t.stamp(int64(i)*500, now)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/500, "ns/event")
}
