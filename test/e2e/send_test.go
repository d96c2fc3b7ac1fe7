package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock/penstock/test/harness"
)

// delivered is how long a few thousand events may take to become rows on a busy machine.
const delivered = 3 * time.Minute

// put sends events to a stream with PutRecords and fails unless every record is accepted.
func put(t *testing.T, p *harness.Pipeline, stream string, events ...[]byte) {
	t.Helper()
	client := p.Client()
	for start := 0; start < len(events); start += 500 {
		var entries []types.PutRecordsRequestEntry
		for i, data := range events[start:min(start+500, len(events))] {
			entries = append(entries, types.PutRecordsRequestEntry{
				Data: data, PartitionKey: aws.String(fmt.Sprint("key-", start+i)),
			})
		}
		out, err := client.PutRecords(context.Background(), &kinesis.PutRecordsInput{StreamName: aws.String(stream), Records: entries})
		if err != nil {
			t.Fatalf("PutRecords: %v", err)
		}
		if *out.FailedRecordCount != 0 {
			t.Fatalf("%d records failed, the first by %s", *out.FailedRecordCount, firstError(out))
		}
	}
}

func firstError(out *kinesis.PutRecordsOutput) string {
	for _, r := range out.Records {
		if r.ErrorCode != nil {
			return *r.ErrorCode + ": " + aws.ToString(r.ErrorMessage)
		}
	}
	return "nothing"
}

// order is a good dummy order.
func order(id int) map[string]any {
	return map[string]any{
		"id": id, "order_id": fmt.Sprintf("00000000-0000-4000-8000-%012d", id), "customer_id": id%100 + 1,
		"product_name": "Oak Table", "product_quantity": 2, "product_price": json.Number("19.90"),
		"phone_number": "+49 30 1234567", "address": "Main Street 1", "city": "Berlin", "country": "Germany",
		"order_cost": json.Number("39.80"), "order_date": "2026-11-22T05:00:00Z", "generate_date": "2026-11-22T05:00:01Z",
	}
}

func encoded(t *testing.T, event map[string]any) []byte {
	t.Helper()
	text, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func orders(t *testing.T, first, count int) [][]byte {
	t.Helper()
	events := make([][]byte, count)
	for i := range events {
		events[i] = encoded(t, order(first+i))
	}
	return events
}
