package kinesis

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestWireMessages holds requests and their answers, byte for byte, in testdata/wire.golden.
// What is random (tokens, identifiers) is replaced.
func TestWireMessages(t *testing.T) {
	f := newFixture(t)
	var out bytes.Buffer
	for _, m := range []struct{ method, target, contentType, body string }{
		{body: `{"StreamName":"events","ShardCount":3,"StreamModeDetails":{"StreamMode":"PROVISIONED"},"Tags":{"team":"orders"}}`, target: "CreateStream"},
		{body: `{"StreamName":"on-demand","StreamModeDetails":{"StreamMode":"ON_DEMAND"},"MaxRecordSizeInKiB":2048}`, target: "CreateStream"},
		{body: `{"StreamName":"events","ShardCount":1}`, target: "CreateStream"},
		{body: `{"StreamName":"none"}`, target: "CreateStream"},
		{body: `{"StreamName":"events","Limit":2}`, target: "DescribeStream"},
		{body: `{"StreamName":"on-demand"}`, target: "DescribeStreamSummary"},
		{body: `{}`, target: "ListStreams"},
		{body: `{"Limit":1,"ExclusiveStartStreamName":"events"}`, target: "ListStreams"},
		{body: `{"StreamName":"events","MaxResults":1,"ExclusiveStartShardId":"shardId-000000000000"}`, target: "ListShards"},
		{body: `{"StreamName":"events","ShardFilter":{"Type":"AFTER_SHARD_ID","ShardId":"shardId-000000000001"}}`, target: "ListShards"},
		{body: `{"StreamName":"events","ShardFilter":{"Type":"AT_TIMESTAMP"}}`, target: "ListShards"},
		{body: `{"StreamName":"events","NextToken":"x"}`, target: "ListShards"},
		{body: `{}`, target: "ListShards"},
		{body: `{"NextToken":"x","StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/events"}`, target: "ListShards"},
		{body: `{"NextToken":"x","ExclusiveStartShardId":"0"}`, target: "ListShards"},
		{body: `{"NextToken":"x"}`, target: "ListShards"},
		{body: `{"StreamName":"events","PartitionKey":"a","Data":"e30="}`, target: "PutRecord"},
		{body: `{"StreamName":"events","Records":[{"PartitionKey":"a","Data":"MQ=="},{"PartitionKey":"b","Data":"","ExplicitHashKey":"0"},{"PartitionKey":"\u00e4\"\n","Data":"/w=="}]}`, target: "PutRecords"},
		{body: `{"StreamName":"events","Records":[{"PartitionKey":"a","Data":"MQ="}]}`, target: "PutRecords"},
		{body: `{"StreamName":"events","DryRun":true,"Records":[{"PartitionKey":"a","Data":"MQ=="}]}`, target: "PutRecords"},
		{body: `{"StreamName":"events","ShardId":"0","ShardIteratorType":"TRIM_HORIZON"}`, target: "GetShardIterator"},
		{body: `{"ShardIterator":"@0"}`, target: "GetRecords"},
		{body: `{"ShardIterator":"@2"}`, target: "GetRecords"},
		{body: `{"StreamName":"events"}`, target: "ListTagsForStream"},
		{body: `{"ResourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/events"}`, target: "ListTagsForResource"},
		{body: `{"ResourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/events/consumer/c:1","TagKeys":["a"]}`, target: "UntagResource"},
		{body: `{"StreamName":"events","TagKeys":[]}`, target: "RemoveTagsFromStream"},
		{body: `{}`, target: "DescribeLimits"},
		{body: `{"StreamName":"events","RetentionPeriodHours":48}`, target: "IncreaseStreamRetentionPeriod"},
		{body: `{"StreamName":"events","RetentionPeriodHours":47}`, target: "IncreaseStreamRetentionPeriod"},
		{body: `{"StreamName":"events","RetentionPeriodHours":49}`, target: "DecreaseStreamRetentionPeriod"},
		{body: `{"StreamName":"events","MaxRecordSizeInKiB":1}`, target: "UpdateMaxRecordSize"},
		{body: `{"StreamName":"events"}`, target: "DeleteStream"},
		{body: `{"StreamName":"events"}`, target: "DeleteStream"},
		{body: `{"StreamName":"pipeline-orders","ShardCount":1}`, target: "CreateStream"},
		{body: `{"StreamName":"pipeline-orders","EnforceConsumerDeletion":true}`, target: "DeleteStream"},
		// What never gets to an operation.
		{body: `{"StreamName":"orders"}`, target: "SplitShard"},
		{body: `{"StreamName":"orders"}`, target: "SubscribeToShard"},
		{body: `{"StreamName":"orders"}`, target: "NoSuchOperation"},
		{body: `{"StreamName":"orders"}`, target: "DynamoDB_20120810.ListTables"},
		{body: `{"StreamName":"orders"`, target: "NoSuchOperation"},
		{body: `{}`, target: "-"},
		{body: ``, target: "PutRecords"},
		{body: ``, target: "NoSuchOperation"},
		{body: `[]`, target: "PutRecords"},
		{body: `null`, target: "PutRecords"},
		{body: `5`, target: "PutRecords"},
		{body: `{"Records":{}}`, target: "PutRecords"},
		{body: `{"StreamName":5}`, target: "DescribeStream"},
		{body: `{"Limit":"5"}`, target: "ListStreams"},
		{method: http.MethodGet, target: "ListStreams"},
		{method: http.MethodOptions, target: "ListStreams"},
		{body: `{}`, target: "ListStreams", contentType: "text/plain"},
		{body: `{}`, target: "-", contentType: "text/plain"},
		{body: `{}`, target: "ListStreams", contentType: "application/json; charset=utf-8"},
		{body: `{`, target: "ListStreams", contentType: "application/json"},
		{body: "\xa0", target: "ListStreams", contentType: "application/x-amz-cbor-1.1"},
		{body: `{}`, target: "DescribeLimits", contentType: jsonContentType + "; charset=utf-8"},
		{body: `{}`, target: "DescribeLimits", contentType: "Application/X-Amz-JSON-1.1"},
	} {
		m.body = f.expand(m.body)
		r, err := http.NewRequest(cmpOr(m.method, http.MethodPost), "http://127.0.0.1:4567/", strings.NewReader(m.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", cmpOr(m.contentType, jsonContentType))
		switch {
		case m.target == "-":
		case strings.Contains(m.target, "."):
			r.Header.Set("X-Amz-Target", m.target)
		default:
			r.Header.Set("X-Amz-Target", targetPrefix+m.target)
		}
		answer := f.do(r)
		for name, pattern := range map[string]string{"x-amzn-RequestId": `^[0-9a-f-]{36}$`, "x-amz-id-2": `^[A-Za-z0-9+/]{96}$`} { // spelled as AWS does
			if values := answer.header[name]; len(values) != 1 || !regexp.MustCompile(pattern).MatchString(values[0]) {
				t.Errorf("header %s: %v", name, values)
			}
		}
		fmt.Fprintf(&out, "%s %s %s\n%q\n%d %s %s\n%s\n\n", r.Method, r.Header.Get("X-Amz-Target"), r.Header.Get("Content-Type"), maskTokens(m.body),
			answer.status, answer.header["Content-Type"][0], answer.header["Content-Length"][0], maskTokens(answer.raw))
	}
	golden(t, "wire.golden", maskLengths(out.Bytes()))
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// expand replaces "@n" by an iterator of shard n of "events".
func (f *fixture) expand(body string) string {
	return regexp.MustCompile(`@\d`).ReplaceAllStringFunc(body, func(shard string) string {
		return f.ok(f.call("GetShardIterator", `{"StreamName":"events","ShardId":"`+shard[1:]+`","ShardIteratorType":"TRIM_HORIZON"}`)).json["ShardIterator"].(string)
	})
}

var (
	tokenPattern  = regexp.MustCompile(`"[A-Za-z0-9+/]{50,}=*"`)
	lengthPattern = regexp.MustCompile(`(?m)^(200 \S+ )\d+(\n.*<token>)`)
)

func maskTokens(text string) string { return tokenPattern.ReplaceAllString(text, `"<token>"`) }

func maskLengths(text []byte) []byte { return lengthPattern.ReplaceAll(text, []byte("${1}n$2")) }

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", path, diff)
	}
}

// TestSDKSnapshots sends every request that the AWS SDK for Go records of itself, with all members
// set. Each must be read in full: refused for what it says, never for how it is written.
func TestSDKSnapshots(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/kinesis").Output()
	if err != nil {
		t.Skip("the SDK's source is not at hand:", err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "request_snapshot", "*.request.snap"))
	if err != nil || len(files) < 40 {
		t.Skipf("%d snapshots: %v", len(files), err)
	}
	f := newFixture(t)
	served := 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".request.snap")
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := bytes.Cut(text, []byte("Kinesis_20131202."+name+"\n\n"))
		answer := f.call(name, string(body))
		switch {
		case operations[name] != nil:
			served++
			// Their values are placeholders that break constraints in most operations.
			if answer.status != http.StatusOK && answer.code() != "ValidationException" && answer.code() != "InvalidArgumentException" {
				t.Errorf("%s: %d %s", name, answer.status, answer.raw)
			}
		case !slices.Contains(unserved, name) && !slices.Contains(resharding, name):
			t.Errorf("%s is neither served nor known: %s", name, answer.raw)
		default:
			f.want(answer, "UnsupportedOperationException", "Penstock does not serve "+name)
		}
	}
	if served != len(operations) {
		t.Errorf("%d of %d operations have a snapshot", served, len(operations))
	}
}

