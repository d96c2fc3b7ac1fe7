package processor

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/penstock/penstock/internal/base64"
	"github.com/penstock/penstock/internal/event"
)

// account stands in ARNs, as in AWS's own examples.
const account = "123456789012"

// recordIDEnd follows the sequence number in a recordId, as it does for records of a Kinesis stream.
const recordIDEnd = "000000"

func (p *Processor) recordID(r *event.Record) string {
	return p.cfg.Shard.SequenceNumber(r.Sequence, r.Arrived) + recordIDEnd
}

// head is the event up to its records. Each attempt has an invocation id of its own.
func (p *Processor) head(dst []byte) []byte {
	stream := p.cfg.Shard.Stream
	return fmt.Appendf(dst, `{"invocationId":"%s","sourceKinesisStreamArn":"arn:aws:kinesis:%s:%s:stream/%s",`+
		`"deliveryStreamArn":"arn:aws:firehose:%s:%s:deliverystream/%s","region":"%s","records":[`,
		randomID(), p.cfg.Region, account, stream, p.cfg.Region, account, stream, p.cfg.Region)
}

func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return uuid(b[:])
}

// uuid shows 16 bytes as a random UUID.
func uuid(b []byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// appendRecord appends one record of the event, with a comma behind it.
func (p *Processor) appendRecord(dst []byte, r *event.Record) []byte {
	key, err := json.Marshal(r.PartitionKey)
	if err != nil {
		key = []byte(`""`) // a string can be marshalled
	}
	dst = append(append(dst, `{"recordId":"`...), p.recordID(r)...)
	dst = append(dst, `","approximateArrivalTimestamp":`...)
	dst = strconv.AppendInt(dst, r.Arrived, 10)
	dst = append(dst, `,"data":"`...)
	dst = base64.Append(dst, r.Data)
	dst = append(dst, `","kinesisRecordMetadata":{"sequenceNumber":"`...)
	dst = p.cfg.Shard.AppendSequenceNumber(dst, r.Sequence, r.Arrived)
	dst = append(append(dst, `","subsequenceNumber":0,"partitionKey":`...), key...)
	dst = append(append(dst, `,"shardId":"`...), p.cfg.Shard.ID()...)
	dst = append(dst, `","approximateArrivalTimestamp":`...)
	dst = strconv.AppendInt(dst, r.Arrived, 10)
	return append(dst, "}},"...)
}

// end closes an event with at least one record.
func end(dst []byte) []byte { return append(dst[:len(dst)-1], "]}"...) }
