package kinesis

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/smithy-go"
)

// sdkFixture is a server on a real port with the AWS SDK for Go in front of it.
func sdkFixture(t *testing.T) (*fixture, *sdk.Client, context.Context) {
	t.Helper()
	f := newFixture(t)
	client := newClient(t, "http://"+listen(t, f.server), &http.Transport{}, "anything")
	ctx, stop := context.WithTimeout(context.Background(), 3*time.Minute)
	t.Cleanup(stop)
	return f, client, ctx
}

func TestSDKLifeOfAStream(t *testing.T) {
	_, client, ctx := sdkFixture(t)
	name := aws.String("events")
	if _, err := client.CreateStream(ctx, &sdk.CreateStreamInput{StreamName: name, ShardCount: aws.Int32(2),
		Tags: map[string]string{"team": "orders"}}); err != nil {
		t.Fatal(err)
	}
	if err := sdk.NewStreamExistsWaiter(client).Wait(ctx, &sdk.DescribeStreamInput{StreamName: name}, time.Minute); err != nil {
		t.Fatal(err)
	}
	summary, err := client.DescribeStreamSummary(ctx, &sdk.DescribeStreamSummaryInput{StreamName: name})
	if err != nil {
		t.Fatal(err)
	}
	d := summary.StreamDescriptionSummary
	if *d.StreamARN != "arn:aws:kinesis:us-east-1:000000000000:stream/events" || *d.OpenShardCount != 2 ||
		*d.RetentionPeriodHours != 24 || d.StreamStatus != types.StreamStatusActive || *d.MaxRecordSizeInKiB != 1024 ||
		d.StreamModeDetails.StreamMode != types.StreamModeProvisioned {
		t.Fatalf("summary: %+v", d)
	}
	if _, err := client.IncreaseStreamRetentionPeriod(ctx, &sdk.IncreaseStreamRetentionPeriodInput{StreamARN: d.StreamARN, RetentionPeriodHours: aws.Int32(48)}); err != nil {
		t.Fatal(err)
	}
	described, err := client.DescribeStream(ctx, &sdk.DescribeStreamInput{StreamARN: d.StreamARN})
	if err != nil {
		t.Fatal(err)
	}
	if got := described.StreamDescription; *got.RetentionPeriodHours != 48 || len(got.Shards) != 2 || *got.HasMoreShards ||
		*got.Shards[1].HashKeyRange.EndingHashKey != "340282366920938463463374607431768211455" {
		t.Fatalf("description: %+v", got)
	}
	var exists *types.ResourceInUseException
	if _, err := client.CreateStream(ctx, &sdk.CreateStreamInput{StreamName: name, ShardCount: aws.Int32(1)}); !errors.As(err, &exists) {
		t.Fatalf("creating it twice: %v", err)
	}
	if _, err := client.DeleteStream(ctx, &sdk.DeleteStreamInput{StreamName: name}); err != nil {
		t.Fatal(err)
	}
	var gone *types.ResourceNotFoundException
	if _, err := client.DescribeStream(ctx, &sdk.DescribeStreamInput{StreamName: name}); !errors.As(err, &gone) ||
		gone.ErrorMessage() != "Stream events under account 000000000000 not found." {
		t.Fatalf("describing what was deleted: %v", err)
	}
}

