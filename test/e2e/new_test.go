package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/test/harness"
)

// sampleFiles are events of three services, each with its own ways: nested objects and times in
// milliseconds; amounts as texts; rows of CSV.
func sampleFiles(t *testing.T) (files []string, events int64) {
	t.Helper()
	dir := t.TempDir()
	var shop, payments strings.Builder
	payments.WriteString("[\n")
	refunds := "Refund No,Amount,Refunded,Comment\n"
	for i := range 20 {
		kind, rest := "order_placed", fmt.Sprintf(`"total": %d.5, "customer": {"id": %d, "email": "c%d@example.com", "address": {"country": "%s"}}`, i, i, i, []string{"Ireland", "Wales"}[i%2])
		if i%4 == 3 {
			kind, rest = "order_cancelled", fmt.Sprintf(`"because": "reason %d"`, i)
		}
		fmt.Fprintf(&shop, `{"event_type": "%s", "event_id": "%08d-8d0f-4b63-9a53-0f6f3c6f1d11", "createdAt": %d, %s}`+"\n", kind, i, 1795323998123+i, rest)
		comma := ","
		if i == 19 {
			comma = ""
		}
		fmt.Fprintf(&payments, `  {"paymentId": %d, "amount": "%d.25", "at": "2026-11-22T05:04:%02dZ"}%s`+"\n", i, i, i, comma)
		refunds += fmt.Sprintf("%d,%d.10,22.11.2026 05:%02d,\"a, \"\"b\"\"\"\n", i, i, i)
	}
	payments.WriteString("]\n")
	for name, text := range map[string]string{"shop.ndjson": shop.String(), "payments.json": payments.String(), "refunds-2026-11.csv": refunds} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, path)
	}
	slices.Sort(files)
	return files, 60
}

// TestNewPipelineFromSampleEvents goes the way of somebody who has files of events and nothing else.
func TestNewPipelineFromSampleEvents(t *testing.T) {
	t.Parallel()
	files, events := sampleFiles(t)
	dir := filepath.Join(t.TempDir(), "Größe & co")
	p := harness.On(t, dir, t.TempDir())
	expect(t, p.Run(append([]string{"new", dir, "--from"}, files...)...), 0, "All 60 sample events become rows.",
		"Taken for personal data, and masked (pii): order_placed.customer_email", "penstock up -c '"+dir+"'")
	expect(t, p.Run("check", "-c", dir, "--data", p.Data), 0, "tables order_cancelled, order_placed, payments, refunds",
		"dashboards tried: order_cancelled, order_placed, payments, refunds", "ok")
	p.Start()
	expect(t, p.Run(append([]string{"produce", "--data", p.Data, "--from"}, files...)...), 0, "Sent 60 events")
	if s := p.WaitDelivered(events, 2*time.Minute); s.Ledger.Loaded != events || !s.Balanced {
		t.Errorf("ledger %+v", s.Ledger)
	}
	for sql, want := range map[string]string{
		"select count(*), sum(total), min(created_at) from order_placed":                                    "15,142.50,2026-11-22T05:06:38.123Z",
		"select count(distinct event_id) from order_cancelled":                                              "5",
		"select sum(amount), max(at_) from payments":                                                        "195.00,2026-11-22T05:04:19Z",
		"select sum(amount), max(refunded), any_value(comment) from refunds":                                `192.00,2026-11-22T05:19:00Z,a, "b"`,
		"select customer_address_country, count(*) from order_placed group by 1 order by 1 limit 1":         "Ireland,10",
		"select count(*) from order_placed where customer_email like '%@%' or customer_email not like '*%'": "0",
	} {
		if got := strings.Join(p.Query(sql)[0], ","); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
}

// TestNewPipelineToLookAt needs no events of one's own.
func TestNewPipelineToLookAt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "shop")
	p := harness.On(t, dir, t.TempDir())
	r := p.Run("new", dir, "--json")
	var made struct {
		Stream, Sample string
		Files          []string
		Events, Rows   int64
	}
	if err := json.Unmarshal([]byte(r.Stdout), &made); err != nil || r.Code != 0 {
		t.Fatalf("%v: %+v", err, r)
	}
	if made.Stream != "shop" || made.Events == 0 || made.Events != made.Rows || len(made.Files) != 6 {
		t.Errorf("%s", r.Stdout)
	}
	p.Start()
	expect(t, p.Run("produce", "--data", p.Data, "--from", made.Sample), 0)
	if s := p.WaitDelivered(made.Events, 2*time.Minute); s.Ledger.Loaded != made.Events {
		t.Errorf("ledger %+v", s.Ledger)
	}
	// The same events again are known by their key.
	expect(t, p.Run("produce", "--data", p.Data, "--from", made.Sample), 0)
	if s := p.WaitDelivered(2*made.Events, 2*time.Minute); s.Ledger.Loaded != made.Events || s.Ledger.Dropped != made.Events {
		t.Errorf("ledger %+v", s.Ledger)
	}
}

