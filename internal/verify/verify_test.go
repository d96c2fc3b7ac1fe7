package verify

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// path is a stream and its warehouse in one: what is put is there, as often as copies says.
type path struct {
	copies func(number int) int

	mu     sync.Mutex
	ids    []string // by position, from 1
	failed int
}

func (p *path) PutRecords(_ context.Context, in *kinesis.PutRecordsInput, _ ...func(*kinesis.Options)) (*kinesis.PutRecordsOutput, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed++; p.failed == 1 {
		return nil, &types.ProvisionedThroughputExceededException{Message: aws.String("later")}
	}
	out := &kinesis.PutRecordsOutput{FailedRecordCount: aws.Int32(0)}
	for _, entry := range in.Records {
		p.ids = append(p.ids, string(regexp.MustCompile(prefix+`[0-9a-f-]+`).Find(entry.Data)))
		out.Records = append(out.Records, types.PutRecordsResultEntry{
			ShardId: aws.String(event.ShardID(0)), SequenceNumber: aws.String(sequence(len(p.ids))),
		})
	}
	return out, nil
}

func sequence(position int) string { return event.Shard{}.SequenceNumber(uint64(position), 0) }

var between = regexp.MustCompile(`BETWEEN '(\S+)' AND '(\S+)'`)

func (p *path) Select(_ context.Context, sql string) ([][]*string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	total, last := 0, 0
	var each [][]*string
	bounds := between.FindStringSubmatch(sql)
	for i, id := range p.ids {
		number, _ := strconv.ParseInt(id[len(id)-12:], 16, 64)
		n := p.copies(int(number))
		if total += n; n > 0 {
			last = i + 1
		}
		if bounds != nil && n > 0 && id >= bounds[1] && id <= bounds[2] {
			each = append(each, []*string{aws.String(id), aws.String(strconv.Itoa(n))})
		}
	}
	switch {
	case bounds != nil:
		return each, nil
	case strings.Contains(sql, "GROUP BY _shard") && total == 0:
		return nil, nil
	case strings.Contains(sql, "GROUP BY _shard"):
		return [][]*string{{aws.String(event.ShardID(0)), aws.String(sequence(last)), aws.String(strconv.Itoa(total))}}, nil
	case strings.Contains(sql, `FROM "quarantine"`):
		return [][]*string{{aws.String("1")}}, nil
	}
	return nil, fmt.Errorf("unexpected SQL: %s", sql)
}

func (p *path) Positions(context.Context) (map[int]Positions, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := uint64(len(p.ids))
	return map[int]Positions{0: {Committed: n, Loaded: n}}, nil
}

func verified(t *testing.T, orders int, steps bool, copies func(int) int) Report {
	t.Helper()
	p := &path{copies: copies}
	deps := Deps{Client: p, Warehouse: p}
	if steps {
		deps.Steps = p
	}
	told := 0
	report, err := Run(t.Context(), Config{
		Orders: orders, Stream: "orders", Place: Place{"orders", "order_id"}, Poll: time.Millisecond, Timeout: 5 * time.Minute,
		Progress: func(Progress) { told++ },
	}, deps)
	if err != nil {
		t.Fatal(err)
	}
	if told == 0 {
		t.Error("no progress was told")
	}
	return report
}

func TestRunCountsWhatArrived(t *testing.T) {
	for name, test := range map[string]struct {
		orders                    int
		copies                    func(int) int
		rows, duplicates, missing int
		ok                        bool
	}{
		"each once":        {chunk + 1, func(int) int { return 1 }, chunk + 1, 0, 0, true},
		"one twice":        {10, func(n int) int { return 1 + one(n == 4) }, 11, 1, 0, false},
		"one missing":      {10, func(n int) int { return one(n != 4) }, 9, 0, 1, false},
		"as many as sent":  {10, func(n int) int { return []int{2, 0, 1}[min(n, 2)] }, 10, 1, 1, false},
		"the last missing": {3, func(n int) int { return one(n != 2) }, 2, 0, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := verified(t, test.orders, true, test.copies)
			if r.Rows != test.rows || r.Duplicates != test.duplicates || r.Missing != test.missing || r.OK() != test.ok || r.TimedOut {
				t.Errorf("%+v", r)
			}
			if r.Accepted != test.orders || r.Retried == 0 || r.Hops.Delivered == nil {
				t.Errorf("%+v", r)
			}
			if (r.Quarantined != nil) != (test.missing > 0) {
				t.Errorf("the quarantine was asked: %v", r.Quarantined)
			}
		})
	}
}

