package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock/penstock/test/harness"
)

// TestE4TwoShardsKeepTheirOrder: rows of both, each in the order of its sequence numbers, over a kill.
func TestE4TwoShardsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	p := textsPipeline(t, "{buffer: {interval: 50ms}}")
	p.Write("pipeline.yaml", strings.Replace(p.Read("pipeline.yaml"), "{name: texts}", "{name: texts, shards: 2}", 1))
	p.Start()
	last := map[string]string{} // the last sequence number of each key
	client := p.Client()
	const batches, size = 20, 50
	for batch := range batches {
		var entries []types.PutRecordsRequestEntry
		for i := range size {
			n := batch*size + i
			entries = append(entries, types.PutRecordsRequestEntry{
				Data: fmt.Appendf(nil, `{"id":%d,"body":"key-%d"}`, n, n%7), PartitionKey: aws.String(fmt.Sprintf("key-%d", n%7)),
			})
		}
		out, err := client.PutRecords(context.Background(), &kinesis.PutRecordsInput{StreamName: aws.String("texts"), Records: entries})
		if err != nil || *out.FailedRecordCount != 0 {
			t.Fatalf("PutRecords: %v %+v", err, out)
		}
		for i, r := range out.Records {
			key := *r.ShardId + *entries[i].PartitionKey
			if last[key] >= *r.SequenceNumber {
				t.Fatalf("E4: sequence number %s after %s", *r.SequenceNumber, last[key])
			}
			last[key] = *r.SequenceNumber
		}
		if batch == batches/2 {
			p.Kill()
			p.Start()
			client = p.Client()
		}
	}
	expectLedger(t, p, batches*size, 0, 0)
	if got := p.Query("select count(distinct _shard) from texts")[0][0]; got != "2" {
		t.Errorf("rows of %s shards", got)
	}
	if got := p.Query(`select count(*) from (select id, body,
		lag(id) over (partition by _shard, body order by _sequence) as before from texts) where before >= id`)[0][0]; got != "0" {
		t.Errorf("E4: %s rows are out of order", got)
	}
	s, _ := p.Status()
	if len(s.Shards) != 2 || s.Shards[0].Accepted+s.Shards[1].Accepted != batches*size || s.Shards[0].Accepted == 0 || s.Shards[1].Accepted == 0 {
		t.Errorf("shards %+v", s.Shards)
	}
	p.Stop()

	// Splitting does not exist yet; another number of shards is refused, and nothing is lost by trying.
	two := p.Read("pipeline.yaml")
	for _, n := range []string{"1", "4"} {
		p.Write("pipeline.yaml", strings.Replace(two, "shards: 2", "shards: "+n, 1))
		for _, got := range []harness.Result{up(p), p.Run("check", "-c", p.Dir, "--data", p.Data)} {
			expect(t, got, 2, "has 2 shards", "says "+n, "shards: 2")
		}
	}
	p.Write("pipeline.yaml", two)
	removeWarehouse(t, p)
	p.Start()
	expectLedger(t, p, batches*size, 0, 0)
}

// TestStreamsWithoutAPipeline: they can be made, written, read and deleted, and are no part of the ledger.
func TestStreamsWithoutAPipeline(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	ctx, client := context.Background(), p.Client()
	_, err := client.DeleteStream(ctx, &kinesis.DeleteStreamInput{StreamName: aws.String("orders")})
	expectAPIError(t, err, "ResourceInUseException", "orders")
	_, err = client.DeleteStream(ctx, &kinesis.DeleteStreamInput{StreamName: aws.String("orders"), EnforceConsumerDeletion: aws.Bool(true)})
	expectAPIError(t, err, "ResourceInUseException", "orders")
	_, err = client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: aws.String("orders"), ShardCount: aws.Int32(1)})
	expectAPIError(t, err, "ResourceInUseException", "orders")

	name := aws.String("clicks")
	if _, err := client.CreateStream(ctx, &kinesis.CreateStreamInput{StreamName: name, ShardCount: aws.Int32(2)}); err != nil {
		t.Fatal(err)
	}
	if err := kinesis.NewStreamExistsWaiter(client).Wait(ctx, &kinesis.DescribeStreamInput{StreamName: name}, delivered); err != nil {
		t.Fatal(err)
	}
	put(t, p, "clicks", orders(t, 1, 100)...)
	put(t, p, "orders", orders(t, 1, 10)...)
	expectLedger(t, p, 10, 0, 0)
	p.Kill()
	p.Start()
	client = p.Client()
	if n := readStream(t, client, "clicks"); n != 100 {
		t.Errorf("%d records read back, want 100", n)
	}
	if s, _ := p.Status(); s.Ledger.Accepted != 10 || !s.Balanced {
		t.Errorf("ledger %+v: records of another stream are not in it", s.Ledger)
	}
	if _, err := client.DeleteStream(ctx, &kinesis.DeleteStreamInput{StreamName: name}); err != nil {
		t.Fatal(err)
	}
	if err := kinesis.NewStreamNotExistsWaiter(client).Wait(ctx, &kinesis.DescribeStreamInput{StreamName: name}, delivered); err != nil {
		t.Fatal(err)
	}
	_, err = client.PutRecord(ctx, &kinesis.PutRecordInput{StreamName: name, PartitionKey: aws.String("k"), Data: []byte("{}")})
	expectAPIError(t, err, "ResourceNotFoundException", "clicks")
	put(t, p, "orders", orders(t, 11, 10)...)
	expectLedger(t, p, 20, 0, 0)
}

// readStream counts the records of a stream from its beginning.
func readStream(t *testing.T, client *kinesis.Client, stream string) int {
	t.Helper()
	ctx := context.Background()
	shards, err := client.ListShards(ctx, &kinesis.ListShardsInput{StreamName: aws.String(stream)})
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, shard := range shards.Shards {
		at, err := client.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{
			StreamName: aws.String(stream), ShardId: shard.ShardId, ShardIteratorType: types.ShardIteratorTypeTrimHorizon,
		})
		if err != nil {
			t.Fatal(err)
		}
		for iterator := at.ShardIterator; ; {
			out, err := client.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: iterator})
			if err != nil {
				t.Fatal(err)
			}
			total += len(out.Records)
			if iterator = out.NextShardIterator; aws.ToInt64(out.MillisBehindLatest) == 0 {
				break
			}
		}
	}
	return total
}
