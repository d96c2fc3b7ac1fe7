package firehose

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

// MetricsNamespace is the CloudWatch namespace of the Transformer's metrics: Records, Rows, Dropped,
// Quarantined and ProcessingFailed by DeliveryStream, and Quarantined by DeliveryStream and Reason.
const MetricsNamespace = "Penstock"

// The names of dimensions and metrics; alarms are written with them.
const (
	DimensionStream  = "DeliveryStream"
	DimensionReason  = "Reason"
	MetricQuarantine = "Quarantined"
	MetricFailed     = "ProcessingFailed"
)

// WriteMetrics writes a report in CloudWatch's embedded metric format, one JSON object a line: what a
// function prints becomes metrics without a call to CloudWatch.
func WriteMetrics(w io.Writer, r Report, at time.Time) error {
	lines := []map[string]any{metricLine(at, []string{DimensionStream}, map[string]any{
		DimensionStream: r.DeliveryStream, "Records": r.Records, "Rows": r.Rows, "Dropped": r.Dropped,
		MetricQuarantine: r.Quarantined, MetricFailed: r.Failed,
	})}
	for _, reason := range slices.Sorted(maps.Keys(r.Reasons)) {
		lines = append(lines, metricLine(at, []string{DimensionStream, DimensionReason}, map[string]any{
			DimensionStream: r.DeliveryStream, DimensionReason: reason, MetricQuarantine: r.Reasons[reason],
		}))
	}
	for _, line := range lines {
		text, err := json.Marshal(line)
		if err != nil {
			return fmt.Errorf("write metrics: %w", err)
		}
		if _, err := w.Write(append(text, '\n')); err != nil {
			return fmt.Errorf("write metrics: %w", err)
		}
	}
	return nil
}

// metricLine adds to values what makes them metrics: all that are no dimension.
func metricLine(at time.Time, dimensions []string, values map[string]any) map[string]any {
	type metric struct{ Name, Unit string }
	var metrics []metric
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(dimensions, name) {
			metrics = append(metrics, metric{name, "Count"})
		}
	}
	values["_aws"] = map[string]any{
		"Timestamp": at.UnixMilli(),
		"CloudWatchMetrics": []map[string]any{{
			"Namespace": MetricsNamespace, "Dimensions": [][]string{dimensions}, "Metrics": metrics,
		}},
	}
	return values
}