func TestSDKPutAndReadBack(t *testing.T) {
	_, client, ctx := sdkFixture(t)
	var sent [][]byte
	var entries []types.PutRecordsRequestEntry
	for i := range 500 {
		data := bytes.Repeat([]byte{byte(i), '"', '\\', 0, 0xff}, i) // record 0 is empty
		sent = append(sent, data)
		entries = append(entries, types.PutRecordsRequestEntry{Data: data, PartitionKey: aws.String(fmt.Sprintf("key-\"\\\u00fc\U0001f600-%d", i))})
	}
	put, err := client.PutRecords(ctx, &sdk.PutRecordsInput{StreamName: aws.String("wide"), Records: entries})
	if err != nil {
		t.Fatal(err)
	}
	if *put.FailedRecordCount != 0 || len(put.Records) != 500 {
		t.Fatalf("%d failed of %d", *put.FailedRecordCount, len(put.Records))
	}
	want := map[string]int{} // by sequence number
	for i, r := range put.Records {
		want[*r.ShardId+*r.SequenceNumber] = i
	}
	shards, err := client.ListShards(ctx, &sdk.ListShardsInput{StreamName: aws.String("wide")})
	if err != nil {
		t.Fatal(err)
	}
	for _, shard := range shards.Shards {
		last := ""
		for _, r := range readShard(ctx, t, client, *shard.ShardId) {
			i, known := want[*shard.ShardId+*r.SequenceNumber]
			if !known || !bytes.Equal(r.Data, sent[i]) || *r.PartitionKey != *entries[i].PartitionKey {
				t.Fatalf("%s of %s is not what was sent", *r.SequenceNumber, *shard.ShardId)
			}
			if *r.SequenceNumber <= last {
				t.Fatalf("%s comes after %s", *r.SequenceNumber, last)
			}
			last = *r.SequenceNumber
			delete(want, *shard.ShardId+*r.SequenceNumber)
		}
	}
	if len(want) != 0 {
		t.Fatalf("%d records cannot be read", len(want))
	}
}

// readShard reads a shard of "wide" from its beginning to its end, 7 records at a time.
func readShard(ctx context.Context, t *testing.T, client *sdk.Client, shard string) (all []types.Record) {
	t.Helper()
	it, err := client.GetShardIterator(ctx, &sdk.GetShardIteratorInput{StreamName: aws.String("wide"), ShardId: &shard,
		ShardIteratorType: types.ShardIteratorTypeTrimHorizon})
	if err != nil {
		t.Fatal(err)
	}
	for next := it.ShardIterator; ; {
		got, err := client.GetRecords(ctx, &sdk.GetRecordsInput{ShardIterator: next, Limit: aws.Int32(7)})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, got.Records...)
		if len(got.Records) == 0 {
			if *got.MillisBehindLatest != 0 {
				t.Fatalf("%d ms behind at the end", *got.MillisBehindLatest)
			}
			return all
		}
		if *next == *got.NextShardIterator {
			t.Fatal("the next iterator is the same again")
		}
		next = got.NextShardIterator
	}
}

func TestSDKErrorTypes(t *testing.T) {
	f, client, ctx := sdkFixture(t)
	orders, none := aws.String("orders"), aws.String("none")
	put := func(name *string, key string, data []byte) error {
		_, err := client.PutRecord(ctx, &sdk.PutRecordInput{StreamName: name, PartitionKey: &key, Data: data})
		return err
	}
	cases := []struct {
		err  error
		code string
	}{
		{put(none, "k", []byte("x")), "ResourceNotFoundException"},
		{put(orders, "", []byte("x")), "ValidationException"},
		{put(orders, "k", make([]byte, mib)), "ValidationException"},
		{putDry(ctx, client, "orders"), "DryRunOperationException"},
		{func() error {
			_, err := client.GetRecords(ctx, &sdk.GetRecordsInput{ShardIterator: aws.String("AAAA")})
			return err
		}(), "InvalidArgumentException"},
		{func() error {
			_, err := client.SplitShard(ctx, &sdk.SplitShardInput{StreamName: orders, ShardToSplit: aws.String("0"), NewStartingHashKey: aws.String("5")})
			return err
		}(), "UnsupportedOperationException"},
		{func() error {
			_, err := client.DescribeAccountSettings(ctx, &sdk.DescribeAccountSettingsInput{})
			return err
		}(), "UnsupportedOperationException"},
	}
	for i, c := range cases {
		var api smithy.APIError
		if !errors.As(c.err, &api) || api.ErrorCode() != c.code {
			t.Errorf("case %d: got %v, want %s", i, c.err, c.code)
		}
	}
	if n := len(f.log.streams["orders"].shards[0].records); n != 0 {
		t.Errorf("%d records were stored by requests that failed", n)
	}
}

func putDry(ctx context.Context, client *sdk.Client, stream string) error {
	_, err := client.PutRecord(ctx, &sdk.PutRecordInput{StreamName: &stream, PartitionKey: aws.String("k"), Data: []byte("x"), DryRun: aws.Bool(true)})
	return err
}

