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
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// account is a deployed pipeline: a stream of Amazon's numbers, a lake, and two tables.
type account struct {
	// fate of an order: how often it comes into the lake, into the table behind the view, and whether it is refused.
	filed, loaded func(number int) int
	refused       func(number int) bool
	barred        func(number int) bool
	// blind fails what the lake or the warehouse is asked, from the call with this number on; 0 is never.
	blindLake, blindRows int

	mu    sync.Mutex
	ids   []string
	told  int // how many ids the lake has told
	looks int // at the lake
	asked int
	// askedRefused is how often refused files were asked for; the first answer is an error.
	askedRefused int
}

func (a *account) PutRecords(_ context.Context, in *kinesis.PutRecordsInput, _ ...func(*kinesis.Options)) (*kinesis.PutRecordsOutput, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := &kinesis.PutRecordsOutput{FailedRecordCount: aws.Int32(0)}
	for _, entry := range in.Records {
		a.ids = append(a.ids, string(regexp.MustCompile(prefix+`[0-9a-f-]+`).Find(entry.Data)))
		out.Records = append(out.Records, types.PutRecordsResultEntry{ShardId: aws.String("shardId-000000000007"), SequenceNumber: aws.String("4")})
	}
	return out, nil
}

func numbered(id string) int {
	n, _ := strconv.ParseInt(id[len(id)-12:], 16, 64)
	return int(n)
}

func (a *account) Find(_ context.Context, beginning string, found func(table, key, id string)) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.looks++; a.blindLake > 0 && a.looks >= a.blindLake {
		return errors.New("the lake is closed")
	}
	for ; a.told < len(a.ids); a.told++ {
		id := a.ids[a.told]
		if !strings.HasPrefix(id, beginning) {
			return fmt.Errorf("%s does not begin with %s", id, beginning)
		}
		table := "orders"
		if a.refused(numbered(id)) {
			table = contract.QuarantineName
		}
		for range a.filed(numbered(id)) {
			found(table, "data/"+id, id)
		}
	}
	found("orders", "data/nobody", beginning+"ffffffffffff") // an order of nobody
	return nil
}

// Refused are the files of barred orders; each is in one of its own.
func (a *account) Refused(context.Context) (map[string]Refusal, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.askedRefused++; a.askedRefused == 1 {
		return nil, errors.New("not now")
	}
	all := map[string]Refusal{}
	for _, id := range a.ids[:a.told] {
		if a.barred != nil && a.barred(numbered(id)) {
			all["data/"+id] = Refusal{Error: "too long", Line: "3"}
		}
	}
	return all, nil
}

var equals = regexp.MustCompile(`, 33\) = '([^']*)'`)

func (a *account) Select(_ context.Context, sql string) ([][]*string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.asked++; a.blindRows > 0 && a.asked >= a.blindRows {
		return nil, &event.Error{Code: "closed", Message: "the warehouse is closed", Hint: "open it"}
	}
	counts := map[string]int{}
	slice, bounds := equals.FindStringSubmatch(sql), between.FindStringSubmatch(sql)
	add := func(key string, id string, n int) {
		if n > 0 && (slice == nil || strings.HasPrefix(id, slice[1])) && (bounds == nil || id >= bounds[1] && id <= bounds[2]) {
			counts[key] += n
		}
	}
	for _, id := range a.ids {
		key, n := id, a.loaded(numbered(id))
		if strings.Contains(sql, "SELECT LEFT(") {
			key = id[:33]
		}
		if strings.Contains(sql, `FROM "VIEW"`) {
			n = min(n, 1)
		}
		add(key, id, n)
	}
	if strings.Contains(sql, "SELECT LEFT(") && len(a.ids) > 0 {
		counts[a.ids[0][:24]+"'; DROP x"]++ // somebody's order_id that begins alike
	}
	var rows [][]*string
	for key, n := range counts {
		rows = append(rows, []*string{aws.String(key), aws.String(strconv.Itoa(n))})
	}
	return rows, nil
}

func always(n int) func(int) int { return func(int) int { return n } }

// runDeployed runs in a time of its own, in which nothing is late but what never comes.
func runDeployed(t *testing.T, orders int, a *account) (report Report, err error) {
	t.Helper()
	if a.refused == nil {
		a.refused = func(int) bool { return false }
	}
	synctest.Test(t, func(t *testing.T) {
		report, err = Run(t.Context(), Config{
			Orders: orders, Stream: "orders", Place: Place{"orders", "order_id"}, Poll: time.Second,
			Tables: Tables{View: `"VIEW"`, Raw: `"RAW"`, Column: `"ORDER_ID"`, Quarantine: `"Q"`},
		}, Deps{Client: a, Warehouse: a, Lake: a, Refusals: a})
	})
	return report, err
}

