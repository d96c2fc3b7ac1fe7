package compat

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	sdk "github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// TestGoSDK sends records in several batches and finds them by number and by time, as the real log
// groups them into chunks of its own.
func TestGoSDK(t *testing.T) {
	url, env := endpoint(t)
	for _, variable := range env {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, value)
		}
	}
	ctx, stop := context.WithTimeout(context.Background(), 5*time.Minute)
	defer stop()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion("eu-central-1"))
	if err != nil {
		t.Fatal(err)
	}
	client := sdk.NewFromConfig(cfg, func(o *sdk.Options) { o.BaseEndpoint = &url })
	name := aws.String(fmt.Sprintf("go-compat-%d", time.Now().UnixNano()))
	if _, err := client.CreateStream(ctx, &sdk.CreateStreamInput{StreamName: name, ShardCount: aws.Int32(3)}); err != nil {
		t.Fatal(err)
	}
	var numbers []string // of shard 1, by record
	for batch := range 5 {
		var entries []types.PutRecordsRequestEntry
		for i := range 100 {
			entries = append(entries, types.PutRecordsRequestEntry{Data: fmt.Appendf(nil, "%d", batch*100+i), PartitionKey: aws.String("k"),
				ExplicitHashKey: aws.String("170141183460469231731687303715884105728")}) // the middle
		}
		put, err := client.PutRecords(ctx, &sdk.PutRecordsInput{StreamName: name, Records: entries})
		if err != nil || *put.FailedRecordCount != 0 {
			t.Fatal(put, err)
		}
		for _, r := range put.Records {
			if *r.ShardId != "shardId-000000000001" {
				t.Fatal("the record went to", *r.ShardId)
			}
			numbers = append(numbers, *r.SequenceNumber)
		}
	}
	read := func(in *sdk.GetShardIteratorInput) []types.Record {
		t.Helper()
		in.StreamName, in.ShardId = name, aws.String("1")
		it, err := client.GetShardIterator(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		got, err := client.GetRecords(ctx, &sdk.GetRecordsInput{ShardIterator: it.ShardIterator})
		if err != nil {
			t.Fatal(err)
		}
		return got.Records
	}
	all := read(&sdk.GetShardIteratorInput{ShardIteratorType: types.ShardIteratorTypeTrimHorizon})
	if len(all) != 500 {
		t.Fatalf("%d records from the beginning", len(all))
	}
	for i, r := range all {
		if *r.SequenceNumber != numbers[i] || string(r.Data) != fmt.Sprint(i) {
			t.Fatalf("record %d: %s %s", i, *r.SequenceNumber, r.Data)
		}
	}
	for _, i := range []int{0, 1, 99, 100, 250, 499} {
		at := read(&sdk.GetShardIteratorInput{ShardIteratorType: types.ShardIteratorTypeAtSequenceNumber, StartingSequenceNumber: &numbers[i]})
		after := read(&sdk.GetShardIteratorInput{ShardIteratorType: types.ShardIteratorTypeAfterSequenceNumber, StartingSequenceNumber: &numbers[i]})
		if len(at) != 500-i || len(after) != 499-i {
			t.Errorf("at record %d: %d and after it %d records", i, len(at), len(after))
		}
		since := read(&sdk.GetShardIteratorInput{ShardIteratorType: types.ShardIteratorTypeAtTimestamp, Timestamp: all[i].ApproximateArrivalTimestamp})
		if len(since) < 500-i || !since[0].ApproximateArrivalTimestamp.Equal(*all[i].ApproximateArrivalTimestamp) {
			t.Errorf("since record %d: %d records", i, len(since))
		}
	}
	if got := read(&sdk.GetShardIteratorInput{ShardIteratorType: types.ShardIteratorTypeLatest}); len(got) != 0 {
		t.Errorf("%d records after the last", len(got))
	}
	if _, err := client.DeleteStream(ctx, &sdk.DeleteStreamInput{StreamName: name}); err != nil {
		t.Fatal(err)
	}
}
