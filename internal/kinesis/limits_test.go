package kinesis

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// record is a record of a put request with n bytes of data.
func record(n int, key, more string) string {
	return fmt.Sprintf(`{"Data":"%s","PartitionKey":%q%s}`, base64.StdEncoding.EncodeToString(make([]byte, n)), key, more)
}

func records(list ...string) string {
	return `{"StreamName":"wide","Records":[` + strings.Join(list, ",") + `]}`
}

func repeat(n int, item string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = item
	}
	return list
}

// TestLimits goes to each limit and one past it.
func TestLimits(t *testing.T) {
	f := newFixture(t)
	f.ok(f.call("CreateStream", `{"StreamName":"tagged","ShardCount":1}`))
	hash := func(h string) string { return record(1, "k", `,"ExplicitHashKey":"`+h+`"`) }
	for _, c := range []struct {
		name      string
		at, past  string
		operation string
		code      string
		message   string
	}{
		{name: "records in a request", operation: "PutRecords",
			at: records(repeat(500, record(1, "k", ""))...), past: records(repeat(501, record(1, "k", ""))...),
			code: "ValidationException", message: "1 validation error detected: Value '[501 records]' at 'records' failed to satisfy constraint: Member must have length less than or equal to 500"},
		{name: "no record", operation: "PutRecords",
			at: records(record(1, "k", "")), past: records(),
			code: "ValidationException", message: "Value '[]' at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{name: "data and key of a record", operation: "PutRecords",
			at: records(record(mib-3, "key", "")), past: records(record(mib-2, "key", "")),
			code: "ValidationException", message: "Value 'java.nio.HeapByteBuffer[pos=0 lim=1048574 cap=1048574]' at 'records.1.member.data' failed to satisfy constraint: Data and partition key must together have length less than or equal to 1048576"},
		{name: "data of a record", operation: "PutRecord",
			at: `{"StreamName":"orders",` + record(mib-1, "k", "")[1:], past: `{"StreamName":"orders",` + record(mib+1, "k", "")[1:],
			code: "ValidationException", message: "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1048577 cap=1048577]' at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576"},
		{name: "data and keys of a request", operation: "PutRecords",
			at: records(repeat(20, record(mib/2-10, "ten bytes!", ""))...), past: records(append(repeat(19, record(mib/2-10, "ten bytes!", "")), record(mib/2-9, "ten bytes!", ""))...),
			code: "InvalidArgumentException", message: "Records size exceeds 10 MB limit"},
		{name: "characters of a key", operation: "PutRecords",
			at: records(record(1, strings.Repeat("\U0001f600", 256), "")), past: records(record(1, strings.Repeat("\U0001f600", 257), "")),
			code: "ValidationException", message: "at 'records.1.member.partitionKey' failed to satisfy constraint: Member must have length less than or equal to 256"},
		{name: "an empty key", operation: "PutRecords",
			at: records(record(1, "k", "")), past: records(record(1, "k", ""), record(1, "", "")),
			code: "ValidationException", message: "1 validation error detected: Value '' at 'records.2.member.partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{name: "hash keys", operation: "PutRecords",
			at: records(hash("340282366920938463463374607431768211455"), hash("0")), past: records(hash("340282366920938463463374607431768211456")),
			code: "InvalidArgumentException", message: "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was 340282366920938463463374607431768211456"},
		{name: "hash keys of one shard", operation: "PutRecord",
			at:   `{"StreamName":"orders",` + hash("340282366920938463463374607431768211455")[1:],
			past: `{"StreamName":"orders",` + hash("340282366920938463463374607431768211456")[1:],
			code: "InvalidArgumentException", message: "Invalid ExplicitHashKey"},
		{name: "digits of a hash key", operation: "PutRecords", at: records(hash("7")), past: records(hash("07")),
			code: "ValidationException", message: `Value '07' at 'records.1.member.explicitHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\d{0,38})`},
		{name: "characters of a stream name", operation: "CreateStream",
			at: `{"ShardCount":1,"StreamName":"` + strings.Repeat("s", 128) + `"}`, past: `{"ShardCount":1,"StreamName":"` + strings.Repeat("s", 129) + `"}`,
			code: "ValidationException", message: "at 'streamName' failed to satisfy constraint: Member must have length less than or equal to 128"},
		{name: "letters of a stream name", operation: "CreateStream",
			at: `{"ShardCount":1,"StreamName":"aZ09_.-"}`, past: `{"ShardCount":1,"StreamName":"a/b"}`,
			code: "ValidationException", message: "Value 'a/b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		{name: "shards", operation: "CreateStream",
			at: `{"ShardCount":100,"StreamName":"hundred"}`, past: `{"ShardCount":200,"StreamName":"two-hundred"}`,
			code: "LimitExceededException", message: "Limit: 200. Number of additional shards that would have resulted from this request: 200."},
		{name: "retention", operation: "IncreaseStreamRetentionPeriod",
			at: `{"StreamName":"orders","RetentionPeriodHours":8760}`, past: `{"StreamName":"orders","RetentionPeriodHours":8761}`,
			code: "ValidationException", message: "Value '8761' at 'retentionPeriodHours' failed to satisfy constraint: Member must have value less than or equal to 8760"},
		{name: "short retention", operation: "DecreaseStreamRetentionPeriod",
			at: `{"StreamName":"orders","RetentionPeriodHours":24}`, past: `{"StreamName":"orders","RetentionPeriodHours":23}`,
			code: "InvalidArgumentException", message: "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short."},
		{name: "record size of a stream", operation: "UpdateMaxRecordSize",
			at: `{"StreamName":"wide","MaxRecordSizeInKiB":10240}`, past: `{"StreamName":"wide","MaxRecordSizeInKiB":10241}`,
			code: "ValidationException", message: "Member must have value less than or equal to 10240"},
		{name: "large records of such a stream", operation: "PutRecords",
			at: records(record(10*mib-1, "k", "")), past: records(record(10*mib, "k", "")),
			code: "ValidationException", message: "Data and partition key must together"},
		{name: "tags", operation: "AddTagsToStream", at: tags("wide", 0, 50), past: tags("wide", 1, 51),
			code: "InvalidArgumentException", message: "Failed to add tags to stream wide under account 000000000000 because a given stream cannot have more than 50 tags"},
		{name: "tags of one request", operation: "AddTagsToStream", at: tags("orders", 0, 50), past: tags("orders", 0, 51),
			code: "InvalidArgumentException", message: "cannot have more than 50 tags"},
		{name: "tags AWS reads", operation: "AddTagsToStream", at: tags("orders", 0, 50), past: tags("orders", 0, 201),
			code: "ValidationException", message: "at 'tags' failed to satisfy constraint: Member must have length less than or equal to 200"},
		{name: "letters of tags", operation: "AddTagsToStream", at: `{"StreamName":"orders","Tags":{"t0":"\u00e4 _.:/=+-%@1"}}`, past: `{"StreamName":"orders","Tags":{"t0":"a\tb"}}`,
			code: "InvalidArgumentException", message: "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @."},
		{name: "letters of tag keys", operation: "RemoveTagsFromStream", at: `{"StreamName":"orders","TagKeys":["a b"]}`, past: `{"StreamName":"orders","TagKeys":["a","b;"]}`,
			code: "InvalidArgumentException", message: "Some tags contain invalid characters"},
		{name: "characters of a tag's key", operation: "AddTagsToStream", at: tag(strings.Repeat("é", 128), ""), past: tag(strings.Repeat("é", 129), "v"),
			code: "ValidationException", message: "1 validation error detected: Value '{" + strings.Repeat("é", 129) + "=v}' at 'tags' failed to satisfy constraint: " +
				"Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"},
		{name: "characters of a tag's value", operation: "AddTagsToStream", at: tag("k", strings.Repeat("é", 256)), past: tag("k", strings.Repeat("é", 257)),
			code: "ValidationException", message: "=" + strings.Repeat("é", 257) + "}' at 'tags' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0]"},
		{name: "keys of tags to remove", operation: "RemoveTagsFromStream", at: keys(50), past: keys(51),
			code: "ValidationException", message: "Value '[t, t, t, "},
		{name: "no keys of tags to remove", operation: "RemoveTagsFromStream", at: keys(1), past: keys(0),
			code: "ValidationException", message: "Value '[]' at 'tagKeys' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{name: "characters of a key to remove", operation: "RemoveTagsFromStream", at: `{"StreamName":"wide","TagKeys":["` + strings.Repeat("k", 128) + `"]}`,
			past: `{"StreamName":"wide","TagKeys":["a","` + strings.Repeat("k", 129) + `"]}`,
			code: "ValidationException", message: "Value '[a, " + strings.Repeat("k", 129) + "]' at 'tagKeys' failed to satisfy constraint: " +
				"Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"},
	} {
		f.t.Run(c.name, func(t *testing.T) {
			f.t = t
			f.ok(f.call(c.operation, c.at))
			f.want(f.call(c.operation, c.past), c.code, c.message)
		})
	}
}

