package kinesis

import (
	"context"
	"net/http"
	"slices"
)

const targetPrefix = "Kinesis_20131202."

// operation is one request of one kind. It is made for the request and dropped after it.
type operation interface {
	// field reads the member the reader stands at. A member it does not know it must skip.
	field(name string, r reader)
	// check adds what is wrong with the members by themselves.
	check(v *violations)
	// run does what is asked and writes the answer; an operation without output writes nothing.
	// After an error nothing that was written counts.
	run(ctx context.Context, s *Server, w writer) error
}

// operations are the ones we serve, by name. The scratch is the request's.
var operations = map[string]func(*scratch) operation{
	"AddTagsToStream":               func(*scratch) operation { return new(addTagsToStream) },
	"CreateStream":                  func(*scratch) operation { return new(createStream) },
	"DecreaseStreamRetentionPeriod": func(*scratch) operation { return new(decreaseRetention) },
	"DeleteStream":                  func(*scratch) operation { return new(deleteStream) },
	"DescribeLimits":                func(*scratch) operation { return new(describeLimits) },
	"DescribeStream":                func(*scratch) operation { return new(describeStream) },
	"DescribeStreamSummary":         func(*scratch) operation { return new(describeStreamSummary) },
	"GetRecords":                    func(sc *scratch) operation { return &getRecords{scratch: sc} },
	"GetShardIterator":              func(*scratch) operation { return new(getShardIterator) },
	"IncreaseStreamRetentionPeriod": func(*scratch) operation { return new(increaseRetention) },
	"ListShards":                    func(*scratch) operation { return new(listShards) },
	"ListStreams":                   func(*scratch) operation { return new(listStreams) },
	"ListTagsForResource":           func(*scratch) operation { return new(listTagsForResource) },
	"ListTagsForStream":             func(*scratch) operation { return new(listTagsForStream) },
	"PutRecord":                     func(sc *scratch) operation { return &putRecord{scratch: sc} },
	"PutRecords":                    func(sc *scratch) operation { return &putRecords{scratch: sc} },
	"RemoveTagsFromStream":          func(*scratch) operation { return new(removeTagsFromStream) },
	"TagResource":                   func(*scratch) operation { return new(tagResource) },
	"UntagResource":                 func(*scratch) operation { return new(untagResource) },
	"UpdateMaxRecordSize":           func(*scratch) operation { return new(updateMaxRecordSize) },
}

// resharding operations are refused with a reason of their own.
var resharding = []string{"MergeShards", "SplitShard", "UpdateShardCount"}

// unserved are the operations that AWS has and we have not.
var unserved = []string{
	"AcknowledgeDeadLetterQueueRecords", "AcknowledgeQueueRecords", "CreateChannel", "CreateQueue", "DeleteChannel",
	"DeleteQueue", "DeleteResourcePolicy", "DeregisterStreamConsumer", "DescribeAccountSettings", "DescribeChannel",
	"DescribeQueue", "DescribeStreamConsumer", "DisableEnhancedMonitoring", "EnableEnhancedMonitoring",
	"GetResourcePolicy", "ListChannels", "ListQueues", "ListStreamConsumers", "PutResourcePolicy",
	"ReceiveDeadLetterQueueRecords", "ReceiveQueueRecords", "RegisterStreamConsumer", "RestoreDeadLetterQueueRecords",
	"StartStreamEncryption", "StopStreamEncryption", "SubscribeToShard", "UpdateAccountSettings", "UpdateChannel",
	"UpdateDeadLetterQueueRecordsVisibility", "UpdateQueue", "UpdateQueueRecordsVisibility", "UpdateStreamMode",
	"UpdateStreamRecordDistributionStrategy", "UpdateStreamWarmThroughput",
}

// operation finds what is asked for by name; the name is empty if the request named none of ours.
func (x *exchange) operation(name string) (operation, *failure) {
	if begin, ok := operations[name]; ok {
		return begin(x.scratch), nil
	}
	switch {
	case slices.Contains(resharding, name):
		return nil, failf("UnsupportedOperationException",
			"Penstock does not serve %s: the number of shards of a stream is fixed when it is created. "+
				"Create another stream with the number of shards you need.", name)
	case slices.Contains(unserved, name):
		return nil, failf("UnsupportedOperationException", "Penstock does not serve %s.", name)
	}
	return nil, failf("UnknownOperationException", "")
}

// emptyBody answers a request without a body, which no operation is.
func emptyBody(name string) *failure {
	if _, ok := operations[name]; ok {
		return serialization("The body is empty")
	}
	return failf("UnknownOperationException", "")
}

func noOperation() *failure {
	return &failure{status: http.StatusForbidden, code: "AccessDeniedException",
		message: "Unable to determine service/operation name to be authorized"}
}

// dryRun is the answer to a request that only asked whether it would succeed.
func dryRun() *failure {
	return failf("DryRunOperationException", "Request would have succeeded, but the DryRun flag is set.")
}