func TestSDKPagesThroughLists(t *testing.T) {
	f, client, ctx := sdkFixture(t)
	for i := range 250 {
		info := StreamInfo{Name: fmt.Sprintf("s%03d", i), Shards: 1}
		if i == 0 {
			info.Shards = 250
		}
		if err := f.log.CreateStream(ctx, info); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	for pages := sdk.NewListStreamsPaginator(client, &sdk.ListStreamsInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, page.StreamNames...)
		if len(page.StreamSummaries) != len(page.StreamNames) {
			t.Fatal("summaries and names differ")
		}
	}
	if got := strings.Join(names, " "); len(names) != 252 || !strings.HasPrefix(got, "orders s000 s001") || !strings.HasSuffix(got, "s249 wide") {
		t.Fatalf("%d streams: %s", len(names), got)
	}
	shards := map[string]bool{}
	input := &sdk.ListShardsInput{StreamName: aws.String("s000"), MaxResults: aws.Int32(100)}
	for input != nil {
		page, err := client.ListShards(ctx, input)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Shards {
			shards[*s.ShardId] = true
		}
		input = nil
		if page.NextToken != nil {
			input = &sdk.ListShardsInput{NextToken: page.NextToken, MaxResults: aws.Int32(100)}
		}
	}
	if len(shards) != 250 {
		t.Fatalf("%d shards", len(shards))
	}
	first, err := client.DescribeStream(ctx, &sdk.DescribeStreamInput{StreamName: aws.String("s000")})
	if err != nil || len(first.StreamDescription.Shards) != 100 || !*first.StreamDescription.HasMoreShards {
		t.Fatalf("first page of a description: %v", err)
	}
	rest, err := client.DescribeStream(ctx, &sdk.DescribeStreamInput{StreamName: aws.String("s000"), ExclusiveStartShardId: aws.String("shardId-000000000199")})
	if err != nil || len(rest.StreamDescription.Shards) != 50 || *rest.StreamDescription.HasMoreShards {
		t.Fatalf("last page of a description: %v", err)
	}
}

func TestSDKTags(t *testing.T) {
	_, client, ctx := sdkFixture(t)
	orders, arn := aws.String("orders"), aws.String("arn:aws:kinesis:eu-west-1:123456789012:stream/orders")
	if _, err := client.AddTagsToStream(ctx, &sdk.AddTagsToStreamInput{StreamName: orders, Tags: map[string]string{"a": "1", "b": "zwei \u00e4", "c": ""}}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.TagResource(ctx, &sdk.TagResourceInput{ResourceARN: arn, Tags: map[string]string{"d": "4", "a": "one"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.RemoveTagsFromStream(ctx, &sdk.RemoveTagsFromStreamInput{StreamName: orders, TagKeys: []string{"b", "unknown"}}); err != nil {
		t.Fatal(err)
	}
	page, err := client.ListTagsForStream(ctx, &sdk.ListTagsForStreamInput{StreamName: orders, Limit: aws.Int32(2)})
	if err != nil || !*page.HasMoreTags || len(page.Tags) != 2 || *page.Tags[0].Key != "a" || *page.Tags[0].Value != "one" {
		t.Fatalf("first page: %+v, %v", page, err)
	}
	page, err = client.ListTagsForStream(ctx, &sdk.ListTagsForStreamInput{StreamName: orders, ExclusiveStartTagKey: aws.String("c")})
	if err != nil || *page.HasMoreTags || len(page.Tags) != 1 || *page.Tags[0].Key != "d" {
		t.Fatalf("last page: %+v, %v", page, err)
	}
	if _, err := client.UntagResource(ctx, &sdk.UntagResourceInput{ResourceARN: arn, TagKeys: []string{"a"}}); err != nil {
		t.Fatal(err)
	}
	all, err := client.ListTagsForResource(ctx, &sdk.ListTagsForResourceInput{ResourceARN: arn})
	if err != nil || len(all.Tags) != 2 || *all.Tags[0].Key != "c" {
		t.Fatalf("all tags: %+v, %v", all, err)
	}
}
