package kinesis

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// spread is a request with one record for each shard of "wide", twice.
func spread() string {
	keys := newKeyspace(4)
	var list []string
	for i := range 8 {
		first, _ := keys.bounds(i % 4)
		list = append(list, record(i, "k", `,"ExplicitHashKey":"`+first.String()+`"`))
	}
	return records(list...)
}

func TestShardsFailOnTheirOwn(t *testing.T) {
	f := newFixture(t)
	secret := errors.New("disk /dev/sda1 is on fire")
	f.log.fail = func(_ string, shard int) error {
		switch shard {
		case 1:
			return fmt.Errorf("appending: %w", &event.Error{Code: "disk", Message: "the disk is at its reserve", Err: event.ErrThrottled})
		case 2:
			return secret
		}
		return nil
	}
	answer := f.ok(f.call("PutRecords", spread()))
	if answer.json["FailedRecordCount"] != 4.0 {
		t.Errorf("%v failed", answer.json["FailedRecordCount"])
	}
	for i, r := range answer.json["Records"].([]any) {
		r := r.(map[string]any)
		var want map[string]any
		switch i % 4 {
		case 1:
			want = map[string]any{"ErrorCode": "ProvisionedThroughputExceededException",
				"ErrorMessage": "Rate exceeded for shard shardId-000000000001 in stream wide under account 000000000000. the disk is at its reserve."}
		case 2:
			want = map[string]any{"ErrorCode": "InternalFailure", "ErrorMessage": "Internal Service Failure"}
		default:
			want = map[string]any{"ShardId": event.ShardID(i % 4),
				"SequenceNumber": event.Shard{Index: i % 4, Created: f.log.streams["wide"].info.Created}.SequenceNumber(uint64(i/4)+1, f.clock.millis())}
		}
		if fmt.Sprint(r) != fmt.Sprint(want) {
			t.Errorf("record %d: got %v, want %v", i, r, want)
		}
	}
	for shard, want := range []int{2, 0, 0, 2} {
		if n := len(f.log.streams["wide"].shards[shard].records); n != want {
			t.Errorf("shard %d holds %d records, want %d", shard, n, want)
		}
	}
	if log := f.logged.String(); !strings.Contains(log, secret.Error()) || strings.Contains(answer.raw, "sda1") {
		t.Errorf("the cause belongs into the log and not into the answer:\n%s\n%s", log, answer.raw)
	}
}

func TestOneRecordFailsAsARequest(t *testing.T) {
	f := newFixture(t)
	body := `{"StreamName":"orders",` + record(5, "k", "")[1:]
	f.log.fail = func(string, int) error { return event.ErrThrottled }
	answer := f.call("PutRecord", body)
	f.want(answer, "ProvisionedThroughputExceededException", "Rate exceeded for shard shardId-000000000000 in stream orders under account 000000000000.")
	if answer.status != 400 {
		t.Errorf("status %d", answer.status)
	}
	f.log.fail = func(string, int) error { return errors.New("broken") }
	if answer = f.call("PutRecord", body); answer.status != 500 || answer.code() != "InternalFailure" {
		t.Errorf("got %d %s", answer.status, answer.raw)
	}
	f.log.fail = func(string, int) error { return event.ErrNotFound } // deleted in between
	f.want(f.call("PutRecord", body), "ResourceNotFoundException", "Stream orders under account")
	f.want(f.call("PutRecords", spread()), "ResourceNotFoundException", "Stream wide under account")
	f.log.fail = func(string, int) error { panic("a fault of ours") }
	if answer = f.call("PutRecord", body); answer.status != 500 || !strings.Contains(f.logged.String(), "a fault of ours") {
		t.Errorf("got %d %s\n%s", answer.status, answer.raw, f.logged)
	}
	if answer = f.ok(f.call("PutRecords", spread())); answer.json["FailedRecordCount"] != 8.0 {
		t.Errorf("got %s", answer.raw)
	}
	f.server.log = nil // makes our own code fail
	if answer = f.call("ListStreams", `{}`); answer.status != 500 || answer.code() != "InternalFailure" || !strings.Contains(f.logged.String(), "nil pointer") {
		t.Errorf("got %d %s\n%s", answer.status, answer.raw, f.logged)
	}
	f.server.log = f.log
	f.log.fail = nil
	f.ok(f.call("PutRecord", body))
	if free := f.server.budget.free.TryAcquire(f.server.budget.size); !free {
		t.Error("a request kept memory of the budget")
	}
}

