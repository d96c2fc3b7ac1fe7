package load

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/penstock/penstock/internal/produce"
)

// Report is what a run came to.
type Report struct {
	// Acked is how many events the endpoint acknowledged. Of those counted in Unknown, it may
	// have taken some without an answer, and then again.
	Acked int64 `json:"acked"`
	// Requests counts every try; Retried counts events sent again; Unknown counts events of
	// which the answer was lost; Refused counts requests refused as a whole, by throttling say.
	Requests int64 `json:"requests"`
	Retried  int64 `json:"retried"`
	Unknown  int64 `json:"unknown"`
	Refused  int64 `json:"refused"`
	// Seconds is from the first request to the last answer.
	Seconds         float64 `json:"seconds"`
	EventsPerSecond float64 `json:"events_per_second"`
	// BytesPerEvent is the mean size of an event.
	BytesPerEvent float64 `json:"bytes_per_event"`
	// CPUSeconds is what this process spent meanwhile, CPUPerEvent the same in microseconds.
	CPUSeconds  float64 `json:"cpu_seconds"`
	CPUPerEvent float64 `json:"cpu_us_per_event"`
	// PutP50, PutP99 and PutMax are times from a request to its answer, in milliseconds.
	PutP50 float64 `json:"put_p50_ms"`
	PutP99 float64 `json:"put_p99_ms"`
	PutMax float64 `json:"put_max_ms"`
}

// worker owns one connection.
type worker struct {
	cfg        Config
	connection connection
	templates  []*template
	report     Report
	latencies  []time.Duration
}

// Run sends until the configured end, or until ctx ends, which is no error. It returns when every
// request has its answer and all its goroutines are gone.
func Run(ctx context.Context, cfg Config) (Report, error) {
	if err := cfg.Validate(); err != nil {
		return Report{}, err
	}
	cfg = cfg.withDefaults()
	workers, bytesPerEvent, err := newWorkers(cfg)
	if err != nil {
		return Report{}, err
	}
	start, cpu := time.Now(), cpuTime()
	err = runAll(ctx, cfg, workers, start)
	report := sum(workers)
	report.Seconds = time.Since(start).Seconds()
	report.CPUSeconds = (cpuTime() - cpu).Seconds()
	report.BytesPerEvent = bytesPerEvent
	report.EventsPerSecond = float64(report.Acked) / report.Seconds
	report.CPUPerEvent = report.CPUSeconds * 1e6 / float64(max(report.Acked, 1))
	return report, err
}

func newWorkers(cfg Config) ([]*worker, float64, error) {
	seed := cfg.Seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	random := rand.New(rand.NewPCG(seed, 1))
	events := cfg.Connections * cfg.Templates * cfg.Batch
	source, err := produce.NewOrders(produce.OrdersConfig{First: 1, Count: int64(events), Seed: cfg.Seed})
	if err != nil {
		return nil, 0, err
	}
	var workers []*worker
	encoded := 0
	for range cfg.Connections {
		w := &worker{cfg: cfg, connection: connection{address: cfg.Address}}
		for range cfg.Templates {
			t, err := newTemplate(cfg, source, random)
			if err != nil {
				return nil, 0, err
			}
			w.templates = append(w.templates, t)
			for _, s := range t.slots {
				encoded += s.end - s.start - len(`{"Data":"","PartitionKey":"1234"}`)
			}
		}
		workers = append(workers, w)
	}
	return workers, float64(encoded) / 4 * 3 / float64(events), nil
}

// runAll lets the workers draw requests from one count, each due at its time.
func runAll(ctx context.Context, cfg Config, workers []*worker, start time.Time) error {
	var drawn atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, len(workers))
	for i, w := range workers {
		group.Go(func() {
			defer w.connection.close()
			for n := 0; ; n++ {
				number := drawn.Add(1) - 1
				first := number * int64(cfg.Batch)
				if cfg.Count > 0 && first >= cfg.Count {
					return
				}
				if cfg.Rate > 0 {
					due := start.Add(time.Duration(float64(first) / cfg.Rate * float64(time.Second)))
					if rest(ctx, time.Until(due)) != nil {
						return
					}
				}
				if ctx.Err() != nil || cfg.Duration > 0 && time.Since(start) >= cfg.Duration {
					return
				}
				t := w.templates[n%len(w.templates)]
				t.stamp(first, time.Now())
				// A request under way is seen through to its answer, so that Acked is exact.
				if errs[i] = w.put(context.WithoutCancel(ctx), t); errs[i] != nil {
					return
				}
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

func sum(workers []*worker) Report {
	var total Report
	var latencies []time.Duration
	for _, w := range workers {
		total.Acked += w.report.Acked
		total.Requests += w.report.Requests
		total.Retried += w.report.Retried
		total.Unknown += w.report.Unknown
		total.Refused += w.report.Refused
		latencies = append(latencies, w.latencies...)
	}
	if len(latencies) == 0 {
		return total
	}
	slices.Sort(latencies)
	at := func(share float64) float64 {
		return float64(latencies[int(share*float64(len(latencies)-1))]) / float64(time.Millisecond)
	}
	total.PutP50, total.PutP99, total.PutMax = at(0.5), at(0.99), at(1)
	return total
}

// cpuTime is what this process has spent so far, in the kernel too.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
