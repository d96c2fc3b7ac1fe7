package cloud

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// partTime is how long one part of a status may take; the others do not wait longer for it.
const partTime = 20 * time.Second

// Status is how a pipeline is at a moment.
type Status struct {
	Stack  string `json:"stack"`
	Region string `json:"region"`
	// OK says that every part was seen and nothing is wrong with any.
	OK    bool   `json:"ok"`
	Parts []Part `json:"parts"`
	// Tables are those of the lake, the quarantine among them, by name.
	Tables []Table `json:"tables"`
	// Alarms that ring.
	Alarms []Alarm `json:"alarms"`
}

// Part is one part of the pipeline.
type Part struct {
	// Part is stream, delivery, transformer, lake, errors or alarms.
	Part string `json:"part"`
	Name string `json:"name"`
	// State is a few words about it.
	State string `json:"state,omitempty"`
	// Wrong is what is wrong with it.
	Wrong string `json:"wrong,omitempty"`
	// Error says that it could not be seen, and why.
	Error string `json:"error,omitempty"`
}

// Alarm is a CloudWatch alarm that rings.
type Alarm struct {
	Name   string    `json:"name"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

// Status looks at all parts at once. A part that cannot be seen says so in its Error; it fails none of the others.
func (p *Pipeline) Status(ctx context.Context) Status {
	s := Status{Stack: p.names.StackName, Region: p.names.Region, OK: true, Tables: []Table{}, Alarms: []Alarm{}}
	looks := []struct {
		part, name string
		look       func(context.Context, *Part) error
	}{
		{"stream", p.names.Stream, p.lookAtStream},
		{"delivery", p.names.Delivery, p.lookAtDelivery},
		{"transformer", p.names.Function, p.lookAtFunction},
		{"lake", p.names.Bucket, func(ctx context.Context, part *Part) (err error) {
			s.Tables, err = p.tables(ctx, part)
			return err
		}},
		{"errors", p.names.Bucket + "/" + p.names.ErrorPrefix, p.lookAtErrors},
		{"alarms", p.names.StackName + "-*", func(ctx context.Context, part *Part) (err error) {
			s.Alarms, err = p.ringing(ctx, part)
			return err
		}},
	}
	s.Parts = make([]Part, len(looks))
	var all sync.WaitGroup
	for i, l := range looks {
		all.Go(func() {
			limited, cancel := context.WithTimeout(ctx, partTime)
			defer cancel()
			s.Parts[i] = Part{Part: l.part, Name: l.name}
			if err := l.look(limited, &s.Parts[i]); err != nil {
				s.Parts[i].Error = err.Error()
			}
		})
	}
	all.Wait()
	s.OK = !slices.ContainsFunc(s.Parts, func(p Part) bool { return p.Wrong != "" || p.Error != "" })
	return s
}

func (p *Pipeline) lookAtStream(ctx context.Context, part *Part) error {
	out, err := p.stream.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: &p.names.Stream})
	if err != nil {
		return err
	}
	d := out.StreamDescriptionSummary
	part.State = fmt.Sprintf("%s, %d shard(s), keeps %dh", d.StreamStatus, aws.ToInt32(d.OpenShardCount), aws.ToInt32(d.RetentionPeriodHours))
	if d.StreamStatus != "ACTIVE" && d.StreamStatus != "UPDATING" {
		part.Wrong = "it takes no events"
	}
	return nil
}

func (p *Pipeline) lookAtDelivery(ctx context.Context, part *Part) error {
	out, err := p.delivery.DescribeDeliveryStream(ctx, &firehose.DescribeDeliveryStreamInput{DeliveryStreamName: &p.names.Delivery})
	if err != nil {
		return err
	}
	d := out.DeliveryStreamDescription
	part.State = string(d.DeliveryStreamStatus)
	if d.DeliveryStreamStatus != "ACTIVE" {
		part.Wrong = "it delivers nothing"
	}
	if f := d.FailureDescription; f != nil {
		part.Wrong = fmt.Sprintf("%s: %s", f.Type, aws.ToString(f.Details))
	}
	return nil
}

func (p *Pipeline) lookAtFunction(ctx context.Context, part *Part) error {
	out, err := p.function.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &p.names.Function})
	if err != nil {
		return err
	}
	part.State = fmt.Sprintf("%s, %d MiB, deployed %s", out.State, aws.ToInt32(out.MemorySize), aws.ToString(out.LastModified))
	if out.State == "Failed" || out.LastUpdateStatus == "Failed" {
		part.Wrong = aws.ToString(out.StateReason) + aws.ToString(out.LastUpdateStatusReason)
		if part.Wrong == "" {
			part.Wrong = "it cannot be called"
		}
	}
	return nil
}

func (p *Pipeline) ringing(ctx context.Context, part *Part) ([]Alarm, error) {
	ringing := []Alarm{}
	known := 0
	pages := cloudwatch.NewDescribeAlarmsPaginator(p.alarms, &cloudwatch.DescribeAlarmsInput{AlarmNamePrefix: aws.String(p.names.StackName + "-")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return ringing, err
		}
		for _, a := range page.MetricAlarms {
			known++
			if a.StateValue == types.StateValueAlarm {
				reason := aws.ToString(a.AlarmDescription)
				if reason == "" {
					reason = aws.ToString(a.StateReason)
				}
				ringing = append(ringing, Alarm{aws.ToString(a.AlarmName), reason, aws.ToTime(a.StateUpdatedTimestamp)})
			}
		}
	}
	part.State = fmt.Sprintf("%d of %d ring", len(ringing), known)
	if len(ringing) > 0 {
		part.Wrong = part.State
	}
	return ringing, nil
}
