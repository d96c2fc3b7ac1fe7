package contract

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the format has it as a checksum
)

// aggregateMagic begins a record into which the Kinesis Producer Library has put several events. The events
// follow in protobuf, then the MD5 of that (aggregation-format.md of awslabs/amazon-kinesis-producer).
var aggregateMagic = []byte{0xf3, 0x89, 0x9a, 0xc2}

// aggregateDetail is for people who wonder what the bytes are.
const aggregateDetail = "several events in one record, aggregated by the Kinesis Producer Library; only Firehose takes them apart: " +
	"set AggregationEnabled to false in the producer"

// isAggregate tells whether data is such a record. The magic number is no UTF-8, so no event is taken for one.
func isAggregate(data []byte) bool {
	body, found := bytes.CutPrefix(data, aggregateMagic)
	if !found || len(body) < md5.Size {
		return false
	}
	events, sum := body[:len(body)-md5.Size], body[len(body)-md5.Size:]
	want := md5.Sum(events) //nolint:gosec // the format's checksum
	return bytes.Equal(sum, want[:])
}
