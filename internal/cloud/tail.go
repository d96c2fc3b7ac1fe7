package cloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

const (
	// tailPause lies between two questions: FilterLogEvents may be asked a few times a second in an account.
	tailPause = 2 * time.Second
	// late is how much later than its time a log's line may become visible. What is younger is asked for again.
	late = 30 * time.Second
)

// Line is a line of a log.
type Line struct {
	At time.Time `json:"at"`
	// Part is transformer or delivery.
	Part string `json:"part"`
	Text string `json:"text"`
}

// logGroups finds where the transformer and the delivery stream log, by part.
func (p *Pipeline) logGroups(ctx context.Context) (map[string]string, error) {
	groups := map[string]string{}
	f, err := p.function.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &p.names.Function})
	if err == nil {
		groups["transformer"] = "/aws/lambda/" + p.names.Function // Lambda's own default
		if l := f.LoggingConfig; l != nil && aws.ToString(l.LogGroup) != "" {
			groups["transformer"] = *l.LogGroup
		}
	}
	d, deliveryErr := p.delivery.DescribeDeliveryStream(ctx, &firehose.DescribeDeliveryStreamInput{DeliveryStreamName: &p.names.Delivery})
	if deliveryErr == nil {
		for _, destination := range d.DeliveryStreamDescription.Destinations {
			if s3 := destination.ExtendedS3DestinationDescription; s3 != nil && s3.CloudWatchLoggingOptions != nil {
				if group := aws.ToString(s3.CloudWatchLoggingOptions.LogGroupName); group != "" {
					groups["delivery"] = group
				}
			}
		}
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("find the logs: %w", errors.Join(err, deliveryErr))
	}
	return groups, nil
}

// Tail calls fn for the lines that transformer and delivery stream logged since, each once, oldest first as far as
// is known. With follow it goes on until ctx ends, which is no error.
func (p *Pipeline) Tail(ctx context.Context, since time.Time, follow bool, fn func(Line) error) error {
	groups, err := p.logGroups(ctx)
	if err != nil {
		return err
	}
	seen := map[string]time.Time{}
	for {
		asked := time.Now()
		var lines []Line
		for part, group := range groups {
			got, err := p.linesOf(ctx, part, group, since, seen)
			if err != nil && ctx.Err() == nil {
				return fmt.Errorf("read the log %s: %w", group, err)
			}
			lines = append(lines, got...)
		}
		slices.SortStableFunc(lines, func(a, b Line) int { return a.At.Compare(b.At) })
		for _, line := range lines {
			if err := fn(line); err != nil {
				return err
			}
		}
		if !follow {
			return nil
		}
		if t := asked.Add(-late); t.After(since) {
			since = t
		}
		for id, at := range seen {
			if at.Before(since) {
				delete(seen, id)
			}
		}
		if !wait(ctx, tailPause) {
			return nil
		}
	}
}

// linesOf are the lines of one log that were not seen yet.
func (p *Pipeline) linesOf(ctx context.Context, part, group string, since time.Time, seen map[string]time.Time) ([]Line, error) {
	var lines []Line
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(p.logs, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: &group, StartTime: aws.Int64(since.UnixMilli()),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if _, none := errors.AsType[*types.ResourceNotFoundException](err); none {
			return lines, nil // nothing has been logged yet
		}
		if err != nil {
			return lines, err
		}
		for _, e := range page.Events {
			id, at := group+aws.ToString(e.EventId), time.UnixMilli(aws.ToInt64(e.Timestamp))
			if _, known := seen[id]; known {
				continue
			}
			seen[id] = at
			lines = append(lines, Line{at, part, aws.ToString(e.Message)})
		}
	}
	return lines, nil
}

// wait is false when ctx ended first.
func wait(ctx context.Context, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}
