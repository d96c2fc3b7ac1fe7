package kinesis

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// put stores a record with that text in stream "orders" and returns its sequence number.
func (f *fixture) put(data string) string {
	f.t.Helper()
	answer := f.ok(f.call("PutRecord", fmt.Sprintf(`{"StreamName":"orders","PartitionKey":"k","Data":"%s"}`, base64.StdEncoding.EncodeToString([]byte(data)))))
	return answer.json["SequenceNumber"].(string)
}

// iterator asks for an iterator of the only shard of "orders".
func (f *fixture) iterator(position string) reply {
	f.t.Helper()
	return f.call("GetShardIterator", `{"StreamName":"orders","ShardId":"shardId-000000000000",`+position+`}`)
}

// read reads from an iterator on and returns the data, joined, and the next iterator.
func (f *fixture) read(iterator string) (data, next string, answer reply) {
	f.t.Helper()
	answer = f.ok(f.call("GetRecords", fmt.Sprintf(`{"ShardIterator":%q}`, iterator)))
	var texts []string
	for _, r := range answer.json["Records"].([]any) {
		b, err := base64.StdEncoding.DecodeString(r.(map[string]any)["Data"].(string))
		if err != nil {
			f.t.Fatal(err)
		}
		texts = append(texts, string(b))
	}
	return strings.Join(texts, ","), answer.json["NextShardIterator"].(string), answer
}

// from reads from a position on.
func (f *fixture) from(position string) string {
	f.t.Helper()
	data, _, _ := f.read(f.ok(f.iterator(position)).json["ShardIterator"].(string))
	return data
}

func at(kind, number string) string {
	return fmt.Sprintf(`"ShardIteratorType":%q,"StartingSequenceNumber":%q`, kind, number)
}

func TestIteratorsStartWhereTheySay(t *testing.T) {
	f := newFixture(t)
	a := f.put("a")
	f.clock.advance(10 * time.Second)
	latest := f.ok(f.iterator(`"ShardIteratorType":"LATEST"`)).json["ShardIterator"].(string)
	b := f.put("b")
	f.clock.advance(10 * time.Second)
	c := f.put("c")
	second := func(ago int) string {
		return fmt.Sprintf(`"ShardIteratorType":"AT_TIMESTAMP","Timestamp":%d`, f.clock.Now().Unix()-int64(ago))
	}
	shard := event.Shard{Created: f.log.streams["orders"].info.Created}
	at2 := func(seconds int64) string { return shard.SequenceNumber(2, f.clock.millis()+seconds*1000) }
	for position, want := range map[string]string{
		`"ShardIteratorType":"TRIM_HORIZON"`: "a,b,c",
		`"ShardIteratorType":"LATEST"`:       "",
		at(atNumber, a):                      "a,b,c",
		at(afterNumber, a):                   "b,c",
		at(atNumber, b):                      "b,c",
		at(afterNumber, c):                   "",
		second(3600):                         "a,b,c",
		second(20):                           "a,b,c",
		second(19):                           "b,c",
		second(0):                            "c",
		// Numbers that no record has are places in the order of all numbers.
		at(atNumber, shard.SequenceNumber(0, shard.Created*1000)): "a,b,c",
		at(atNumber, shard.SequenceNumber(1<<63-1, 0)):            "",
		at(afterNumber, shard.SequenceNumber(99, 0)):              "",
		at(atNumber, at2(-11)):                                    "b,c", // just before b
		at(afterNumber, at2(-11)):                                 "b,c",
		at(atNumber, at2(-9)):                                     "c", // just after b
		at(afterNumber, at2(-9)):                                  "c",
	} {
		if got := f.from(position); got != want {
			t.Errorf("%s: got %q, want %q", position, got, want)
		}
	}
	if data, _, _ := f.read(latest); data != "b,c" {
		t.Errorf("LATEST before b was put reads %q", data)
	}
	f.log.trim("orders", 0, 3)
	for _, position := range []string{at(atNumber, a), at(afterNumber, a), `"ShardIteratorType":"TRIM_HORIZON"`} {
		if got := f.from(position); got != "c" {
			t.Errorf("%s after trimming: %q", position, got)
		}
	}
	if data, _, _ := f.read(latest); data != "c" {
		t.Errorf("an iterator older than the horizon reads %q", data)
	}
}