// TestRecordsKeepTheirOrder sends records of four shards mixed and expects each shard to hold its
// own in the order of the request.
func TestRecordsKeepTheirOrder(t *testing.T) {
	f := newFixture(t)
	var list []string
	for i := range 500 {
		list = append(list, fmt.Sprintf(`{"PartitionKey":"k%d","Data":"%s"}`, i%97, base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%03d", i))))
	}
	f.ok(f.call("PutRecords", records(list...)))
	total := 0
	for index, shard := range f.log.streams["wide"].shards {
		last := ""
		for _, r := range shard.records {
			if string(r.Data) <= last {
				t.Fatalf("shard %d: %s after %s", index, r.Data, last)
			}
			last = string(r.Data)
			if newKeyspace(4).shardOf(hashPartitionKey(r.PartitionKey)) != index {
				t.Fatalf("%s is in shard %d", r.PartitionKey, index)
			}
		}
		total += len(shard.records)
	}
	if total != 500 {
		t.Fatalf("%d records", total)
	}
}

func TestSequenceNumberForOrdering(t *testing.T) {
	f := newFixture(t)
	put := func(after string) reply {
		return f.call("PutRecord", `{"StreamName":"orders","SequenceNumberForOrdering":"`+after+`",`+record(1, "k", "")[1:])
	}
	a := f.put("a")
	b := f.ok(put(a)).json["SequenceNumber"].(string)
	if b <= a {
		t.Errorf("%s then %s", a, b)
	}
	f.clock.advance(-time.Hour) // does not make b a number of the future
	f.ok(put(b))
	future := event.Shard{Created: f.log.streams["orders"].info.Created}.SequenceNumber(1000, 0)
	foreign := func(after time.Duration) string {
		return event.Shard{Index: 2, Created: 7}.SequenceNumber(1, f.clock.Now().Add(after).UnixMilli())
	}
	f.ok(put(foreign(0))) // of the stream that was there before, or of AWS
	young := event.Shard{Created: f.clock.Now().Unix() + 1}.SequenceNumber(1, 0)
	for _, bad := range []string{"0", "123", future, young, foreign(time.Second)} {
		f.want(put(bad), "InvalidArgumentException", "ExclusiveMinimumSequenceNumber "+bad+" used in PutRecord on stream orders under account 000000000000 is invalid.")
	}
}

// keeper is a Log that still looks at the records after it gave up on them, as one does whose
// caller went away.
type keeper struct {
	*memory
	kept []event.Put
}

func (k *keeper) Append(_ context.Context, _ string, _ int, puts []event.Put) (Appended, error) {
	if k.kept == nil {
		k.kept = puts
		return Appended{}, context.Canceled
	}
	return Appended{First: 1}, nil
}

func TestMemoryOfAnUnclearAppendIsNotUsedAgain(t *testing.T) {
	f := newFixture(t)
	log := &keeper{memory: f.log}
	f.server.log = log
	body := func(data string) string {
		return `{"StreamName":"orders","PartitionKey":"` + data + `","Data":"` + base64.StdEncoding.EncodeToString([]byte(data)) + `"}`
	}
	if answer := f.call("PutRecord", body("first")); answer.status != 500 {
		t.Fatalf("got %d %s", answer.status, answer.raw)
	}
	for range 100 {
		f.ok(f.call("PutRecord", body("other")))
	}
	if p := log.kept[0]; string(p.Data) != "first" || p.PartitionKey != "first" {
		t.Fatalf("the record became %q %q", p.PartitionKey, p.Data)
	}
}

func TestStreamsByARN(t *testing.T) {
	f := newFixture(t)
	put := func(ref string) reply { return f.call("PutRecord", `{`+ref+`,"StreamId":"x",`+record(1, "k", "")[1:]) }
	f.ok(put(`"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders"`))
	f.ok(put(`"StreamARN":"arn:aws-cn:kinesis:cn-north-1:123456789012:stream/orders","StreamName":"orders"`))
	f.want(put(`"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/wide","StreamName":"orders"`), "InvalidArgumentException", "name different streams")
	f.want(put(`"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/none"`), "ResourceNotFoundException", "Stream none")
	f.want(put(`"StreamARN":"orders"`), "ValidationException", "at 'streamARN' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+")
	f.want(put(`"StreamName":null`), "InvalidArgumentException", "Either StreamName or StreamARN should be provided.")
}

func TestThrottledStreamOperations(t *testing.T) {
	f := newFixture(t)
	err := f.server.streamError(&event.Error{Message: "the disk is at its reserve", Err: event.ErrThrottled}, "orders")
	if want := "ProvisionedThroughputExceededException: Rate exceeded for stream orders under account 000000000000. the disk is at its reserve."; err.Error() != want {
		t.Errorf("got %v", err)
	}
}