// TestRunWithoutSteps is for a pipeline of which only its two ends can be seen.
func TestRunWithoutSteps(t *testing.T) {
	r := verified(t, 5, false, func(int) int { return 1 })
	if !r.OK() || r.Hops.Delivered != nil || r.Hops.Queryable == nil || r.Hops.Whole == nil {
		t.Errorf("%+v", r)
	}
}

func TestConfigLimits(t *testing.T) {
	for orders, ok := range map[int]bool{0: false, 1: true, MaxOrders: true, MaxOrders + 1: false} {
		err := Config{Orders: orders, Stream: "s", Place: Place{"t", "c"}}.Validate()
		if (err == nil) != ok {
			t.Errorf("%d orders: %v", orders, err)
		}
	}
}

func TestMarks(t *testing.T) {
	for _, m := range []Mark{{0}, {blocks - 1}, NewMark()} {
		id := m.OrderID(MaxOrders - 1)
		if !regexp.MustCompile(`^70656e73-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
			t.Errorf("order_id %s", id)
		}
		if n, ok := m.number(strings.ToUpper(id)); !ok || n != MaxOrders-1 {
			t.Errorf("order_id %s has number %d, %v", id, n, ok)
		}
		if _, ok := (Mark{m.block ^ 1}).number(id); ok {
			t.Error("another run's order is taken for one of ours")
		}
	}
	if last := firstID + (blocks-1)*uint64(MaxOrders) + MaxOrders - 1; last >= 1<<53 {
		t.Errorf("the last id is %d, not exact in a browser", last)
	}
}

func TestFit(t *testing.T) {
	for name, test := range map[string]struct{ text, column, fault string }{
		"a uuid":       {"table: o\nmatch: has(event.order_id)\ncolumns:\n  - {name: oid, type: uuid, from: order_id}\n", "oid", ""},
		"a text":       {"table: o\nmatch: has(event.order_id)\ncolumns:\n  - {name: order_id, type: varchar}\n", "order_id", ""},
		"hashed":       {"table: o\nmatch: has(event.order_id)\ncolumns:\n  - {name: order_id, type: varchar, pii: mask}\n", "", "in no column"},
		"dropped":      {"table: o\nmatch: has(event.order_id)\ndrop: \"true\"\ncolumns:\n  - {name: order_id, type: varchar}\n", "", "drops them"},
		"refused":      {"table: o\nmatch: has(event.order_id)\ncolumns:\n  - {name: city, type: varchar, enum: [Rome]}\n", "", "field city"},
		"not an order": {"table: o\nmatch: has(event.click)\ncolumns:\n  - {name: click, type: varchar}\n", "", "quarantine"},
	} {
		t.Run(name, func(t *testing.T) {
			set, err := contract.Compile([]contract.Source{{Name: "contracts/o.yaml", Text: []byte(test.text)}})
			if err != nil {
				t.Fatal(err)
			}
			place, err := Fit(set)
			if test.fault == "" && (err != nil || place != Place{"o", test.column}) {
				t.Errorf("%+v, %v", place, err)
			}
			if known, ok := errors.AsType[*event.Error](err); test.fault != "" && (!ok || !strings.Contains(known.Message, test.fault) || known.Hint == "") {
				t.Errorf("the error is %v, without %q", err, test.fault)
			}
		})
	}
}