// TestInferAddsToAPipeline: a type of events that comes later, and nothing of a person's is overwritten.
func TestInferAddsToAPipeline(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	refunds := filepath.Join(t.TempDir(), "refunds.ndjson")
	if err := os.WriteFile(refunds, []byte(`{"refund_id": 1, "amount": 1.50}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	printed := p.Run("infer", refunds)
	expect(t, printed, 0, "table: refunds\nmatch: has(event.refund_id)\n", "All 1 sample event become rows")
	if strings.Contains(printed.Stdout, "become rows") {
		t.Error("what is said of a contract stands in the contract")
	}
	expect(t, p.Run("infer", refunds, "-c", p.Dir), 0, "contracts/refunds.yaml", "penstock check -c "+p.Dir)
	expect(t, p.Run("check", "-c", p.Dir, "--data", p.Data), 0, "tables orders, refunds")
	p.Write("contracts/refunds.yaml", p.Read("contracts/refunds.yaml")+"# mine\n")
	expect(t, p.Run("infer", refunds, "-c", p.Dir), 2, "refunds.yaml is there already, and nothing was written")
	if !strings.HasSuffix(p.Read("contracts/refunds.yaml"), "# mine\n") {
		t.Error("a person's contract was overwritten")
	}
	expect(t, p.Run("new", p.Dir), 2, "is a pipeline already", "penstock infer FILE -c "+p.Dir)
	var result struct {
		Texts map[string]string
		Rows  int
	}
	asJSON := p.Run("infer", refunds, "--json", "--table", "money_back")
	if err := json.Unmarshal([]byte(asJSON.Stdout), &result); err != nil || result.Rows != 1 || !strings.Contains(result.Texts["contracts/money_back.yaml"], "table: money_back") {
		t.Errorf("%v: %+v", err, asJSON)
	}
}

func TestNewAndInferRefuseWhatTheyCannotUse(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	free := filepath.Join(dir, "free")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"new"}, "name the folder"},
		{[]string{"new", free, "other"}, "name the folder"},
		{[]string{"new", file("a-file", "")}, "is a file"},
		{[]string{"new", free, "--from", file("empty.ndjson", "")}, "there are no events"},
		{[]string{"new", free, "--from", file("header.csv", "a,b\n")}, "there are no events"},
		{[]string{"new", free, "--from", file("list.json", "[1, 2]")}, "none of the events is a JSON object"},
		{[]string{"new", free, "--from", file("text.ndjson", "hello\n")}, "none of the events is a JSON object"},
		{[]string{"new", free, "--from", filepath.Join(dir, "no.json")}, "no such file"},
		{[]string{"new", free, "--from", dir}, "is a folder"},
		{[]string{"new", free, "--table", "My Table"}, ""},
		{[]string{"new", free, "--from", file("a.ndjson", `{"a":1}`), "--table", "My Table"}, `"my_table" would do`},
		{[]string{"infer"}, "infer --help"},
		{[]string{"infer", file("b.ndjson", `{"a":1}`), "-c", dir}, "penstock new"},
	} {
		expect(t, p.Run(c.args...), 2, c.want)
	}
	if _, err := os.Stat(free); err == nil {
		t.Error("a folder was made")
	}
}
