package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/trace"
	"github.com/penstock/penstock/test/harness"
)

// traced is `penstock trace --json`.
func traced(t *testing.T, p *harness.Pipeline, key string) trace.Report {
	t.Helper()
	var report trace.Report
	r := p.Run("trace", "--data", p.Data, "--json", "--", key)
	if err := json.Unmarshal([]byte(r.Stdout), &report); err != nil {
		t.Fatalf("trace %s: exit %d, %v\n%s%s", key, r.Code, err, r.Stdout, r.Stderr)
	}
	if (r.Code == 0) != (len(report.Found) > 0) {
		t.Errorf("trace %s: exit %d with %d found", key, r.Code, len(report.Found))
	}
	return report
}

// tracedOne is the one event a key stands for.
func tracedOne(t *testing.T, p *harness.Pipeline, key string) trace.Event {
	t.Helper()
	report := traced(t, p, key)
	if len(report.Found) != 1 {
		t.Fatalf("trace %s found %d: %+v", key, len(report.Found), report)
	}
	return report.Found[0]
}

// expectWay fails unless the event is in the state, by these steps, each but the last few at a time.
func expectWay(t *testing.T, e trace.Event, state string, steps ...string) {
	t.Helper()
	var taken []string
	for _, step := range e.Steps {
		taken = append(taken, step.Name)
		if step.At.IsZero() {
			t.Errorf("nobody knows when it was %s: %+v", step.Name, e)
		}
	}
	if e.State != state || !slices.Equal(taken, steps) {
		t.Errorf("it is %s by %v, want %s by %v: %+v", e.State, taken, state, steps, e)
	}
	if !slices.IsSortedFunc(e.Steps, func(a, b trace.Step) int { return a.At.Compare(b.At) }) {
		t.Errorf("the steps are not in the order of time: %+v", e.Steps)
	}
}

// TestTraceFollowsAnEvent: to a row, into the quarantine, to a dropped duplicate, and back by a redrive.
func TestTraceFollowsAnEvent(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 300)...)
	bad := order(301)
	bad["country"] = ""
	quarantined := putAs(t, p, "orders", "k", encoded(t, bad))
	expectLedger(t, p, 300, 1, 0)
	again := putAs(t, p, "orders", "k", orders(t, 7, 1)[0]) // in another file than the first
	expectLedger(t, p, 300, 1, 1)

	id := fmt.Sprint(order(12)["order_id"])
	loaded := tracedOne(t, p, id)
	expectWay(t, loaded, trace.Loaded, "accepted", "delivered", "loaded")
	if loaded.By != trace.ByKey || loaded.Table != "orders" || !strings.HasPrefix(loaded.File, "data/orders/") || loaded.Row[0].Column != "id" || *loaded.Row[0].Value != "12" {
		t.Errorf("%+v", loaded)
	}
	for _, key := range []string{loaded.Sequence, fmt.Sprintf("%s:%d", loaded.Shard, loaded.Position), fmt.Sprintf(" 0/%d", loaded.Position)} {
		if same := tracedOne(t, p, key); same.By != trace.BySequence || same.File != loaded.File || same.State != trace.Loaded {
			t.Errorf("%s: %+v", key, same)
		}
	}
	if upper := traced(t, p, strings.ToUpper(id)); len(upper.Found) != 1 {
		t.Errorf("a UUID in capitals: %+v", upper)
	}

	badID := fmt.Sprint(bad["order_id"])
	for _, key := range []string{badID, *quarantined.SequenceNumber} {
		e := tracedOne(t, p, key)
		expectWay(t, e, trace.Quarantined, "accepted", "delivered", "quarantined")
		if e.Reason != "length" || e.Field != "country" || e.Contract != "orders" || !strings.Contains(e.Raw, badID) || !strings.HasPrefix(e.Version, "c1-") {
			t.Errorf("%+v", e)
		}
	}

	dropped := tracedOne(t, p, *again.SequenceNumber)
	expectWay(t, dropped, trace.Dropped, "accepted", "delivered", "dropped")
	if first := tracedOne(t, p, "0:7"); !strings.Contains(dropped.Detail, fmt.Sprintf("%s:%d", first.Shard, first.Position)) {
		t.Errorf("it does not say which row has its key: %+v", dropped)
	}
	both := traced(t, p, fmt.Sprint(order(7)["order_id"]))
	if len(both.Found) != 2 || both.Found[0].State != trace.Loaded || both.Found[1].State != trace.Dropped {
		t.Errorf("the order and its duplicate: %+v", both.Found)
	}

	p.Stop()
	mendOrders(t, p.Dir)
	p.Start()
	redrive(t, p)
	for _, key := range []string{badID, *quarantined.SequenceNumber} {
		e := tracedOne(t, p, key)
		expectWay(t, e, trace.Loaded, "accepted", "delivered", "quarantined", "redriven", "loaded")
		if !strings.Contains(e.File, "-redrive-") || !strings.Contains(e.Steps[2].Detail, "length, country") {
			t.Errorf("%+v", e)
		}
	}
	expect(t, p.Run("trace", "--data", p.Data, badID), 0, "is loaded, contract orders", "redriven", "order_id: "+badID)
	expect(t, p.Run("trace", "--data", p.Data, "nobody-has-this"), 1, "Nothing was found")
}

