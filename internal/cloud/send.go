package cloud

import (
	"context"
	"crypto/md5" //nolint:gosec // Kinesis maps partition keys to shards by MD5
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

const (
	// A call takes 500 records (PutRecords) and 10 MiB; half of it is what every endpoint takes.
	callRecords = 500
	callBytes   = 5 << 20
	// defaultLargest is the record size of a stream that does not say: 1 MiB.
	defaultLargest = 1 << 20
	// sendAttempts of the records a call did not take, with pauses that double from sendPause: more than a minute.
	sendAttempts = 10
	sendPause    = 100 * time.Millisecond
)

// largestRecord is how many bytes the stream takes in a record, data and partition key.
func (p *Pipeline) largestRecord(ctx context.Context) (int, error) {
	out, err := p.stream.DescribeStreamSummary(ctx, &kinesis.DescribeStreamSummaryInput{StreamName: &p.names.Stream})
	if err != nil {
		return 0, fmt.Errorf("look at the stream %s: %w", p.names.Stream, err)
	}
	if kib := aws.ToInt32(out.StreamDescriptionSummary.MaxRecordSizeInKiB); kib > 0 {
		return int(kib) << 10, nil
	}
	return defaultLargest, nil
}

// send puts lines of an object into the stream, in their order.
func (r *redriveRun) send(ctx context.Context, key string, isError bool, lines []int) error {
	var batch []types.PutRecordsRequestEntry
	size := 0
	flush := func() error {
		err := r.p.put(ctx, batch)
		batch, size = nil, 0
		return err
	}
	err := r.read(ctx, key, isError, func(line int, k kept) error {
		if len(lines) == 0 || line != lines[0] {
			return nil
		}
		lines = lines[1:]
		entry, bytes := r.entry(k)
		if len(batch) == callRecords || len(batch) > 0 && size+bytes > callBytes {
			if err := flush(); err != nil {
				return err
			}
		}
		batch, size = append(batch, entry), size+bytes
		return nil
	})
	if err == nil && len(batch) > 0 {
		err = flush()
	}
	if err == nil && len(lines) > 0 {
		err = errors.New("the object became shorter while it was read")
	}
	return err
}

// entry is the record for an event that fits. It goes to the shard that its own partition key belongs to.
func (r *redriveRun) entry(k kept) (types.PutRecordsRequestEntry, int) {
	o := k.origin()
	key, _ := o.PartitionKey()
	if len(k.data)+len(key) > r.largest {
		o.Key = ""
		key, _ = o.PartitionKey()
	}
	hash := md5.Sum([]byte(k.key)) //nolint:gosec // no secret is in it
	return types.PutRecordsRequestEntry{
		Data: k.data, PartitionKey: &key, ExplicitHashKey: aws.String(new(big.Int).SetBytes(hash[:]).String()),
	}, len(k.data) + len(key)
}

// put puts records until the stream has each of them. Those a call did not take are sent again after a pause.
func (p *Pipeline) put(ctx context.Context, batch []types.PutRecordsRequestEntry) error {
	pause := sendPause
	for attempt := 1; ; attempt++ {
		out, err := p.stream.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: &p.names.Stream, Records: batch})
		if err != nil {
			return fmt.Errorf("put into the stream %s: %w", p.names.Stream, err)
		}
		var again []types.PutRecordsRequestEntry
		var why string
		for i, answer := range out.Records {
			if answer.ErrorCode != nil && i < len(batch) {
				again = append(again, batch[i])
				why = aws.ToString(answer.ErrorCode) + ": " + aws.ToString(answer.ErrorMessage)
			}
		}
		if len(again) == 0 {
			return nil
		}
		if attempt == sendAttempts {
			return fmt.Errorf("the stream %s does not take %d of %d records: %s", p.names.Stream, len(again), len(batch), why)
		}
		batch = again
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause *= 2
	}
}
