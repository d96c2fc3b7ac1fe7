package aws

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/klauspost/compress/gzip"

	"github.com/penstock/penstock/internal/cloud"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/firehose"
	"github.com/penstock/penstock/internal/redriven"
)

const strictContract = "table: orders\nmatch: has(event.order_id)\nkey: order_id\ncolumns:\n  - {name: order_id, type: bigint, required: true}\n  - {name: cost, type: bigint}\n"

// quarantineObject is what the transformer makes of events under contracts, as Firehose writes it.
func quarantineObject(t *testing.T, text string, arrived time.Time, events ...string) []byte {
	t.Helper()
	set, err := contract.Compile([]contract.Source{{Name: "contracts/orders.yaml", Text: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	type metadata map[string]any
	var records []any
	for i, e := range events {
		records = append(records, metadata{"recordId": fmt.Sprint("r", i), "data": []byte(e), "kinesisRecordMetadata": metadata{
			"shardId": "shardId-000000000001", "partitionKey": fmt.Sprint("customer-", i), "sequenceNumber": fmt.Sprint("4960", i),
			"subsequenceNumber": 0, "approximateArrivalTimestamp": arrived.UnixMilli(),
		}})
	}
	payload, _ := json.Marshal(map[string]any{"invocationId": "i", "region": region, "records": records})
	answer, _, err := firehose.New(set).Transform(payload)
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct {
		Records []struct {
			Data     []byte
			Metadata struct{ PartitionKeys map[string]string }
		}
	}
	if err := json.Unmarshal(answer, &parsed); err != nil {
		t.Fatal(err)
	}
	var object bytes.Buffer
	pack := gzip.NewWriter(&object)
	for _, r := range parsed.Records {
		if r.Metadata.PartitionKeys["table"] != "quarantine" {
			t.Fatalf("an event was accepted: %s", r.Data)
		}
		_, _ = pack.Write(r.Data)
	}
	if err := pack.Close(); err != nil {
		t.Fatal(err)
	}
	return object.Bytes()
}

// records are those of the stream, shard by shard.
func records(t *testing.T, client *kinesis.Client) (all []types.Record) {
	t.Helper()
	shards := must[*kinesis.ListShardsOutput](t)(client.ListShards(t.Context(), &kinesis.ListShardsInput{StreamName: aws.String("orders")}))
	for _, shard := range shards.Shards {
		at := must[*kinesis.GetShardIteratorOutput](t)(client.GetShardIterator(t.Context(), &kinesis.GetShardIteratorInput{
			StreamName: aws.String("orders"), ShardId: shard.ShardId, ShardIteratorType: types.ShardIteratorTypeTrimHorizon}))
		all = append(all, must[*kinesis.GetRecordsOutput](t)(client.GetRecords(t.Context(), &kinesis.GetRecordsInput{ShardIterator: at.ShardIterator})).Records...)
	}
	return all
}

func redrive(t *testing.T, w *world, args ...string) (r cloud.RedriveReport) {
	t.Helper()
	done := w.run("", append([]string{"redrive", "--outputs", "outputs.json", "-c", "pipeline", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(done.out), &r); err != nil || done.code != 0 {
		t.Fatalf("exit %d: %v\n%s", done.code, err, done.out+done.errOut)
	}
	return r
}

func TestRedriveSendsWhatPassesNowOnceUnderThePositionItHad(t *testing.T) {
	m := startMoto(t)
	w := newWorld(t, m)
	w.write("outputs.json", outputs())
	w.write("pipeline/pipeline.yaml", "stream: {name: orders}\n")
	w.write("pipeline/contracts/orders.yaml", strictContract)
	client := makeStream(t, m, 2)
	lake := s3.NewFromConfig(m.config())
	makeBucket(t, lake)
	arrived := time.Date(2026, 11, 22, 5, 6, 7, 123e6, time.UTC)
	good := "{\"order_id\": 7,\r\n \"cost\": \"two, \\\"2\\\"\"}" // \r\n, a comma and quotes must come back as they are
	events := []string{`{"order_id": 1, "cost": "cheap"}`, good, "\xff\x00", `{"order_id": 3, "cost": "dear"}`}
	quarantine := "data/quarantine/dt=2026-11-22/hour=05/a.csv.gz"
	put(t, lake, quarantine, quarantineObject(t, strictContract, arrived, events...))
	failed := `{"order_id": 9, "cost": "1"}`
	put(t, lake, "errors/processing-failed/dt=2026-11-22/hour=05/e.gz", []byte(fmt.Sprintf(
		"{\"attemptsMade\":4,\"arrivalTimestamp\":%d,\"errorCode\":\"Lambda.FunctionError\",\"rawData\":%q}\n", arrived.UnixMilli(), base64.StdEncoding.EncodeToString([]byte(failed)))))

	if r := redrive(t, w, "--dry-run"); r.Examined != 5 || r.Sent["orders"] != 1 || r.Stay["wrong_type"] != 3 || r.Stay["not_json"] != 1 {
		t.Errorf("before the contract was mended: %+v", r)
	}
	w.write("pipeline/contracts/orders.yaml", strings.ReplaceAll(strictContract, "cost, type: bigint", "cost, type: varchar"))
	if r := redrive(t, w, "--dry-run"); r.Sent["orders"] != 4 || !r.DryRun || len(records(t, client)) != 0 {
		t.Errorf("a dry run: %+v", r)
	}
	if r := redrive(t, w, "--reason", "not_json"); r.Examined != 1 || len(r.Sent) != 0 {
		t.Errorf("of one reason: %+v", r)
	}
	if r := redrive(t, w, "--since", "2026-11-22T05:06:08Z"); r.Examined != 0 {
		t.Errorf("of later events: %+v", r)
	}
	if r := redrive(t, w); r.Sent["orders"] != 4 || r.Objects != 2 {
		t.Errorf("%+v", r)
	}
	first := records(t, client)
	positions := map[string]string{}
	for _, record := range first {
		o, ok := redriven.Parse(*record.PartitionKey)
		if !ok {
			t.Errorf("%s is no position", *record.PartitionKey)
		}
		positions[o.Shard+" "+o.Sequence+" "+o.Key] = string(record.Data)
	}
	if positions["shardId-000000000001 49600 customer-0"] != events[0] || positions["shardId-000000000001 49603 customer-3"] != events[3] ||
		positions["shardId-000000000001 49601 customer-1"] != good || len(first) != 4 {
		t.Errorf("%q", positions)
	}
	if r := redrive(t, w); len(r.Sent) != 0 || r.Before != 4 || r.Examined != 1 || len(records(t, client)) != 4 {
		t.Errorf("the second time: %+v", r)
	}

	// A redrive that died before it could write the marker sends again, under the same positions.
	must[*s3.DeleteObjectOutput](t)(lake.DeleteObject(t.Context(), &s3.DeleteObjectInput{
		Bucket: aws.String("pipelinestack-lake-1"), Key: aws.String("redriven/" + quarantine + "/000000.json")}))
	if r := redrive(t, w); r.Sent["orders"] != 3 {
		t.Errorf("after a crash: %+v", r)
	}
	var keys []string
	for _, record := range records(t, client) {
		keys = append(keys, *record.PartitionKey)
	}
	slices.Sort(keys)
	if distinct := slices.Compact(slices.Clone(keys)); len(keys) != 7 || len(distinct) != 4 {
		t.Errorf("%d records have %d positions", len(keys), len(distinct))
	}
}

func TestAnObjectThatCannotBeReadSendsNothingAndHoldsUpNothing(t *testing.T) {
	m := startMoto(t)
	w := newWorld(t, m)
	w.write("outputs.json", outputs())
	w.write("pipeline/contracts/orders.yaml", strings.ReplaceAll(strictContract, "cost, type: bigint", "cost, type: varchar"))
	client := makeStream(t, m, 1)
	lake := s3.NewFromConfig(m.config())
	makeBucket(t, lake)
	whole := quarantineObject(t, strictContract, time.Now(), `{"order_id": 1, "cost": "cheap"}`, `{"order_id": 2, "cost": "dear"}`)
	put(t, lake, "data/quarantine/dt=2026-11-22/hour=05/a.csv.gz", whole[:len(whole)-12])
	put(t, lake, "data/quarantine/dt=2026-11-22/hour=05/b.csv.gz", []byte("a,b,c\n"))
	put(t, lake, "data/quarantine/dt=2026-11-22/hour=05/c.csv.gz", whole)
	put(t, lake, "errors/processing-failed/x", []byte("no JSON"))
	r := w.run("", "redrive", "--outputs", "outputs.json", "-c", "pipeline")
	if r.code != 1 || strings.Count(r.out, "! nothing was sent of ") != 3 || len(records(t, client)) != 2 {
		t.Errorf("exit %d, %d records\n%s", r.code, len(records(t, client)), r.out+r.errOut)
	}
}