// Scripts write the short forms, and AWS reads them.
func TestShortNamesOfShards(t *testing.T) {
	f := newFixture(t)
	for _, id := range []string{"shardId-000000000000", "shardId-0", "shard-0", "0", "-00000000000000000"} {
		f.ok(f.iterator(`"ShardIteratorType":"LATEST","ShardId":"` + id + `"`))
	}
}

func TestIteratorRefusals(t *testing.T) {
	f := newFixture(t)
	a := f.put("a")
	other := event.Shard{Index: 1, Created: f.log.streams["orders"].info.Created}.SequenceNumber(1, 0)
	endless := event.Shard{Created: f.log.streams["orders"].info.Created}.SequenceNumber(1<<63, 0) // past the last index there is
	foreign := event.Shard{Created: 7}.SequenceNumber(1, 0)
	for _, c := range []struct{ position, code, message string }{
		{at(trimHorizon, a), "InvalidArgumentException", "Request specified TRIM_HORIZON and also a StartingSequenceNumber."},
		{`"ShardIteratorType":"AT_SEQUENCE_NUMBER"`, "InvalidArgumentException", "Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber."},
		{`"ShardIteratorType":"AT_TIMESTAMP"`, "InvalidArgumentException", "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP."},
		{fmt.Sprintf(`"ShardIteratorType":"AT_TIMESTAMP","Timestamp":%d.5`, f.clock.Now().Unix()), "InvalidArgumentException", "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis."},
		{at(atNumber, "12345"), "InvalidArgumentException", "StartingSequenceNumber 12345 used in GetShardIterator on shard shardId-000000000000 in stream orders under account 000000000000 is invalid."},
		{at(atNumber, other), "InvalidArgumentException", "Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a shard with shardId-000000000000"},
		{at(atNumber, foreign), "InvalidArgumentException", "is invalid because it did not come from this stream."},
		{at(atNumber, "x"), "ValidationException", "at 'startingSequenceNumber' failed"},
		{`"ShardIteratorType":"LATEST","DryRun":true`, "DryRunOperationException", ""},
		{`"ShardIteratorType":"LATEST","ShardId":"5"`, "ResourceNotFoundException", "Shard shardId-000000000005 in stream orders under account 000000000000 does not exist"},
		{`"ShardIteratorType":"LATEST","ShardId":"shard-x"`, "ResourceNotFoundException", "Could not find shard shard-x in stream orders under account 000000000000."},
		// AWS looks at the shard's name first, and misses the shard where the stream is missing.
		{`"ShardIteratorType":"LATEST","StreamName":"none"`, "ResourceNotFoundException", "Shard shardId-000000000000 in stream none under account 000000000000 does not exist"},
		{`"ShardIteratorType":"LATEST","StreamName":"none","ShardId":"2147483648"`, "ResourceNotFoundException", "Could not find shard 2147483648 in stream none under account 000000000000."},
		{`"ShardIteratorType":"LATEST","ShardId":"a-b-0"`, "ResourceNotFoundException", "Could not find shard a-b-0 in stream orders under account 000000000000."},
		{at(atNumber, endless), "InvalidArgumentException", "in stream orders under account 000000000000 is invalid."},
	} {
		f.want(f.iterator(c.position), c.code, c.message)
	}
}

func TestIteratorsExpireAndCannotBeForged(t *testing.T) {
	f := newFixture(t)
	f.put("a")
	it := f.ok(f.iterator(`"ShardIteratorType":"TRIM_HORIZON"`)).json["ShardIterator"].(string)
	get := func(iterator string) reply {
		return f.call("GetRecords", fmt.Sprintf(`{"ShardIterator":%q}`, iterator))
	}
	if data, next, _ := f.read(`"` + it + `"`); data != "a" || next == it {
		t.Errorf("a quoted iterator reads %q", data)
	}
	for i := range it {
		changed := []byte(it)
		changed[i] ^= 1
		f.want(get(string(changed)), "InvalidArgumentException", "Invalid ShardIterator.")
	}
	for _, bad := range []string{"x", "AAAA", it + "AAAA", it[4:], f.server.tokens.seal(streamsToken, []byte("orders")), f.server.tokens.seal(iteratorToken, []byte("short"))} {
		f.want(get(bad), "InvalidArgumentException", "Invalid ShardIterator.")
	}
	f.want(get(strings.Repeat("a", 513)), "ValidationException", "at 'shardIterator'")
	f.want(newFixture(t).call("GetRecords", fmt.Sprintf(`{"ShardIterator":%q}`, it)), "InvalidArgumentException", "Invalid ShardIterator.")
	if _, first, _ := f.read(it); first == it {
		t.Error("the next iterator is the same")
	}
	f.clock.advance(tokenLifetime)
	f.ok(get(it))
	f.clock.advance(time.Millisecond)
	f.want(get(it), "ExpiredIteratorException", "Iterator expired. The iterator was created at time Sun Nov 22 05:00:00 UTC 2026 while right now it is "+
		"Sun Nov 22 05:05:00 UTC 2026 which is further in the future than the tolerated delay of 300000 milliseconds.")
	f.clock.advance(-time.Hour) // a clock set back makes nobody start over
	f.ok(get(it))
}

