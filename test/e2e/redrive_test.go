package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/test/harness"
)

// redriven is the report of `penstock redrive --json`.
type redriven struct {
	DryRun   bool             `json:"dry_run"`
	Examined int64            `json:"examined"`
	Passed   map[string]int64 `json:"passed"`
	Failed   map[string]int64 `json:"failed"`
	Stay     []dashboard.Stay `json:"stay"`
}

func redrive(t *testing.T, p *harness.Pipeline, args ...string) redriven {
	t.Helper()
	r := p.Run(append([]string{"redrive", "--json", "--data", p.Data}, args...)...)
	var report redriven
	if err := json.Unmarshal([]byte(r.Stdout), &report); err != nil || r.Code != 0 {
		t.Fatalf("redrive %v: exit %d, %v\n%s%s", args, r.Code, err, r.Stdout, r.Stderr)
	}
	return report
}

// reasons counts the quarantine.
func reasons(t *testing.T, p *harness.Pipeline) string {
	t.Helper()
	return fmt.Sprint(p.Query("select reason, count(*) from quarantine group by reason order by reason"))
}

// TestE2RedriveTakesWhatItIsToldTo: by reason, by time of arrival, and nothing in a dry run.
func TestE2RedriveTakesWhatItIsToldTo(t *testing.T) {
	t.Parallel()
	p := textsPipeline(t, "{format: csv}")
	good := p.Read(textsContract)
	p.Write(textsContract, strings.Replace(strings.Replace(good, "type: varchar", "type: varchar, maxLength: 3", 1),
		"match: has(event.id)", "match: has(event.id) && event.id < 100", 1))
	p.Start()
	long := func(id int) []byte { return fmt.Appendf(nil, `{"id":%d,"body":"longer"}`, id) }
	put(t, p, "texts", long(1), long(2), long(100), []byte(`no json`), long(101))
	expectLedger(t, p, 0, 5, 0)
	// Later events, told apart by the time the stream has given them.
	before := p.Query("select strftime(max(_arrived_at) + interval 1 millisecond, '%Y-%m-%dT%H:%M:%S.%gZ') from quarantine")[0][0]
	at, err := time.Parse(time.RFC3339, before)
	if err != nil {
		t.Fatal(err)
	}
	<-time.After(time.Until(at)) // the clock must have gone on
	put(t, p, "texts", long(3), long(102))
	expectLedger(t, p, 0, 7, 0)
	if got := redrive(t, p); got.Examined != 7 || len(got.Passed) != 0 {
		t.Errorf("nothing is mended, and a redrive did %+v", got)
	}
	expectLedger(t, p, 0, 7, 0)
	p.Stop()

	p.Write(textsContract, good)
	p.Start()
	dry := redrive(t, p, "--dry-run")
	if !dry.DryRun || dry.Examined != 7 || dry.Passed["texts"] != 6 || dry.Failed["not_json"] != 1 {
		t.Errorf("dry run: %+v", dry)
	}
	if got := reasons(t, p); got != "[[length 3] [no_contract 3] [not_json 1]]" {
		t.Errorf("after the dry run: %s", got)
	}
	if got := redrive(t, p, "--reason", "length", "--since", before); got.Examined != 1 || got.Passed["texts"] != 1 {
		t.Errorf("length since %s: %+v", before, got)
	}
	expectLedger(t, p, 1, 6, 0)
	if got := redrive(t, p, "--reason", "length"); got.Passed["texts"] != 2 {
		t.Errorf("length: %+v", got)
	}
	expectLedger(t, p, 3, 4, 0)
	if got := redrive(t, p, "--since", "1h", "--reason", "no_contract", "--reason", "not_json"); got.Examined != 4 || got.Passed["texts"] != 3 {
		t.Errorf("the rest: %+v", got)
	}
	for range 2 {
		redrive(t, p)
		expectLedger(t, p, 6, 1, 0)
	}
	if got := reasons(t, p); got != "[[not_json 1]]" {
		t.Errorf("in the end: %s", got)
	}
	expect(t, p.Run("redrive", "--data", p.Data, "--reason", "lenght"), 2, "lenght", "length") //nolint:misspell // the mistake is the point
}