// TestTraceFindsWhatIsUnderWay: in the log, and in the lake.
func TestTraceFindsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	p.Args = []string{"--pause", "delivery"}
	p.Start()
	bad := order(2)
	bad["country"] = ""
	put(t, p, "orders", orders(t, 1, 1)...)
	put(t, p, "orders", encoded(t, bad))
	id, badID := fmt.Sprint(order(1)["order_id"]), fmt.Sprint(bad["order_id"])
	inLog := tracedOne(t, p, id)
	expectWay(t, inLog, trace.InFlight, "accepted")
	if inLog.By != trace.ByKey || inLog.Contract != "orders" || !strings.Contains(inLog.Detail, "waits for delivery") || !strings.Contains(inLog.Raw, id) {
		t.Errorf("%+v", inLog)
	}
	p.Stop()
	p.Args = []string{"--pause", "loading"}
	p.Start()
	p.WaitFor("delivery", delivered, func(harness.Status) bool { return len(tracedOne(t, p, id).Steps) > 1 })
	for key, table := range map[string]string{id: "data/orders/", badID: "quarantine/", inLog.Sequence: "data/orders/"} {
		e := tracedOne(t, p, key)
		expectWay(t, e, trace.InFlight, "accepted", "delivered")
		if !strings.HasPrefix(e.File, table) || !strings.Contains(e.Detail, "waits to be loaded") {
			t.Errorf("%s: %+v", key, e)
		}
	}
	p.Stop()
	p.Args = nil
	p.Start()
	expectLedger(t, p, 1, 1, 0)
	expectWay(t, tracedOne(t, p, id), trace.Loaded, "accepted", "delivered", "loaded")
}

// TestTraceTakesAnyKey: what people paste is looked for as it is.
func TestTraceTakesAnyKey(t *testing.T) {
	t.Parallel()
	p := textsPipeline(t, "{format: parquet}").Start()
	texts := []string{`it's "quoted"`, `100%_sure\n`, "Zoë; drop table texts --", "[a-z]*", "--help"}
	var events [][]byte
	for i, text := range texts {
		events = append(events, encoded(t, map[string]any{"id": i + 1, "body": text}))
	}
	put(t, p, "texts", append(events, []byte(`no json, it's raw`))...)
	expectLedger(t, p, int64(len(texts)), 1, 0)
	for i, text := range texts {
		e := tracedOne(t, p, text)
		if e.By != trace.ByText || e.Position != uint64(i+1) || e.State != trace.Loaded {
			t.Errorf("%q: %+v", text, e)
		}
	}
	if e := tracedOne(t, p, "it's raw"); e.State != trace.Quarantined || e.Reason != "not_json" {
		t.Errorf("%+v", e)
	}
	for _, absent := range []string{"%", "_x_", "it''s", "0:99", strings.Repeat("9", 56), "'", "1:1", strings.Repeat("é", trace.MaxKey)} {
		if report := traced(t, p, absent); len(report.Found) > 0 && absent != "%" && absent != "'" || !report.Complete {
			t.Errorf("%q: %+v", absent, report)
		}
	}
	for _, wrong := range []string{"", "  ", strings.Repeat("é", trace.MaxKey+1), strings.Repeat("x", 10_000)} {
		expect(t, p.Run("trace", "--data", p.Data, "--", wrong), 1, "penstock: ", "order id")
	}
	expect(t, p.Run("trace"), 2, "--help")
}
