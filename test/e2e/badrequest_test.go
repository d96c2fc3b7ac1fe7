package e2e

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock/penstock/test/harness"
)

// rawPost sends a body as the Kinesis API takes it, without an SDK that would mend it.
func rawPost(t *testing.T, p *harness.Pipeline, operation, body string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.KinesisURL(), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-amz-json-1.1")
	request.Header.Set("X-Amz-Target", "Kinesis_20131202."+operation)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("%s: %v", operation, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// rawTCP sends bytes and returns the first line of what comes back before the connection ends.
func rawTCP(t *testing.T, p *harness.Pipeline, text string) string {
	t.Helper()
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(p.KinesisURL(), "http://"), delivered)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(delivered)); err != nil {
		t.Fatal(err)
	}
	// A server that has read enough may end the connection while this still writes.
	if _, err := io.WriteString(conn, text); err == nil {
		_ = conn.(*net.TCPConn).CloseWrite()
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil && line == "" {
		return "the connection was closed"
	}
	return strings.TrimSpace(line)
}

func TestE2MalformedRequestsAreRefusedAndHarmNothing(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 10)...)

	const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: Kinesis_20131202.PutRecord\r\n"
	for name, c := range map[string]struct{ text, want string }{
		"no HTTP":                {"\x16\x03\x01 this is no HTTP\r\n\r\n", "400"},
		"no request line":        {"\r\n\r\n\r\n\r\n", "400"},
		"a header without colon": {"POST / HTTP/1.1\r\nHost x\r\n\r\n", "400"},
		"no host":                {"POST / HTTP/1.1\r\n\r\n", "400"},
		"a length that is none":  {head + "Content-Length: ten\r\n\r\n0123456789", "400"},
		"a body cut short":       {head + "Content-Length: 1000\r\n\r\n{\"StreamName\":", ""},
		"bad chunks":             {head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", "400"},
		"two lengths":            {head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "400"},
		"endless headers":        {"POST / HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("a", 4<<20) + "\r\n\r\n", ""},
	} {
		if got := rawTCP(t, p, c.text); !strings.Contains(got, c.want) || strings.Contains(got, " 200 ") || strings.Contains(got, " 500 ") {
			t.Errorf("%s: answered %q, want %s", name, got, c.want)
		}
	}

	for name, c := range map[string]struct {
		operation, body string
		code, text      string
	}{
		"no JSON":                {"PutRecord", `{"StreamName":"orders"`, "SerializationException", ""},
		"a second document":      {"PutRecord", `{} {}`, "SerializationException", ""},
		"an array":               {"PutRecord", `[1]`, "SerializationException", ""},
		"bytes that are no text": {"PutRecord", "{\"StreamName\":\"\xff\"}", "SerializationException", ""},
		"deep":                   {"PutRecord", strings.Repeat(`{"a":`, 100_000) + strings.Repeat("}", 100_000), "SerializationException", ""},
		"data that is no base64": {"PutRecord", `{"StreamName":"orders","PartitionKey":"k","Data":"!!!"}`, "SerializationException", ""},
		"base64 cut off":         {"PutRecord", `{"StreamName":"orders","PartitionKey":"k","Data":"eyJ"}`, "SerializationException", ""},
		"one bad of two records": {"PutRecords", `{"StreamName":"orders","Records":[{"PartitionKey":"k","Data":"e30="},{"PartitionKey":"k","Data":"e30"}]}`, "SerializationException", ""},
		"data of another type":   {"PutRecord", `{"StreamName":"orders","PartitionKey":"k","Data":{"a":1}}`, "SerializationException", ""},
		"no data":                {"PutRecord", `{"StreamName":"orders","PartitionKey":"k"}`, "ValidationException", "data"},
		"no key":                 {"PutRecord", `{"StreamName":"orders","Data":"e30="}`, "ValidationException", "partitionKey"},
		"an empty key":           {"PutRecord", `{"StreamName":"orders","PartitionKey":"","Data":"e30="}`, "ValidationException", "partitionKey"},
		"a key too long":         {"PutRecord", `{"StreamName":"orders","PartitionKey":"` + strings.Repeat("k", 257) + `","Data":"e30="}`, "ValidationException", "256"},
		"no stream":              {"PutRecord", `{"PartitionKey":"k","Data":"e30="}`, "", "tream"},
		"an unknown stream":      {"PutRecord", `{"StreamName":"odrers","PartitionKey":"k","Data":"e30="}`, "ResourceNotFoundException", "odrers"},
		"no records":             {"PutRecords", `{"StreamName":"orders","Records":[]}`, "ValidationException", "records"},
		"a null record":          {"PutRecords", `{"StreamName":"orders","Records":[null]}`, "", ""},
		"an unknown operation":   {"PutRecordz", `{}`, "UnknownOperationException", ""},
		"an operation not built": {"SubscribeToShard", `{}`, "", "SubscribeToShard"},
		"an iterator of nobody":  {"GetRecords", `{"ShardIterator":"AAAA"}`, "InvalidArgumentException", "terator"},
		"a hash key too large":   {"PutRecord", `{"StreamName":"orders","PartitionKey":"k","ExplicitHashKey":"` + strings.Repeat("9", 39) + `","Data":"e30="}`, "InvalidArgumentException", ""},
	} {
		status, answer := rawPost(t, p, c.operation, c.body)
		if status < 400 || status >= 500 || !strings.Contains(answer, c.code) || !strings.Contains(answer, c.text) {
			t.Errorf("%s: %d %s, want %s %s", name, status, answer, c.code, c.text)
		}
	}

	put(t, p, "orders", orders(t, 11, 10)...)
	expectLedger(t, p, 20, 0, 0)
	if s, _ := p.Status(); s.Ledger.Accepted != 20 {
		t.Errorf("%d records accepted, want only the 20 good ones", s.Ledger.Accepted)
	}
}

// The limit is 1 MiB for data and partition key together, as in AWS.
func TestE2RecordAtTheLimitPassesAndOneBeyondDoesNot(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	const limit = 1 << 20
	ctx, client := context.Background(), p.Client(once)
	putAs(t, p, "orders", "key", padded(t, 1, limit-3))
	_, err := client.PutRecord(ctx, &kinesis.PutRecordInput{
		StreamName: aws.String("orders"), PartitionKey: aws.String("key"), Data: padded(t, 2, limit-2),
	})
	expectAPIError(t, err, "ValidationException", "1048576")
	_, err = client.PutRecord(ctx, &kinesis.PutRecordInput{
		StreamName: aws.String("orders"), PartitionKey: aws.String("key"), Data: padded(t, 2, limit+1),
	})
	expectAPIError(t, err, "ValidationException", "1048576")

	// Of a batch with one such record nothing is stored, as in AWS: its answer has no place for it.
	_, err = client.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: aws.String("orders"), Records: []types.PutRecordsRequestEntry{
		{Data: encoded(t, order(3)), PartitionKey: aws.String("a")},
		{Data: padded(t, 4, limit), PartitionKey: aws.String("b")},
	}})
	expectAPIError(t, err, "ValidationException", "1048576")

	var many []types.PutRecordsRequestEntry
	for i := range 501 {
		many = append(many, types.PutRecordsRequestEntry{Data: encoded(t, order(100+i)), PartitionKey: aws.String(fmt.Sprint(i))})
	}
	_, err = client.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: aws.String("orders"), Records: many})
	expectAPIError(t, err, "ValidationException", "500")
	if _, err = client.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: aws.String("orders"), Records: many[:500]}); err != nil {
		t.Errorf("500 records: %v", err)
	}
	expectLedger(t, p, 501, 0, 0)
}

func TestE2LargestRecordsOfALargerLimit(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	p.Write("pipeline.yaml", strings.Replace(p.Read("pipeline.yaml"), "retention: 24h", "retention: 24h, max_record: 4MiB", 1))
	p.Start()
	putAs(t, p, "orders", "key", padded(t, 1, 4<<20-3))
	_, err := p.Client(once).PutRecord(context.Background(), &kinesis.PutRecordInput{
		StreamName: aws.String("orders"), PartitionKey: aws.String("key"), Data: padded(t, 2, 4<<20-2),
	})
	expectAPIError(t, err, "ValidationException", "4194304")
	expectLedger(t, p, 1, 0, 0)
}