// TestE3RedrivesAndDuplicatesComeBackFromTheLake deletes the warehouse after events that arrived
// twice, were mended, and were mended after an event of the same key had arrived.
func TestE3RedrivesAndDuplicatesComeBackFromTheLake(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 300)...)
	put(t, p, "orders", orders(t, 201, 200)...) // 100 of them again
	broken := make([][]byte, 20)
	for i := range broken { // orders 391 to 410 without a country; the first ten have arrived already
		event := order(391 + i)
		event["country"] = ""
		broken[i] = encoded(t, event)
	}
	put(t, p, "orders", broken...)
	expectLedger(t, p, 400, 20, 100)
	p.Stop()
	mendOrders(t, p.Dir)
	p.Start()
	redrive(t, p)
	redrive(t, p)
	expectLedger(t, p, 410, 0, 110)
	put(t, p, "orders", orders(t, 401, 20)...) // ten of them came back from the quarantine
	expectLedger(t, p, 420, 0, 120)
	const all = "select * exclude (country), country from orders order by id"
	before := p.Run("query", "--data", p.Data, "--format", "csv", all).Stdout
	for range 2 {
		p.Stop()
		removeWarehouse(t, p)
		p.Start()
		expectLedger(t, p, 420, 0, 120)
		if after := p.Run("query", "--data", p.Data, "--format", "csv", all).Stdout; after != before {
			t.Errorf("the rows rebuilt from the lake are not the rows that were there")
		}
	}
	redrive(t, p) // nothing is left to do
	expectLedger(t, p, 420, 0, 120)
}

// TestE2RedriveByContractAndField tells events apart by what refused them, and says by the present
// contracts why others stay, though the quarantine keeps the first reason.
func TestE2RedriveByContractAndField(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	spoiled := func(id int, fields ...string) []byte {
		event := order(id)
		for _, field := range fields {
			event[field] = ""
		}
		return encoded(t, event)
	}
	put(t, p, "orders", spoiled(1, "country"), spoiled(2, "country", "generate_date"), spoiled(3, "product_name"), []byte("no json"))
	expectLedger(t, p, 0, 4, 0)
	p.Stop()
	mended := strings.Replace(p.Read("contracts/orders.yaml"), "name: country, type: varchar, required: true, minLength: 1", "name: country, type: varchar", 1)
	mended = strings.Replace(mended, "name: product_name, type: varchar, required: true, minLength: 1", "name: product_name, type: varchar", 1)
	p.Write("contracts/orders.yaml", mended)
	p.Start()
	want := []dashboard.Stay{{Reason: "format", Contract: "orders", Field: "generate_date", Count: 1}}
	for _, args := range [][]string{{"--dry-run"}, nil} {
		got := redrive(t, p, append(args, "--contract", "orders", "--field", "country")...)
		if got.Examined != 2 || got.Passed["orders"] != 1 || got.Failed["format"] != 1 || !slices.Equal(got.Stay, want) {
			t.Errorf("by the field, %v: %+v", args, got)
		}
	}
	expectLedger(t, p, 1, 3, 0)
	if first := p.Query("select reason, field from quarantine where contains(raw, '000002')")[0]; first[0] != "length" || first[1] != "country" {
		t.Errorf("the quarantine keeps the first reason, not %v", first)
	}
	for _, args := range [][]string{{"--contract", "it's"}, {"--field", "country'; drop table orders --"}} {
		if got := redrive(t, p, args...); got.Examined != 0 || len(got.Stay) != 0 {
			t.Errorf("%q: %+v", args, got)
		}
	}
	if got := redrive(t, p, "--dry-run", "--contract", "", "--field="); got.Examined != 1 || got.Failed["not_json"] != 1 {
		t.Errorf("without a contract: %+v", got)
	}
	expect(t, p.Run("redrive", "--data", p.Data, "--contract", "orders"), 0, "1 became rows of orders", "1 stay: format, contract orders, generate_date")
	expectLedger(t, p, 2, 2, 0)
}
