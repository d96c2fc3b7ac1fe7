package metrics

import (
	"net/http"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/monitor"
)

// Sources are what is read at each scrape. All are cheap and never block for long.
type Sources struct {
	// Reading is the monitor's last.
	Reading func() monitor.Reading
	// WarehouseRestarts counts how often the warehouse's process has been started again.
	WarehouseRestarts func() int64
	// LiveStreams is how many live views are open.
	LiveStreams func() int
	// Backlog is how many bytes wait for delivery and loading, and the limit from which on producers are slowed.
	Backlog func() (waiting, limit int64)
}

// Metrics counts what happens in a pipeline and shows it. It is safe for use by many goroutines.
type Metrics struct {
	registry *prometheus.Registry

	quarantined  *prometheus.CounterVec
	flushes      prometheus.Histogram
	flushedFiles prometheus.Counter
	flushedBytes prometheus.Counter
	loads        prometheus.Histogram
	loadedFiles  prometheus.Counter
	duplicates   prometheus.Counter
	refused      prometheus.Counter
	requests     *prometheus.CounterVec
	requestTime  *prometheus.HistogramVec
}

var (
	// flushBuckets and loadBuckets go from a small file on a local disk to one that a slow store takes, in seconds.
	flushBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	loadBuckets  = []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60}
	// requestBuckets go from a group commit on a fast disk to the longest that a request may take, in seconds.
	requestBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
)

// New returns the metrics of one pipeline, in a registry of their own. version is the program's.
func New(version string, from Sources) *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	m.registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		&readings{from: from},
	)
	m.countFacts()
	m.countRequests()
	build := m.gauge("build_info", "The program's version; always 1.", prometheus.Labels{"version": version, "goversion": runtime.Version()})
	build.Set(1)
	return m
}

// Handler answers a scrape.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		// Two at once are somebody's second Prometheus; more are a mistake.
		MaxRequestsInFlight: 2, Timeout: 10 * time.Second,
	})
}

const namespace = "penstock"

func (m *Metrics) gauge(name, help string, labels prometheus.Labels) prometheus.Gauge {
	g := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels})
	m.registry.MustRegister(g)
	return g
}

func (m *Metrics) counter(name, help string) prometheus.Counter {
	c := prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) counters(name, help string, labels ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.registry.MustRegister(c)
	return c
}

func (m *Metrics) histogram(name, help string, buckets []float64) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets})
	m.registry.MustRegister(h)
	return h
}

func (m *Metrics) countFacts() {
	m.quarantined = m.counters("quarantined_events_total", "Events that went to the quarantine since the start, by reason.", "reason")
	for _, reason := range event.Reasons() {
		m.quarantined.WithLabelValues(string(reason)) // a rate needs the 0 before the first one
	}
	m.flushes = m.histogram("flush_duration_seconds", "How long it took to store a plan's lake files.", flushBuckets)
	m.flushedFiles = m.counter("flushed_files_total", "Lake files stored since the start.")
	m.flushedBytes = m.counter("flushed_bytes_total", "Bytes of lake files stored since the start, as stored.")
	m.loads = m.histogram("load_duration_seconds", "How long a load into the warehouse took, of many files in one transaction.", loadBuckets)
	m.loadedFiles = m.counter("loaded_files_total", "Lake files loaded since the start.")
	m.duplicates = m.counter("duplicate_rows_total", "Rows that a contract's key refused as duplicates since the start.")
	m.refused = m.counter("refused_records_total", "Records that producers were told to send again later since the start.")
}

// Hear takes the facts of every step.
func (m *Metrics) Hear(f event.Fact) {
	switch f := f.(type) {
	case event.Quarantined:
		for reason, n := range f.Reasons {
			m.quarantined.WithLabelValues(string(reason)).Add(float64(n))
		}
	case event.Flushed:
		m.flushes.Observe(f.Took.Seconds())
		m.flushedFiles.Add(float64(f.Files))
		m.flushedBytes.Add(float64(f.Bytes))
	case event.Loaded:
		if f.Files == 0 {
			return // a range without rows
		}
		m.loads.Observe(f.Took.Seconds())
		m.loadedFiles.Add(float64(f.Files))
		m.duplicates.Add(float64(f.Duplicates))
	case event.Refused:
		m.refused.Add(float64(f.Records))
	}
}
