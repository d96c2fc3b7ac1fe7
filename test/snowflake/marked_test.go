package snowflake_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/penstock/penstock/internal/snowflake/cloud"
	"github.com/penstock/penstock/test/harness"
)

// TestSetupsMarkedOrder runs the real program: all of AWS is moto, and a relay carries the order on.
func TestSetupsMarkedOrder(t *testing.T) {
	cfg := moto(t)
	ctx := context.Background()
	lake := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := lake.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("lake")}); err != nil {
		t.Fatal(err)
	}
	stream := kinesis.NewFromConfig(cfg)
	if _, err := stream.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: aws.String("orders"), ShardCount: aws.Int32(2)}); err != nil {
		t.Fatal(err)
	}
	put := func(key string, object []byte) {
		if _, err := lake.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("lake"), Key: &key, Body: strings.NewReader(string(object))}); err != nil {
			t.Error(err)
		}
	}
	w := newWorld(t)
	roles := cloud.NewRoles(cfg)
	w.account.Trust = func(_, id string) bool {
		role, err := roles.Role(ctx, "penstock-orders-snowflake")
		return err == nil && role != nil && strings.Contains(role.Trust, id)
	}
	w.account.Asked = startRelay(t, stream, "orders", exampleContracts(t), put, nil).Asked
	p := harness.On(t, "", "")
	p.Env = []string{
		"HOME=" + t.TempDir(), "XDG_STATE_HOME=", "AWS_EC2_METADATA_DISABLED=true", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=not-a-secret",
		"AWS_ENDPOINT_URL=" + *cfg.BaseEndpoint,
	}
	setup := append([]string{"snowflake", "setup"}, w.asUser(motosAccount)...)

	done := p.Run(setup...)
	for _, hop := range []string{"sent -> accepted by stream orders", "accepted -> in a file of the lake", "in a file -> a row in Snowflake", "once in view ORDERS"} {
		if done.Code != 0 || !regexp.MustCompile(`7/7  marked event: `+regexp.QuoteMeta(hop)+` +done \([0-9.]+m?s\)`).MatchString(done.Stderr) {
			t.Errorf("exit %d, without %s:\n%s%s", done.Code, hop, done.Stderr, done.Stdout)
		}
	}
	if n := records(t, stream); n != 1 {
		t.Errorf("%d orders were sent", n)
	}
	done = p.Run(setup...)
	if done.Code != 0 || !strings.Contains(done.Stdout, "Nothing had to be changed.") || !strings.Contains(done.Stdout, "No marked order was sent either; `penstock verify 1") || records(t, stream) != 1 {
		t.Errorf("a second setup: exit %d\n%s%s", done.Code, done.Stderr, done.Stdout)
	}
	done = p.Run(append(setup, "--external-tables", "--no-event")...)
	if done.Code != 0 || strings.Contains(done.Stdout, "marked") || records(t, stream) != 1 {
		t.Errorf("external tables: exit %d\n%s%s", done.Code, done.Stderr, done.Stdout)
	}
	done = p.Run(append([]string{"verify", "30"}, w.asUser(motosAccount)...)...)
	if done.Code != 0 || !strings.Contains(done.Stdout, "30 rows, 0 duplicates, 0 missing") || records(t, stream) != 31 {
		t.Errorf("verify: exit %d\n%s%s", done.Code, done.Stderr, done.Stdout)
	}
}

// records is how many there are in a stream's shards.
func records(t *testing.T, client *kinesis.Client) (n int) {
	t.Helper()
	ctx := context.Background()
	shards, err := client.ListShards(ctx, &kinesis.ListShardsInput{StreamName: aws.String("orders")})
	if err != nil {
		t.Fatal(err)
	}
	for _, shard := range shards.Shards {
		at, err := client.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{StreamName: aws.String("orders"), ShardId: shard.ShardId, ShardIteratorType: types.ShardIteratorTypeTrimHorizon})
		if err != nil {
			t.Fatal(err)
		}
		out, err := client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: at.ShardIterator})
		if err != nil {
			t.Fatal(err)
		}
		n += len(out.Records)
	}
	return n
}
