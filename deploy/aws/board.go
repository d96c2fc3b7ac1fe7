package main

import (
	"encoding/json"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"
)

// line is one curve of a chart, as CloudWatch's dashboards name it.
type line struct{ namespace, metric, dimension, of, statistic string }

// dashboard draws the path in CloudWatch. Names of resources are tokens inside the text.
func (s *stack) dashboard(source source, f function, d delivery) {
	kinesis := func(metric, statistic string) line {
		return line{"AWS/Kinesis", metric, "StreamName", *source.Ref(), statistic}
	}
	firehose := func(metric, statistic string) line {
		return line{"AWS/Firehose", metric, "DeliveryStreamName", *d.Ref(), statistic}
	}
	lambda := func(metric, statistic string) line {
		return line{"AWS/Lambda", metric, "FunctionName", *f.Ref(), statistic}
	}
	charts := []struct {
		title string
		lines []line
	}{
		{"Events in and to the lake", []line{kinesis("IncomingRecords", "Sum"), firehose("DeliveryToS3.Records", "Sum")}},
		{"How late", []line{kinesis("GetRecords.IteratorAgeMilliseconds", "Maximum"), firehose("KinesisMillisBehindLatest", "Maximum")}},
		{"Freshness of the lake, seconds", []line{firehose("DeliveryToS3.DataFreshness", "Maximum")}},
		{"Throttled", []line{kinesis("WriteProvisionedThroughputExceeded", "Sum"), kinesis("ReadProvisionedThroughputExceeded", "Sum"), firehose("ThrottledGetRecords", "Sum")}},
		{"Transformer", []line{lambda("Duration", "p99"), lambda("Errors", "Sum"), lambda("Throttles", "Sum")}},
		{"Success", []line{firehose("DeliveryToS3.Success", "Average"), firehose("ExecuteProcessing.Success", "Average")}},
	}
	var widgets []any
	for i, c := range charts {
		var metrics []any
		for _, l := range c.lines {
			metrics = append(metrics, []any{l.namespace, l.metric, l.dimension, l.of, map[string]any{"stat": l.statistic}})
		}
		widgets = append(widgets, map[string]any{
			"type": "metric", "x": i % 3 * 8, "y": i / 3 * 6, "width": 8, "height": 6,
			"properties": map[string]any{"title": c.title, "metrics": metrics, "period": 60, "view": "timeSeries", "region": *awscdk.Aws_REGION()},
		})
	}
	body, _ := json.Marshal(map[string]any{"widgets": widgets}) // of maps and texts alone
	awscloudwatch.NewCfnDashboard(s.scope, jsii.String("Dashboard"), &awscloudwatch.CfnDashboardProps{DashboardBody: jsii.String(string(body))})
}
