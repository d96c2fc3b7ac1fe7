package verify

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/produce"
)

// sighting is what is known of one order; a zero time is not known yet.
type sighting struct {
	sent, accepted, delivered, queryable time.Time
	shard                                int
	position                             uint64
	// refused: the order is in a file of the quarantine.
	refused bool
	// file of the lake that the order was found in first; twice says that there was another. barred: the warehouse refused it.
	file          string
	twice, barred bool
}

// open says that the order was accepted and may still become a row.
func (s *sighting) open() bool {
	return !s.accepted.IsZero() && s.queryable.IsZero() && !s.refused && !s.barred
}

// sightings are those of a run, by the orders' numbers.
type sightings struct {
	mu  sync.Mutex
	all []sighting
}

// with calls fn with all of them, while nobody else has them.
func (s *sightings) with(fn func(all []sighting)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fn(s.all)
}

// recorder is a client that keeps when each order was sent, and where it came to lie in the stream.
type recorder struct {
	produce.Client
	seen *sightings
}

// PutRecords makes the call, and keeps its first time and its first good answer for each record.
func (r recorder) PutRecords(ctx context.Context, in *kinesis.PutRecordsInput, options ...func(*kinesis.Options)) (*kinesis.PutRecordsOutput, error) {
	sent := time.Now()
	out, err := r.Client.PutRecords(ctx, in, options...)
	answered := time.Now()
	r.seen.with(func(all []sighting) {
		for i, entry := range in.Records {
			number, ok := numberOf(aws.ToString(entry.PartitionKey))
			if !ok || number >= len(all) {
				continue
			}
			one := &all[number]
			if one.sent.IsZero() {
				one.sent = sent
			}
			if err != nil || i >= len(out.Records) || out.Records[i].ErrorCode != nil || !one.accepted.IsZero() {
				continue
			}
			one.accepted = answered
			one.place(aws.ToString(out.Records[i].ShardId), aws.ToString(out.Records[i].SequenceNumber))
		}
	})
	return out, err
}

// place keeps where the order lies. A foreign endpoint's numbers tell no position, and need not.
func (s *sighting) place(shard, sequence string) {
	index, ok := event.ParseShardID(shard)
	if parsed, err := event.ParseSequenceNumber(sequence); ok && err == nil {
		s.shard, s.position = index, parsed.Sequence
	}
}
