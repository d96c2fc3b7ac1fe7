package firehose

// Results that a transformation may give a record.
const (
	// ResultOk delivers the returned data.
	ResultOk = "Ok"
	// ResultDropped forgets the record; it counts as a success.
	ResultDropped = "Dropped"
	// ResultFailed sends the record, as it arrived, to the error output.
	ResultFailed = "ProcessingFailed"
)

const (
	// MaxResponse is the largest answer the Transformer gives, in bytes. Lambda takes 6 MB each way; the
	// little that lies between this and 6 MiB stays free for what an invocation adds.
	MaxResponse = 6_000_000
	// MaxRequest is the largest event that is sent to a function, in bytes: Lambda's quota of 6 MB for
	// the payload of a synchronous invocation.
	MaxRequest = 6 << 20
	// MaxAnswer is the largest answer that is taken from a function, in bytes.
	MaxAnswer = 6 << 20
)

// TableKey is the partition key that names the table a row belongs to: prefixes use it as
// !{partitionKeyFromLambda:table}.
const TableKey = "table"

// QuarantinePartition is the value of TableKey for events that no contract accepted; it is the name of the
// quarantine table.
const QuarantinePartition = "quarantine"

// DirectShard stands in the column _shard for records that came without Kinesis metadata, put into the
// delivery stream directly. Their _sequence is Firehose's record id.
const DirectShard = "direct-put"
