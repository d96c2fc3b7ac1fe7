package cloud

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// recordsPause lies between two rounds over the shards: GetRecords may be asked 5 times a second for a shard, and
// Firehose needs its share of them.
const recordsPause = time.Second

// Record is a record of the stream.
type Record struct {
	Shard    string    `json:"shard"`
	Sequence string    `json:"sequence"`
	Arrived  time.Time `json:"arrived"`
	Key      string    `json:"partition_key"`
	Data     []byte    `json:"-"`
}

// Records calls fn for the records that arrived since, shard by shard in order. With follow it goes on until ctx
// ends, which is no error; without, it ends where the shards end now. Shards that come later are not read.
func (p *Pipeline) Records(ctx context.Context, since time.Time, follow bool, fn func(Record) error) error {
	iterators, err := p.iterators(ctx, since)
	if err != nil {
		return err
	}
	for len(iterators) > 0 {
		for shard, iterator := range iterators {
			next, behind, err := p.readShard(ctx, shard, iterator, fn)
			_, throttled := errors.AsType[*types.ProvisionedThroughputExceededException](err)
			switch {
			case throttled || ctx.Err() != nil: // the next round asks again, if there is one
				continue
			case err != nil:
				return fmt.Errorf("read shard %s of %s: %w", shard, p.names.Stream, err)
			}
			if iterators[shard] = next; next == "" || !follow && behind == 0 {
				delete(iterators, shard)
			}
		}
		if len(iterators) > 0 && !wait(ctx, recordsPause) {
			return nil
		}
	}
	return nil
}

// iterators are those of all shards, by shard.
func (p *Pipeline) iterators(ctx context.Context, since time.Time) (map[string]string, error) {
	iterators := map[string]string{}
	in := &kinesis.ListShardsInput{StreamName: &p.names.Stream}
	for {
		page, err := p.stream.ListShards(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list the shards of %s: %w", p.names.Stream, err)
		}
		for _, shard := range page.Shards {
			out, err := p.stream.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{
				StreamName: &p.names.Stream, ShardId: shard.ShardId, ShardIteratorType: types.ShardIteratorTypeAtTimestamp, Timestamp: &since,
			})
			if err != nil {
				return nil, fmt.Errorf("begin to read shard %s of %s: %w", aws.ToString(shard.ShardId), p.names.Stream, err)
			}
			iterators[aws.ToString(shard.ShardId)] = aws.ToString(out.ShardIterator)
		}
		if page.NextToken == nil {
			return iterators, nil
		}
		in = &kinesis.ListShardsInput{NextToken: page.NextToken} // which stands for the stream
	}
}

func (p *Pipeline) readShard(ctx context.Context, shard, iterator string, fn func(Record) error) (next string, behind int64, err error) {
	out, err := p.stream.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: &iterator})
	if err != nil {
		return "", 0, err
	}
	for _, r := range out.Records {
		record := Record{shard, aws.ToString(r.SequenceNumber), aws.ToTime(r.ApproximateArrivalTimestamp), aws.ToString(r.PartitionKey), r.Data}
		if err := fn(record); err != nil {
			return "", 0, err
		}
	}
	return aws.ToString(out.NextShardIterator), aws.ToInt64(out.MillisBehindLatest), nil
}
