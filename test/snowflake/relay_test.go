package snowflake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
	"github.com/klauspost/compress/gzip"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/firehose"
	"github.com/penstock/penstock/internal/firehose/prefix"
)

// relay plays Firehose and Snowpipe: what a stream has goes through the transformer into objects, and their rows into
// tables.
type relay struct {
	t         *testing.T
	stream    *kinesis.Client
	name      string
	transform *firehose.Transformer
	put       func(key string, object []byte)
	// twice delivers an order in two objects, lost leaves it out of the table, both by its number; closed delivers
	// nothing at all.
	twice, lost func(number int) bool
	closed      bool
	// refused by the table, which COPY_HISTORY remembers.
	refused  func(number int) bool
	remember func(table string, entry map[string]string)

	mu   sync.Mutex
	rows map[string][]string // order_ids by table
	made int
}

// startRelay runs until the test ends.
func startRelay(t *testing.T, stream *kinesis.Client, name string, contracts *contract.Set, put func(string, []byte), change func(*relay)) *relay {
	t.Helper()
	nobody := func(int) bool { return false }
	r := &relay{t: t, stream: stream, name: name, transform: firehose.New(contracts), put: put, twice: nobody, lost: nobody, refused: nobody, rows: map[string][]string{}}
	if change != nil {
		change(r)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := r.run(ctx); err != nil && ctx.Err() == nil {
			t.Errorf("the relay: %v", err)
		}
	}()
	t.Cleanup(func() { stop(); <-done })
	return r
}

