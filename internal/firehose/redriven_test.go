package firehose_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/firehose"
	"github.com/penstock/penstock/internal/redriven"
)

func TestARedrivenEventKeepsThePositionItHad(t *testing.T) {
	set, err := contract.Compile([]contract.Source{{Name: "contracts/a.yaml", Text: []byte("table: a\nmatch: has(event.id)\ncolumns:\n  - {name: id, type: bigint}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	key, ok := redriven.Origin{Shard: "shardId-000000000001", Sequence: "4960.00000001", ArrivedMillis: 1_790_000_000_123, Key: "customer"}.PartitionKey()
	if !ok {
		t.Fatal("no key")
	}
	for data, want := range map[string]string{
		`{"id": 7}`: "shardId-000000000001,4960.00000001,2026-09-21T14:13:20.123000Z,7\n",
		`x`:         ",customer,x,\n",
	} {
		payload, _ := json.Marshal(map[string]any{"records": []any{map[string]any{"recordId": "1", "data": []byte(data), "kinesisRecordMetadata": map[string]any{
			"shardId": "shardId-000000000009", "partitionKey": key, "sequenceNumber": "999", "subsequenceNumber": 0, "approximateArrivalTimestamp": 1,
		}}}})
		answer, _, err := firehose.New(set).Transform(payload)
		if err != nil {
			t.Fatal(err)
		}
		var parsed struct{ Records []struct{ Data []byte } }
		if err := json.Unmarshal(answer, &parsed); err != nil {
			t.Fatal(err)
		}
		if got := string(parsed.Records[0].Data); !strings.HasPrefix(got, "shardId-000000000001,4960.00000001,2026-09-21T14:13:20.123000Z,") || !strings.HasSuffix(got, want) {
			t.Errorf("%s became %q", data, got)
		}
	}
}
