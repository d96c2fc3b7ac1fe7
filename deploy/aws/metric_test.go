package main

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
)

// metrics are those of AWS that are used here, with their dimensions: Kinesis' and Firehose's guides, "Monitor with
// CloudWatch metrics"; Lambda's "Types of metrics"; S3's "Request metrics".
var metrics = map[string][]string{
	"AWS/Kinesis StreamName": {
		"IncomingRecords", "GetRecords.IteratorAgeMilliseconds", "WriteProvisionedThroughputExceeded", "ReadProvisionedThroughputExceeded",
	},
	"AWS/Firehose DeliveryStreamName": {
		"KinesisMillisBehindLatest", "ThrottledGetRecords", "DeliveryToS3.DataFreshness", "DeliveryToS3.Success", "DeliveryToS3.Records",
		"ExecuteProcessing.Success", "PartitionCountExceeded",
	},
	"AWS/Lambda FunctionName":     {"Errors", "Throttles", "Duration"},
	"AWS/S3 BucketName, FilterId": {"PutRequests"},
}

func TestEveryAlarmIsOfAMetricThatExists(t *testing.T) {
	for name, all := range both(t) {
		for id, r := range all {
			if r.Type != "AWS::CloudWatch::Alarm" {
				continue
			}
			var dimensions []string
			for _, d := range r.Properties["Dimensions"].([]any) {
				dimensions = append(dimensions, d.(map[string]any)["Name"].(string))
			}
			family := r.Properties["Namespace"].(string) + " " + strings.Join(dimensions, ", ")
			if metric := r.Properties["MetricName"].(string); !slices.Contains(metrics[family], metric) {
				t.Errorf("%s: %s is of %s in %s", name, id, metric, family)
			}
		}
	}
}

// A period without a value does not breach, so an alarm of what has a value once in a file needs one period at least
// as long as a file may take: several shorter ones in a row would never all breach.
func TestAlarmsOfRareValuesLookLongEnough(t *testing.T) {
	interval := map[string]float64{"orders": 60, "slow": 900}
	for name, all := range both(t) {
		for id, least := range map[string]float64{
			"AlarmFreshness": 1.5 * interval[name], "AlarmDeliveryFails": 1.5 * interval[name],
			"AlarmTransformFails": 60, "AlarmTransformerThrottled": 60, "AlarmTransformerSlow": 60, "AlarmSourceBehind": 60,
		} {
			period, periods := all[id].Properties["Period"].(float64), all[id].Properties["EvaluationPeriods"].(float64)
			if periods != 1 || period < least || math.Mod(period, 60) != 0 {
				t.Errorf("%s: %s looks at %v periods of %v s, and a value may come every %v s", name, id, periods, period, least)
			}
		}
	}
}

func TestTheDashboardShowsMetricsThatExist(t *testing.T) {
	parts := resources(t, template(t))["Dashboard"].Properties["DashboardBody"].(map[string]any)["Fn::Join"].([]any)[1].([]any)
	var body strings.Builder
	for _, part := range parts {
		if text, ok := part.(string); ok {
			body.WriteString(text)
		} else {
			body.WriteString("name")
		}
	}
	var board struct {
		Widgets []struct {
			Type                string
			X, Y, Width, Height int
			Properties          struct {
				Title, Region, View string
				Period              int
				Metrics             [][]any
			}
		}
	}
	if err := json.Unmarshal([]byte(body.String()), &board); err != nil {
		t.Fatalf("%v in %s", err, body.String())
	}
	if len(board.Widgets) == 0 {
		t.Error("there are no charts")
	}
	for _, w := range board.Widgets {
		if p := w.Properties; w.Type != "metric" || w.X+w.Width > 24 || p.Region == "" || p.Title == "" || p.Period%60 != 0 || len(p.Metrics) == 0 {
			t.Errorf("%+v", w)
		}
		for _, m := range w.Properties.Metrics {
			family := m[0].(string) + " " + m[2].(string)
			if len(m) != 5 || !slices.Contains(metrics[family], m[1].(string)) || m[4].(map[string]any)["stat"] == "" {
				t.Errorf("%s shows %v", w.Properties.Title, m)
			}
		}
	}
}
