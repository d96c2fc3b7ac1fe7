package firehose

// member is a name in an event that means something here; memberOther is any further one.
type member uint8

const (
	memberOther member = iota
	memberInvocation
	memberDeliveryStream
	memberSource
	memberRegion
	memberRecords
	memberRecordID
	memberData
	memberArrival
	memberMetadata
	memberShard
	memberPartitionKey
	memberSequence
	memberSubsequence
)

// memberOf is the member of that name.
func memberOf(name string) member {
	switch name {
	case "invocationId":
		return memberInvocation
	case "deliveryStreamArn":
		return memberDeliveryStream
	case "sourceKinesisStreamArn":
		return memberSource
	case "region":
		return memberRegion
	case "records":
		return memberRecords
	case "recordId":
		return memberRecordID
	case "data":
		return memberData
	case "approximateArrivalTimestamp":
		return memberArrival
	case "kinesisRecordMetadata":
		return memberMetadata
	case "shardId":
		return memberShard
	case "partitionKey":
		return memberPartitionKey
	case "sequenceNumber":
		return memberSequence
	case "subsequenceNumber":
		return memberSubsequence
	}
	return memberOther
}
