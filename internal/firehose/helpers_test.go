package firehose_test

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/firehose"
)

var update = flag.Bool("update", false, "rewrite golden files")

// root is the repository's root, seen from this package.
const root = "../.."

// orders are the contracts of examples/orders.
func orders(t testing.TB) *contract.Set {
	t.Helper()
	const name = "contracts/orders.yaml"
	text, err := os.ReadFile(filepath.Join(root, "examples/orders", name))
	if err != nil {
		t.Fatal(err)
	}
	set, err := contract.Compile([]contract.Source{{Name: name, Text: text}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

const order = `{"id":17,"order_id":"9e2fb1ae-3168-4d3d-8d79-8129dd9230be","customer_id":42,"product_name":"Oak Table, \"large\"",` +
	`"product_quantity":2,"product_price":19.90,"phone_number":"+49 30 1234567","address":"Main Street 1","city":"Berlin",` +
	`"country":"Germany","order_date":"2026-11-22T05:00:00Z","generate_date":"2026-11-22T05:00:01Z"}`

const (
	arn      = "arn:aws:firehose:eu-central-1:123456789012:deliverystream/orders"
	arrived  = 1795324000123
	sequence = "49546986683135544286507457936321625675700192471156785154"
)

// batch is an event of Kinesis records with the given data.
func batch(t testing.TB, data ...[]byte) []byte {
	t.Helper()
	e := events.KinesisFirehoseEvent{InvocationID: "i", DeliveryStreamArn: arn, Region: "eu-central-1",
		SourceKinesisStreamArn: "arn:aws:kinesis:eu-central-1:123456789012:stream/orders"}
	for i, d := range data {
		e.Records = append(e.Records, events.KinesisFirehoseEventRecord{
			RecordID: fmt.Sprintf("%s%08d", sequence, i), Data: d,
			ApproximateArrivalTimestamp: events.MilliSecondsEpochTime{Time: millis(arrived)},
			KinesisFirehoseRecordMetadata: events.KinesisFirehoseRecordMetadata{
				ShardID: "shardId-000000000000", PartitionKey: fmt.Sprint("key-", i), SequenceNumber: sequence,
				ApproximateArrivalTimestamp: events.MilliSecondsEpochTime{Time: millis(arrived)},
			},
		})
	}
	payload, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

type response struct {
	Records []responseRecord `json:"records"`
}

type responseRecord struct {
	RecordID string  `json:"recordId"`
	Result   string  `json:"result"`
	Data     *string `json:"data"`
	Metadata struct {
		PartitionKeys map[string]string `json:"partitionKeys"`
	} `json:"metadata"`
}

// line is the record's data.
func (r responseRecord) line(t testing.TB) string {
	t.Helper()
	if r.Data == nil {
		t.Fatalf("record %s has no data", r.RecordID)
	}
	text, err := base64.StdEncoding.Strict().DecodeString(*r.Data)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func transform(t testing.TB, x *firehose.Transformer, payload []byte) (response, firehose.Report) {
	t.Helper()
	body, report, err := x.Transform(payload)
	if err != nil {
		t.Fatal(err)
	}
	var r response
	if err := json.Unmarshal(body, &r); err != nil {
		t.Fatalf("the response is not JSON: %v", err)
	}
	if len(body) > firehose.MaxResponse {
		t.Fatalf("the response has %d bytes", len(body))
	}
	return r, report
}
