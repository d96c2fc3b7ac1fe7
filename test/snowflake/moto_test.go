package snowflake_test

import (
	"context"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/penstock/penstock/internal/snowflake"
	"github.com/penstock/penstock/internal/snowflake/cloud"
	"github.com/penstock/penstock/test/harness"
)

// moto starts its server and returns how to reach it.
func moto(t *testing.T) aws.Config {
	t.Helper()
	url := harness.Moto(t)
	return aws.Config{Region: "us-east-1", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
}

// TestSetupAndTeardownOnMoto runs the AWS side against a server, with a bucket that others use, too.
func TestSetupAndTeardownOnMoto(t *testing.T) {
	cfg := moto(t)
	ctx := context.Background()
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	queue := createQueue(t, *cfg.BaseEndpoint)
	policy, _ := others()
	bucket := "lake"
	if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.PutBucketNotificationConfiguration(ctx, &s3.PutBucketNotificationConfigurationInput{Bucket: &bucket, NotificationConfiguration: &types.NotificationConfiguration{
		QueueConfigurations: []types.QueueConfiguration{{Id: aws.String("audit"), QueueArn: &queue, Events: []types.Event{"s3:ObjectCreated:Put"},
			Filter: &types.NotificationConfigurationFilter{Key: &types.S3KeyFilter{FilterRules: []types.FilterRule{{Name: "prefix", Value: aws.String("errors/")}, {Name: "suffix", Value: aws.String(".json")}}}}}},
	}}); err != nil {
		t.Fatal(err)
	}
	before := notifications(t, client, bucket)

	w := newWorld(t)
	w.cfg.RestrictVPC, w.cfg.Lake.Account = true, "123456789012" // moto's
	roles, side := cloud.NewRoles(cfg), cloud.NewBucket(cfg, true)
	w.account.Trust = func(arn, id string) bool {
		role, err := roles.Role(ctx, w.cfg.RoleName)
		return err == nil && role != nil && role.ARN == arn && strings.Contains(role.Trust, id)
	}
	run := func() *snowflake.Run {
		return snowflake.New(w.cfg, snowflake.Deps{Account: w.login(), Roles: roles, Bucket: side, Confirm: func(string) bool { return true }})
	}
	for again := range 2 {
		changed, err := run().Setup(ctx)
		if err != nil || changed != (again == 0) {
			t.Fatal(again, changed, err)
		}
	}
	if got := notifications(t, client, bucket); len(got) != 2 || !reflect.DeepEqual(got[0], before[0]) {
		t.Errorf("notifications: %+v", got)
	}
	if err := run().Teardown(ctx); err != nil {
		t.Fatal(err)
	}
	if got := notifications(t, client, bucket); !reflect.DeepEqual(got, before) {
		t.Errorf("after teardown: %+v, before setup: %+v", got, before)
	}
	got, err := side.Policy(ctx, bucket)
	var a, b any
	if err != nil || json.Unmarshal([]byte(got), &a) != nil || json.Unmarshal([]byte(policy), &b) != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("policy after teardown: %s %v", got, err)
	}
	if role, err := roles.Role(ctx, w.cfg.RoleName); role != nil || err != nil {
		t.Errorf("the role after teardown: %v %v", role, err)
	}
}

func notifications(t *testing.T, client *s3.Client, bucket string) []types.QueueConfiguration {
	t.Helper()
	out, err := client.GetBucketNotificationConfiguration(context.Background(), &s3.GetBucketNotificationConfigurationInput{Bucket: &bucket})
	if err != nil {
		t.Fatal(err)
	}
	return out.QueueConfigurations
}
