package firehose_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/firehose"
	"github.com/penstock/penstock/internal/redriven"
)

// TestARedrivenEventHasOnePositionOfItsOwn: copies share it, and no event that arrived by itself has it, whatever the
// partition key says.
func TestARedrivenEventHasOnePositionOfItsOwn(t *testing.T) {
	set, err := contract.Compile([]contract.Source{{Name: "contracts/a.yaml", Text: []byte("table: a\nmatch: has(event.id)\ncolumns:\n  - {name: id, type: bigint}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	key, ok := redriven.Origin{Shard: "shardId-000000000001", Sequence: "4960.00000001", Key: "customer"}.PartitionKey()
	if !ok {
		t.Fatal("no key")
	}
	for data, want := range map[string][2]string{
		`{"id": 7}`: {"redriven-shardId-000000000001,4960.00000001-%s,2026-09-21T14:13:20.123000Z,7\n", ""},
		`x`:         {"redriven-shardId-000000000001,4960.00000001-%s,2026-09-21T14:13:20.123000Z,", ",customer,x,\n"},
	} {
		sum := sha256.Sum256([]byte("shardId-000000000001|4960.00000001|" + data))
		begin := fmt.Sprintf(want[0], hex.EncodeToString(sum[:16]))
		payload, _ := json.Marshal(map[string]any{"records": []any{map[string]any{"recordId": "1", "data": []byte(data), "kinesisRecordMetadata": map[string]any{
			"shardId": "shardId-000000000009", "partitionKey": key, "sequenceNumber": "999", "subsequenceNumber": 0, "approximateArrivalTimestamp": 1_790_000_000_123,
		}}}})
		answer, _, err := firehose.New(set).Transform(payload)
		if err != nil {
			t.Fatal(err)
		}
		var parsed struct{ Records []struct{ Data []byte } }
		if err := json.Unmarshal(answer, &parsed); err != nil {
			t.Fatal(err)
		}
		if got := string(parsed.Records[0].Data); !strings.HasPrefix(got, begin) || !strings.HasSuffix(got, want[1]) {
			t.Errorf("%s became %q", data, got)
		}
	}
}
