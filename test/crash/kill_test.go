// Package crash kills the real pipeline at random moments under load, starts it again, and
// compares what was acknowledged with what is in the warehouse.
package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock/penstock/test/harness"
)

// rounds is how often a test kills: 10, or PENSTOCK_CRASH_ROUNDS.
func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("PENSTOCK_CRASH_ROUNDS")
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("PENSTOCK_CRASH_ROUNDS is %q, not a number of rounds", text)
	}
	return n
}

// TestE5KillLosesAndDoublesNothing kills the process, its child, or both, and holds that every
// acknowledged record is exactly one row, in the order of its shard.
func TestE5KillLosesAndDoublesNothing(t *testing.T) {
	p := harness.Example(t, "orders")
	withoutKey(t, p.Dir)
	p.Start()
	load := newLoad()
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	n := rounds(t)
	for round := range n {
		stop := load.start(p)
		time.Sleep(time.Duration(50+random.IntN(900)) * time.Millisecond) // the random moment itself
		if round%4 == 3 {
			p.KillChildren()
			time.Sleep(time.Duration(random.IntN(300)) * time.Millisecond) // and another
		}
		if round%2 == 0 {
			p.Kill()
		} else {
			p.KillParent()
		}
		stop()
		p.Start()
	}
	last := load.start(p)
	time.Sleep(200 * time.Millisecond) // some load on the last start, too
	last()
	s := p.WaitFor("delivery", 5*time.Minute, func(s harness.Status) bool {
		return s.Ledger.InFlight == 0 && s.Ledger.Accepted >= int64(len(load.acked))
	})
	if !s.Balanced || s.Ledger.Loaded != s.Ledger.Accepted {
		t.Errorf("ledger %+v", s.Ledger)
	}
	load.compare(t, p)
	t.Logf("%d rounds: %d events acknowledged, %d accepted, %d rows; nothing lost, nothing twice", n, len(load.acked), s.Ledger.Accepted, s.Ledger.Loaded)
}

// withoutKey takes the key out of the contract: the test must not be helped by it.
func withoutKey(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "contracts", "orders.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	removed := false
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "key:") {
			removed = true
			continue
		}
		kept = append(kept, line)
	}
	if !removed {
		t.Fatal("the contract has no key: line")
	}
	if err := os.WriteFile(path, []byte(strings.Join(kept, "")), 0o600); err != nil {
		t.Fatal(err)
	}
}

// load sends orders from several connections and remembers what was acknowledged.
type load struct {
	mu sync.Mutex
	// acked maps the sequence number of each acknowledged record to its id.
	acked map[string]int64
	next  int64
	// event is what is sent as number id.
	event func(id int64) []byte
	// twice sends each batch a second time, as a producer does that had no answer.
	twice bool
}

func newLoad() *load { return &load{acked: map[string]int64{}, event: order} }

const (
	senders = 3
	batch   = 100
)

// start sends until stop, which returns when every sender has ended.
func (l *load) start(p *harness.Pipeline) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	client := p.Client(func(o *kinesis.Options) { o.RetryMaxAttempts = 1 })
	var senderGroup sync.WaitGroup
	for range senders {
		senderGroup.Go(func() {
			for ctx.Err() == nil {
				if !l.send(ctx, client) {
					return // the pipeline is gone; what it answers after its death does not count
				}
			}
		})
	}
	return func() {
		cancel()
		senderGroup.Wait()
	}
}

func (l *load) send(ctx context.Context, client *kinesis.Client) bool {
	l.mu.Lock()
	first := l.next
	l.next += batch
	l.mu.Unlock()
	entries := make([]types.PutRecordsRequestEntry, batch)
	for i := range entries {
		id := first + int64(i)
		entries[i] = types.PutRecordsRequestEntry{Data: l.event(id), PartitionKey: aws.String(fmt.Sprint(id))}
	}
	if !l.put(ctx, client, first, entries) {
		return false
	}
	return !l.twice || l.put(ctx, client, first, entries)
}

func (l *load) put(ctx context.Context, client *kinesis.Client, first int64, entries []types.PutRecordsRequestEntry) bool {
	out, err := client.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: aws.String("orders"), Records: entries})
	if err != nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, r := range out.Records {
		if r.SequenceNumber != nil {
			l.acked[*r.SequenceNumber] = first + int64(i)
		}
	}
	return true
}

func order(id int64) []byte {
	return fmt.Appendf(nil, `{"id":%d,"order_id":"00000000-0000-4000-8000-%012d","customer_id":%d,"product_name":"Oak Table",`+
		`"product_quantity":2,"product_price":19.90,"phone_number":"+49 30 1234567","address":"Main Street 1","city":"Berlin",`+
		`"country":"Germany","order_cost":39.80,"order_date":"2026-11-22T05:00:00Z","generate_date":"2026-11-22T05:00:01Z"}`, id+1, id, id%1000+1)
}

// compare holds the rows against what was acknowledged.
func (l *load) compare(t *testing.T, p *harness.Pipeline) {
	t.Helper()
	const page = 100_000 // a query's result and memory are limited
	seen := map[string]string{}
	for from := int64(0); from <= l.next; from += page {
		for _, row := range p.Query(fmt.Sprintf("select _sequence, id from orders where id > %d and id <= %d", from, from+page)) {
			if _, twice := seen[row[0]]; twice {
				t.Errorf("record %s is there twice", row[0])
			}
			seen[row[0]] = row[1]
		}
	}
	lost := 0
	for sequence, id := range l.acked {
		got, ok := seen[sequence]
		if !ok {
			lost++
			continue
		}
		if got != fmt.Sprint(id+1) {
			t.Fatalf("record %s is order %s, and %d was acknowledged under it", sequence, got, id+1)
		}
	}
	if lost > 0 {
		t.Errorf("%d of %d acknowledged records are lost", lost, len(l.acked))
	}
}