func TestIteratorsOutliveTheProcessWithAKey(t *testing.T) {
	key := func(c *Config) { c.IteratorKey = []byte(strings.Repeat("k", 32)) }
	f, again := newFixture(t, key), newFixture(t, key)
	it := f.ok(f.iterator(`"ShardIteratorType":"TRIM_HORIZON"`)).json["ShardIterator"].(string)
	again.put("a")
	if data, _, _ := again.read(it); data != "a" {
		t.Errorf("read %q", data)
	}
}

func TestGetRecordsStopsAtItsLimitsAndTellsHowFarBehind(t *testing.T) {
	f := newFixture(t)
	f.ok(f.call("UpdateMaxRecordSize", `{"StreamName":"orders","MaxRecordSizeInKiB":10240}`))
	f.put(strings.Repeat("x", 10*mib-1)) // alone as large as an answer may be
	f.put("a")
	f.clock.advance(1500 * time.Millisecond)
	f.put("b")
	f.clock.advance(2500 * time.Millisecond)
	it := f.ok(f.iterator(`"ShardIteratorType":"TRIM_HORIZON"`)).json["ShardIterator"].(string)
	data, it, answer := f.read(it)
	if len(data) != 10*mib-1 || answer.json["MillisBehindLatest"] != 4000.0 {
		t.Errorf("%d bytes, %v ms behind", len(data), answer.json["MillisBehindLatest"])
	}
	answer = f.ok(f.call("GetRecords", fmt.Sprintf(`{"ShardIterator":%q,"Limit":1}`, it)))
	if n := len(answer.json["Records"].([]any)); n != 1 || answer.json["MillisBehindLatest"] != 4000.0 {
		t.Errorf("%d records, %v ms behind", n, answer.json["MillisBehindLatest"])
	}
	data, it, answer = f.read(answer.json["NextShardIterator"].(string))
	if data != "b" || answer.json["MillisBehindLatest"] != 0.0 {
		t.Errorf("%q, %v ms behind", data, answer.json["MillisBehindLatest"])
	}
	if _, ok := answer.json["ChildShards"]; ok {
		t.Error("an open shard has child shards")
	}
	for _, limit := range []string{"0", "10001", "-1", "1e300"} {
		f.want(f.call("GetRecords", fmt.Sprintf(`{"ShardIterator":%q,"Limit":%s}`, it, limit)), "ValidationException", "at 'limit'")
	}
	f.want(f.call("GetRecords", fmt.Sprintf(`{"ShardIterator":%q,"DryRun":true}`, it)), "DryRunOperationException", "")
	f.want(f.call("GetRecords", fmt.Sprintf(`{"ShardIterator":%q,"StreamARN":"arn:aws:kinesis:x:000000000000:stream/wide"}`, it)), "InvalidArgumentException", "not of stream")
	delete(f.log.streams, "orders")
	f.want(f.call("GetRecords", fmt.Sprintf(`{"ShardIterator":%q}`, it)), "ResourceNotFoundException", "Shard shardId-000000000000 in stream orders under account 000000000000 does not exist")
}

func TestGetRecordsReturnsAtMostTenThousand(t *testing.T) {
	f := newFixture(t)
	for range 21 {
		f.ok(f.call("PutRecords", strings.Replace(records(repeat(500, record(1, "k", ""))...), "wide", "orders", 1)))
	}
	_, it, answer := f.read(f.ok(f.iterator(`"ShardIteratorType":"TRIM_HORIZON"`)).json["ShardIterator"].(string))
	_, _, rest := f.read(it)
	if n, m := len(answer.json["Records"].([]any)), len(rest.json["Records"].([]any)); n != 10_000 || m != 500 {
		t.Errorf("%d and %d records", n, m)
	}
}