func tags(stream string, from, to int) string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprintf(`"t%d":"%d"`, i, i))
	}
	return `{"StreamName":"` + stream + `","Tags":{` + strings.Join(list, ",") + `}}`
}

func tag(key, value string) string {
	return `{"StreamName":"tagged","Tags":{"` + key + `":"` + value + `"}}`
}

func keys(n int) string {
	return `{"StreamName":"wide","TagKeys":[` + strings.Join(repeat(n, `"t"`), ",") + `]}`
}

func TestSeveralViolationsAreListedUpToTen(t *testing.T) {
	f := newFixture(t)
	f.want(f.call("PutRecord", `{"StreamName":"a/b","PartitionKey":"","SequenceNumberForOrdering":"x"}`), "ValidationException",
		`4 validation errors detected: Value 'x' at 'sequenceNumberForOrdering' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\d{0,128}); `+
			`Value '' at 'partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1; `+
			`Value null at 'data' failed to satisfy constraint: Member must not be null; Value 'a/b' at 'streamName'`)
	answer := f.call("PutRecords", `{"StreamName":"wide","Records":[null,`+strings.Join(repeat(499, `{}`), ",")+`]}`)
	f.want(answer, "ValidationException", "10 validation errors detected: Value null at 'records.1.member' failed to satisfy constraint: Member must not be null; Value null at 'records.2.member.partitionKey'")
	if n := strings.Count(answer.message(), "Value "); n != 10 {
		t.Errorf("%d are listed", n)
	}
	f.want(f.call("GetShardIterator", `{"StreamName":"wide","ShardIteratorType":"NEWEST"}`), "ValidationException",
		"2 validation errors detected: Value null at 'shardId' failed to satisfy constraint: Member must not be null; "+
			"Value 'NEWEST' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]")
}