func (r *relay) run(ctx context.Context) error {
	shards, err := r.stream.ListShards(ctx, &kinesis.ListShardsInput{StreamName: &r.name})
	if err != nil {
		return err
	}
	iterators := map[string]*string{}
	for _, shard := range shards.Shards {
		at, err := r.stream.GetShardIterator(ctx, &kinesis.GetShardIteratorInput{StreamName: &r.name, ShardId: shard.ShardId, ShardIteratorType: types.ShardIteratorTypeTrimHorizon})
		if err != nil {
			return err
		}
		iterators[*shard.ShardId] = at.ShardIterator
	}
	for {
		for shard, at := range iterators {
			out, err := r.stream.GetRecords(ctx, &kinesis.GetRecordsInput{ShardIterator: at})
			if err != nil {
				return err
			}
			iterators[shard] = out.NextShardIterator
			if len(out.Records) > 0 && !r.closed {
				if err := r.deliver(shard, out.Records); err != nil {
					return err
				}
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(300 * time.Millisecond): // GetRecords may be asked five times a second
		}
	}
}

// deliver writes an object for each table, and a second one of what is to be delivered twice.
func (r *relay) deliver(shard string, records []types.Record) error {
	lines, err := r.lines(shard, records)
	if err != nil {
		return err
	}
	for table, rows := range lines {
		var again []string
		for _, row := range rows {
			if _, number := marked(row); r.twice(number) {
				again = append(again, row)
			}
		}
		r.object(table, rows)
		if len(again) > 0 {
			r.object(table, again)
		}
	}
	return nil
}

// lines are the transformer's, by table.
func (r *relay) lines(shard string, records []types.Record) (map[string][]string, error) {
	type object map[string]any
	var in []any
	for i, one := range records {
		in = append(in, object{"recordId": fmt.Sprint("r", i), "data": one.Data, "approximateArrivalTimestamp": one.ApproximateArrivalTimestamp.UnixMilli(), "kinesisRecordMetadata": object{
			"shardId": shard, "partitionKey": *one.PartitionKey, "sequenceNumber": *one.SequenceNumber,
			"subsequenceNumber": 0, "approximateArrivalTimestamp": one.ApproximateArrivalTimestamp.UnixMilli(),
		}})
	}
	payload, err := json.Marshal(object{"invocationId": "i", "region": "us-east-1", "records": in})
	if err != nil {
		return nil, err
	}
	answer, _, err := r.transform.Transform(payload)
	if err != nil {
		return nil, err
	}
	var parsed struct {
		Records []struct {
			Data     []byte
			Metadata struct{ PartitionKeys map[string]string }
		}
	}
	if err := json.Unmarshal(answer, &parsed); err != nil {
		return nil, err
	}
	lines := map[string][]string{}
	for _, one := range parsed.Records {
		table := one.Metadata.PartitionKeys[firehose.TableKey]
		lines[table] = append(lines[table], string(one.Data))
	}
	return lines, nil
}

// object writes rows to the lake and then to their table.
func (r *relay) object(table string, rows []string) {
	var packed bytes.Buffer
	pack := gzip.NewWriter(&packed)
	_, _ = pack.Write([]byte(strings.Join(rows, "")))
	if err := pack.Close(); err != nil {
		r.t.Error(err)
	}
	where, err := prefix.Parse(prefix.Data, prefix.ForData)
	if err != nil {
		r.t.Error(err)
	}
	now := time.Now()
	r.made++
	key := where.Evaluate(prefix.Values{Time: now, Keys: map[string]string{firehose.TableKey: table}}) + prefix.ObjectName("delivery", 1, now, strconv.Itoa(r.made), ".gz")
	if slices.ContainsFunc(rows, func(row string) bool { _, number := marked(row); return r.refused(number) }) {
		r.remember(rawOrders, map[string]string{"STAGE_LOCATION": ordersFolder, "FILE_NAME": strings.TrimPrefix(key, "data/orders/"), "STATUS": "Partially loaded",
			"ROW_COUNT": strconv.Itoa(len(rows) - 1), "FIRST_ERROR_MESSAGE": "Number out of representable range", "FIRST_ERROR_LINE_NUMBER": "7"})
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.put(key, packed.Bytes())
	for _, row := range rows {
		if id, number := marked(row); id != "" && !r.lost(number) && !r.refused(number) {
			r.rows[table] = append(r.rows[table], id)
		}
	}
}

var markedOrder = regexp.MustCompile(`70656e73-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-([0-9a-f]{12})`)

// marked finds the order_id of a marked order, and its number.
func marked(row string) (id string, number int) {
	found := markedOrder.FindStringSubmatch(row)
	if found == nil {
		return "", -1
	}
	n, _ := strconv.ParseInt(found[1], 16, 64)
	return found[0], int(n)
}

var (
	asksFrom = regexp.MustCompile(`FROM "PENSTOCK"\."(ORDERS|ORDERS_RAW)"\."ORDERS" WHERE CAST\("ORDER_ID" AS VARCHAR\) (LIKE|=) '([^'%]*)`)
	asksWith = regexp.MustCompile(`BETWEEN '(\S+)' AND '(\S+)'`)
	asksHead = regexp.MustCompile(`LEFT\(CAST\("ORDER_ID" AS VARCHAR\), (\d+)\) = '(\S+)'`)
)

// Asked answers what verify and setup ask of the table and its view.
func (r *relay) Asked(sql string) (columns []string, rows [][]*string) {
	from := asksFrom.FindStringSubmatch(sql)
	if from == nil {
		return nil, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	counts := map[string]int{}
	with, head := asksWith.FindStringSubmatch(sql), asksHead.FindStringSubmatch(sql)
	seen := map[string]bool{}
	total := 0
	for _, id := range r.rows["orders"] {
		if !strings.HasPrefix(id, from[3]) || with != nil && (id < with[1] || id > with[2]) || head != nil && !strings.HasPrefix(id, head[2]) || from[1] == "ORDERS" && seen[id] {
			continue
		}
		seen[id] = true
		total++
		if strings.HasPrefix(sql, "SELECT LEFT(") {
			id = id[:33]
		}
		counts[id]++
	}
	cell := func(text string) *string { return &text }
	if strings.HasPrefix(sql, "SELECT COUNT(*) AS N ") {
		return []string{"N"}, [][]*string{{cell(strconv.Itoa(total))}}
	}
	for id, n := range counts {
		rows = append(rows, []*string{cell(id), cell(strconv.Itoa(n))})
	}
	return []string{"ID", "COUNT(*)"}, rows
}
