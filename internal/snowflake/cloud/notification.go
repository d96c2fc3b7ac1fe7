package cloud

import (
	"context"
	"errors"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/penstock/penstock/internal/snowflake"
)

// Notifications implements snowflake.Bucket.
func (b Bucket) Notifications(ctx context.Context, bucket string) (snowflake.Notifications, error) {
	out, err := b.client.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: &bucket})
	if err != nil {
		return snowflake.Notifications{}, explainBucket(bucket, err)
	}
	all := snowflake.Notifications{Rest: out}
	for _, q := range out.QueueConfigurations {
		all.Queues = append(all.Queues, shape(q.Id, q.QueueArn, q.Events, q.Filter))
	}
	for _, t := range out.TopicConfigurations {
		all.Others = append(all.Others, shape(t.Id, t.TopicArn, t.Events, t.Filter))
	}
	for _, l := range out.LambdaFunctionConfigurations {
		all.Others = append(all.Others, shape(l.Id, l.LambdaFunctionArn, l.Events, l.Filter))
	}
	return all, nil
}

func shape(id, arn *string, events []types.Event, filter *types.NotificationConfigurationFilter) snowflake.QueueNotification {
	n := snowflake.QueueNotification{ID: aws.ToString(id), Queue: aws.ToString(arn)}
	for _, e := range events {
		n.Events = append(n.Events, string(e))
	}
	if filter == nil || filter.Key == nil {
		return n
	}
	for _, rule := range filter.Key.FilterRules {
		switch strings.ToLower(string(rule.Name)) {
		case "prefix":
			n.Prefix = aws.ToString(rule.Value)
		case "suffix":
			n.Suffix = aws.ToString(rule.Value)
		}
	}
	return n
}

// SetNotifications implements snowflake.Bucket. What was read is written back as it was, queues that are not listed
// any more are left out and new ones are added.
func (b Bucket) SetNotifications(ctx context.Context, bucket string, all snowflake.Notifications) error {
	read, ok := all.Rest.(*s3.GetBucketNotificationConfigurationOutput)
	if !ok {
		return errors.New("the notifications of the bucket were not read before they were written")
	}
	write := types.NotificationConfiguration{
		EventBridgeConfiguration: read.EventBridgeConfiguration, LambdaFunctionConfigurations: read.LambdaFunctionConfigurations,
		TopicConfigurations: read.TopicConfigurations,
	}
	for _, q := range all.Queues {
		write.QueueConfigurations = append(write.QueueConfigurations, original(read, q))
	}
	_, err := b.client.PutBucketNotificationConfiguration(ctx, &s3.PutBucketNotificationConfigurationInput{Bucket: &bucket, NotificationConfiguration: &write})
	return explainBucket(bucket, err)
}

// original is a queue's notification as it was read, unless it is to be another now: setup's own gets an event more
// when external tables come to the pipes.
func original(read *s3.GetBucketNotificationConfigurationOutput, q snowflake.QueueNotification) types.QueueConfiguration {
	for _, had := range read.QueueConfigurations {
		if reflect.DeepEqual(shape(had.Id, had.QueueArn, had.Events, had.Filter), q) {
			return had
		}
	}
	made := types.QueueConfiguration{Id: &q.ID, QueueArn: &q.Queue, Filter: &types.NotificationConfigurationFilter{Key: &types.S3KeyFilter{
		FilterRules: []types.FilterRule{{Name: types.FilterRuleNamePrefix, Value: &q.Prefix}},
	}}}
	for _, e := range q.Events {
		made.Events = append(made.Events, types.Event(e))
	}
	return made
}