func TestDeployedCountsWhatArrived(t *testing.T) {
	but := func(number, instead int) func(int) int {
		return func(n int) int {
			if n == number {
				return instead
			}
			return 1
		}
	}
	for name, test := range map[string]struct {
		orders                int
		filed, loaded         func(int) int
		refused               int
		rows, raw, duplicates int
		missing, notInLake    int
		ok, timedOut          bool
	}{
		"each once":         {orders: 4100, filed: always(1), loaded: always(1), refused: -1, rows: 4100, raw: 4100, ok: true},
		"one loaded twice":  {orders: 10, filed: but(3, 2), loaded: but(3, 2), refused: -1, rows: 10, raw: 11, duplicates: 1, ok: true},
		"one not loaded":    {orders: 10, filed: always(1), loaded: but(3, 0), refused: -1, rows: 9, raw: 9, missing: 1, timedOut: true},
		"one not in a file": {orders: 10, filed: but(9, 0), loaded: but(9, 0), refused: -1, rows: 9, raw: 9, missing: 1, notInLake: 1, timedOut: true},
		"nothing in files":  {orders: 3, filed: always(0), loaded: always(0), refused: -1, missing: 3, notInLake: 3, timedOut: true},
		"one refused":       {orders: 10, filed: always(1), loaded: but(4, 0), refused: 4, rows: 9, raw: 9, missing: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := runDeployed(t, test.orders, &account{filed: test.filed, loaded: test.loaded, refused: func(n int) bool { return n == test.refused }})
			if err != nil {
				t.Fatal(err)
			}
			if r.Rows != test.rows || r.Duplicates != 0 || r.Missing != test.missing || r.OK() != test.ok || r.TimedOut != test.timedOut || r.Accepted != test.orders {
				t.Errorf("%+v", r)
			}
			if r.Raw == nil || *r.Raw != (RawCount{`"RAW"`, test.raw, test.duplicates}) {
				t.Errorf("raw %+v", r.Raw)
			}
			if (r.NotInLake != nil) != (test.missing > 0) || r.NotInLake != nil && (*r.NotInLake != test.notInLake || *r.Quarantined != one(test.refused >= 0)) {
				t.Errorf("not in the lake %v, in the quarantine %v", r.NotInLake, r.Quarantined)
			}
			if (r.Hops.Delivered != nil) != (test.notInLake < test.orders) || (r.Hops.Whole != nil) != (test.rows > 0) {
				t.Errorf("%+v", r.Hops)
			}
		})
	}
}

// TestDeployedDoesNotWaitForWhatIsRefused by the warehouse, but for an order that no refused file holds, and says how many and why.
func TestDeployedDoesNotWaitForWhatIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		barred   int // orders below
		lost     int
		timedOut bool
	}{
		"all missing are refused": {barred: 3, lost: 3}, "one is lost": {barred: 3, lost: 4, timedOut: true}, "none is": {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &account{filed: always(1), barred: func(n int) bool { return n < test.barred }, loaded: func(n int) int { return one(n >= test.lost) }}
			r, err := runDeployed(t, 10, a)
			if err != nil || r.TimedOut != test.timedOut || r.Missing != test.lost || r.Rows != 10-test.lost {
				t.Fatalf("%+v, %v", r, err)
			}
			if test.barred == 0 {
				if r.Refused != nil || a.askedRefused != 0 {
					t.Errorf("%+v, asked %d times", r.Refused, a.askedRefused)
				}
				return
			}
			want := Refused{Orders: test.barred, File: r.Refused.File, Refusal: Refusal{Error: "too long", Line: "3"}}
			if *r.Refused != want || numbered(want.File) != 0 || a.askedRefused > int(r.Seconds/refusalsEvery.Seconds())+1 {
				t.Errorf("%+v, asked %d times in %v s", r.Refused, a.askedRefused, r.Seconds)
			}
			if !test.timedOut && r.Seconds > 3*refusalsEvery.Seconds() {
				t.Errorf("it took %v s", r.Seconds)
			}
		})
	}
}

// TestDeployedIsAskedBeforeAnythingIsSent: what cannot be read at all would be waited for in vain.
func TestDeployedIsAskedBeforeAnythingIsSent(t *testing.T) {
	for name, a := range map[string]*account{"lake": {blindLake: 1}, "warehouse": {blindRows: 1}} {
		a.filed, a.loaded = always(1), always(1)
		_, err := runDeployed(t, 3, a)
		fault, ok := errors.AsType[*event.Error](err)
		if !ok || fault.Code != "verify_blind" || !strings.Contains(fault.Message, name) || fault.Hint == "" || len(a.ids) > 0 {
			t.Errorf("%s: %v, %d sent", name, err, len(a.ids))
		}
	}
}

// TestDeployedLakeThatFails costs the hop and what is known of the missing, not the run.
func TestDeployedLakeThatFails(t *testing.T) {
	r, err := runDeployed(t, 3, &account{filed: always(1), loaded: always(1), blindLake: 2})
	if err != nil || !r.OK() || r.Hops.Delivered != nil || r.Hops.Whole == nil {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = runDeployed(t, 3, &account{filed: always(1), loaded: always(0), blindLake: 2})
	if err != nil || r.OK() || r.NotInLake != nil || !strings.Contains(strings.Join(r.Problems, ""), "the lake is closed") {
		t.Errorf("%+v, %v", r, err)
	}
}