func TestConfigReportsEveryFault(t *testing.T) {
	err := Config{Region: "EU!", AccountID: "12", CertFile: "x", MaxRecordBytes: 11 * mib, MaxInFlightBytes: 1, MaxConnections: -1, MaxShards: -1,
		IteratorKey: []byte("short"), Credentials: []Credential{{"a", "b"}, {"a", ""}}}.Validate()
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) || len(joined.Unwrap()) != 10 {
		t.Errorf("got %v", err)
	}
	if _, err := New(Config{Region: "EU!"}, nil); err == nil {
		t.Error("a bad configuration was accepted")
	}
	if err := (Config{}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestShardFiltersAndTokens(t *testing.T) {
	f := newFixture(t)
	created := f.log.streams["wide"].info.Created
	list := func(members string) int {
		return len(f.ok(f.call("ListShards", `{"StreamName":"wide",`+members+`}`)).json["Shards"].([]any))
	}
	for members, want := range map[string]int{
		`"ShardFilter":{"Type":"AT_LATEST"}`:                                              4,
		`"ShardFilter":{"Type":"AT_TRIM_HORIZON"}`:                                        4,
		`"ShardFilter":{"Type":"FROM_TRIM_HORIZON"}`:                                      4,
		`"ShardFilter":null`:                                                              4,
		fmt.Sprintf(`"ShardFilter":{"Type":"AT_TIMESTAMP","Timestamp":%d.25}`, created+1): 4,
		`"ShardFilter":{"Type":"FROM_TIMESTAMP","Timestamp":0}`:                           4,
		`"ShardFilter":{"Type":"AFTER_SHARD_ID","ShardId":"shardId-000000000003"}`:        0,
		`"ExclusiveStartShardId":"1","ShardFilter":{"Type":"AT_LATEST"}`:                  2,
		fmt.Sprintf(`"StreamCreationTimestamp":%d`, created):                              4,
		`"MaxResults":3`: 3,
	} {
		if got := list(members); got != want {
			t.Errorf("%s: %d shards, want %d", members, got, want)
		}
	}
	for members, code := range map[string]string{
		`"ShardFilter":{}`:                        "ValidationException",
		`"ShardFilter":{"Type":"NEVER"}`:          "ValidationException",
		`"ShardFilter":{"Type":"AFTER_SHARD_ID"}`: "InvalidArgumentException",
		`"StreamCreationTimestamp":1`:             "ResourceNotFoundException",
		`"ExclusiveStartShardId":"first"`:         "ResourceNotFoundException",
		`"MaxResults":0`:                          "ValidationException",
		fmt.Sprintf(`"ShardFilter":{"Type":"AT_TIMESTAMP","Timestamp":%d}`, created+7200): "InvalidArgumentException",
	} {
		f.want(f.call("ListShards", `{"StreamName":"wide",`+members+`}`), code, "")
	}
	token := f.ok(f.call("ListShards", `{"StreamName":"wide","MaxResults":3}`)).json["NextToken"].(string)
	next := func() reply { return f.call("ListShards", fmt.Sprintf(`{"NextToken":%q}`, token)) }
	if n := len(f.ok(next()).json["Shards"].([]any)); n != 1 {
		t.Errorf("%d shards on the second page", n)
	}
	f.clock.advance(tokenLifetime + time.Second)
	f.want(next(), "ExpiredNextTokenException", "")
}
