package kinesis

import (
	"context"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// recordOverhead is about what a record costs in an answer beside its data and key.
const recordOverhead = 200

// getRecords reads records from an iterator on.
type getRecords struct {
	scratch  *scratch
	iterator text
	limit    number
	arn      text
	dryRun   boolean
}

func (op *getRecords) field(name string, r reader) {
	switch name {
	case "ShardIterator":
		op.iterator = got(r.text())
		op.iterator.value = unquote(op.iterator.value)
	case "Limit":
		op.limit = got(r.integer())
	case "StreamARN":
		op.arn = got(r.text())
	case "DryRun":
		op.dryRun = got(r.flag())
	default:
		r.skip()
	}
}

func (op *getRecords) check(v *violations) {
	v.number("limit", op.limit, 1, maxGetRecords)
	v.required("shardIterator", op.iterator.set)
	v.text("shardIterator", op.iterator, 1, 512, nil)
	v.text("streamARN", op.arn, 1, 2048, arnPattern)
}

func (op *getRecords) run(ctx context.Context, s *Server, w writer) error {
	it, err := s.openIterator(op.iterator.value)
	if err != nil {
		return err
	}
	if op.arn.set && !strings.HasSuffix(op.arn.value, ":stream/"+it.stream) {
		return invalidArgument("The ShardIterator is not of stream %s.", clip([]byte(op.arn.value)))
	}
	info, ok := s.log.Stream(it.stream)
	if !ok || info.Created != it.created || it.shard >= info.Shards {
		return s.shardNotFound(it.stream, it.shard)
	}
	first, last, err := s.log.Bounds(it.stream, it.shard)
	if err != nil {
		return s.streamError(err, it.stream)
	}
	if op.dryRun.value {
		return dryRun()
	}
	it.next = max(it.next, first)
	records, err := op.fetch(ctx, s, info, it, last)
	if err != nil {
		return s.streamError(err, it.stream)
	}
	behind := int64(0)
	if n := len(records); n > 0 {
		it.next = records[n-1].Sequence + 1
		if it.next <= last {
			behind = max(0, s.cfg.Now().UnixMilli()-records[n-1].Arrived)
		}
	}
	w.grow(int(answerSpace(recordBytes(records), int64(len(records)))))
	writeRecords(w, info.shard(it.shard), records)
	w.field("NextShardIterator")
	w.text(s.sealIterator(it))
	w.field("MillisBehindLatest")
	w.integer(behind)
	w.end()
	return nil
}

// fetch reads the records and accounts for the memory they take, now and in the answer.
func (op *getRecords) fetch(ctx context.Context, s *Server, info StreamInfo, it iterator, last uint64) ([]event.Record, error) {
	if it.next > last {
		return nil, nil
	}
	most := min(op.limit.or(maxGetRecords), int64(last-it.next+1))
	held := op.scratch.grant.held
	worst := min(most*int64(s.recordLimit(info)), maxGetRecordsBytes)
	if !op.scratch.grant.raise(ctx, held+worst+answerSpace(worst, most)) {
		return nil, s.outOfMemory()
	}
	records, err := s.log.Fetch(ctx, it.stream, it.shard, it.next, int(most), maxGetRecordsBytes)
	actual := recordBytes(records)
	op.scratch.grant.lower(held + actual + answerSpace(actual, int64(len(records))))
	return records, err
}

// recordBytes is what counts of records against the limit of an answer.
func recordBytes(records []event.Record) (n int64) {
	for i := range records {
		n += int64(len(records[i].Data) + len(records[i].PartitionKey))
	}
	return n
}

// answerSpace is about how long an answer with so many bytes of records is.
func answerSpace(bytes, records int64) int64 { return bytes/3*4 + records*recordOverhead }

// writeRecords opens the answer and writes its records.
func writeRecords(w writer, shard event.Shard, records []event.Record) {
	w.object()
	w.field("Records")
	w.list()
	number := make([]byte, 0, event.SequenceNumberLen)
	for i := range records {
		record := &records[i]
		number = shard.AppendSequenceNumber(number[:0], record.Sequence, record.Arrived)
		w.object()
		w.field("SequenceNumber")
		w.digits(number)
		w.field("ApproximateArrivalTimestamp")
		w.instant(record.Arrived)
		w.field("Data")
		w.blob(record.Data)
		w.field("PartitionKey")
		w.text(record.PartitionKey)
		w.end()
	}
	w.end()
}
