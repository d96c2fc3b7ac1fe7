package produce

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock/penstock/internal/event"
)

// clientFunc is a Client without a network.
type clientFunc func(ctx context.Context, n int) error

func (f clientFunc) PutRecords(ctx context.Context, in *kinesis.PutRecordsInput, _ ...func(*kinesis.Options)) (*kinesis.PutRecordsOutput, error) {
	if err := f(ctx, len(in.Records)); err != nil {
		return nil, err
	}
	return &kinesis.PutRecordsOutput{Records: make([]types.PutRecordsResultEntry, len(in.Records))}, nil
}

// errDown is what a call ends with that gets no answer in time.
var errDown = fmt.Errorf("no answer: %w", context.DeadlineExceeded)

func TestARunGivesUpAfterRetryForWithoutProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := clientFunc(func(context.Context, int) error { return errDown })
		start := time.Now()
		s, err := run(t, Config{Stream: "orders"}, down, &numbered{n: 100_000})
		var ours *event.Error
		if !errors.As(err, &ours) || ours.Code != "no_progress" {
			t.Fatalf("got %v", err)
		}
		if took := time.Since(start); took < 2*time.Minute || took > 121*time.Second {
			t.Errorf("gave up after %s", took)
		}
		if s.Sent != 0 || s.Failed == 0 || s.Failed > 8*500+1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestAMinuteOfOutageIsOutlivedAndThenFast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		client := clientFunc(func(context.Context, int) error {
			if time.Since(start) < time.Minute {
				return errDown
			}
			return nil
		})
		s, err := run(t, Config{Stream: "orders"}, client, &numbered{n: 10_000})
		if err != nil || s.Sent != 10_000 || s.Failed != 0 {
			t.Fatalf("%+v, %v", s, err)
		}
		if s.Took < time.Minute || s.Took > 64*time.Second {
			t.Errorf("took %s", s.Took)
		}
	})
}

func TestRateIsKeptAndSmooth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		perSecond := map[int]int{}
		src := &numbered{n: 5000, before: func(i int) error {
			perSecond[int(time.Since(start)/time.Second)]++
			return nil
		}}
		s, err := run(t, Config{Stream: "orders", Rate: 1000}, clientFunc(func(context.Context, int) error { return nil }), src)
		if err != nil || s.Sent != 5000 {
			t.Fatalf("%+v, %v", s, err)
		}
		if s.Took < 4900*time.Millisecond || s.Took > 5200*time.Millisecond {
			t.Errorf("5,000 events at 1,000 a second took %s", s.Took)
		}
		for second := range 4 {
			if n := perSecond[second]; n < 980 || n > 1020 {
				t.Errorf("%d events in second %d", n, second)
			}
		}
	})
}

func TestASlowSourceIsNotHeldBackByBatching(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sentAt []time.Duration
		start := time.Now()
		client := clientFunc(func(_ context.Context, n int) error {
			sentAt = append(sentAt, time.Since(start))
			return nil
		})
		cfg := Config{Stream: "orders", Rate: 2, InFlight: 1}
		if s, err := run(t, cfg, client, &numbered{n: 4}); err != nil || s.Sent != 4 {
			t.Fatalf("%+v, %v", s, err)
		}
		if len(sentAt) != 4 || sentAt[1] > 600*time.Millisecond {
			t.Errorf("sent at %v", sentAt)
		}
	})
}

func TestAnInterruptedRunSendsWhatItTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		client := clientFunc(func(context.Context, int) error { time.Sleep(time.Second); return nil })
		p, err := New(Config{Stream: "orders"}, client)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(2500*time.Millisecond, interrupt)
		s, err := p.Run(ctx, &numbered{n: 1_000_000})
		if err != nil || !s.Interrupted || s.Failed != 0 || s.Sent != s.Taken || s.Sent < 1500 {
			t.Errorf("%+v, %v", s, err)
		}
		if s.Took > 5*time.Second {
			t.Errorf("took %s", s.Took)
		}
	})
}

func TestAnInterruptedRunDoesNotWaitForAnEndpointThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, interrupt := context.WithCancel(t.Context())
		p, err := New(Config{Stream: "orders"}, clientFunc(func(context.Context, int) error { return errDown }))
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(10*time.Second, func() {
			if p.Waiting() == "" {
				t.Error("the run does not say what it waits for")
			}
			interrupt()
		})
		s, err := p.Run(ctx, &numbered{n: 1_000_000})
		if err != nil || !s.Interrupted || s.Sent != 0 || s.Failed != s.Taken || s.Took > 16*time.Second {
			t.Errorf("%+v, %v", s, err)
		}
	})
}
