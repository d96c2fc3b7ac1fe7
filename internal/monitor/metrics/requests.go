package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Operation names of requests to the Kinesis API that are shown by themselves; all others are "other".
var shownOperations = []string{"PutRecord", "PutRecords", "GetRecords", "GetShardIterator", "DescribeStream", "DescribeStreamSummary", "ListShards"}

// Results of a request.
const (
	resultOK       = "ok"
	resultRejected = "rejected" // the caller's mistake
	resultFailed   = "failed"   // ours
)

const otherOperation = "other"

func (m *Metrics) countRequests() {
	m.requests = m.counters("kinesis_requests_total", "Requests to the Kinesis API since the start, by operation and result: ok, rejected (the caller's mistake) or failed.", "operation", "result")
	m.requestTime = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "kinesis_request_duration_seconds", Buckets: requestBuckets,
		Help: "How long a request to the Kinesis API took, its body's arrival included.",
	}, []string{"operation"})
	m.registry.MustRegister(m.requestTime)
	for _, operation := range append([]string{otherOperation}, shownOperations...) {
		for _, result := range []string{resultOK, resultRejected, resultFailed} {
			m.requests.WithLabelValues(operation, result)
		}
		m.requestTime.WithLabelValues(operation)
	}
}

// Request counts a request to the Kinesis API that was answered with an HTTP status.
func (m *Metrics) Request(operation string, status int, took time.Duration) {
	operation = shown(operation)
	result := resultOK
	switch {
	case status >= 500:
		result = resultFailed
	case status >= 400:
		result = resultRejected
	}
	m.requests.WithLabelValues(operation, result).Inc()
	m.requestTime.WithLabelValues(operation).Observe(took.Seconds())
}

func shown(operation string) string {
	for _, known := range shownOperations {
		if operation == known {
			return known
		}
	}
	return otherOperation
}
