package e2e

import (
	"encoding/json"
	"testing"

	"github.com/penstock/penstock/internal/verify"
	"github.com/penstock/penstock/test/harness"
)

func TestVerifySeesEachOrderOnce(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	expect(t, p.Run("verify", "1800", "--data", p.Data), 0, "1,800 rows, 0 duplicates, 0 missing", "p50", "p99")

	// Dummy orders and a second run have ids of their own: none takes another's place.
	expect(t, p.Run("produce", "100", "--data", p.Data), 0)
	r := p.Run("verify", "7", "--json", "--data", p.Data)
	var report verify.Report
	if err := json.Unmarshal([]byte(r.Stdout), &report); err != nil || r.Code != 0 {
		t.Fatalf("exit %d, %v\n%s%s", r.Code, err, r.Stdout, r.Stderr)
	}
	for name, hop := range map[string]*verify.Hop{
		"accepted": report.Hops.Accepted, "delivered": report.Hops.Delivered, "queryable": report.Hops.Queryable, "whole": report.Hops.Whole,
	} {
		if hop == nil || hop.P99 < hop.P50 || hop.P50 < 0 {
			t.Errorf("hop %s is %+v", name, hop)
		}
	}
	if whole := report.Hops.Whole; report.Rows != 7 || whole != nil && whole.P50 < report.Hops.Accepted.P50 {
		t.Errorf("the report is %+v", report)
	}
	expectLedger(t, p, 1907, 0, 0)
	if sum := p.Query("select count(distinct id), count(distinct order_id) from orders")[0]; sum[0] != "1907" || sum[1] != "1907" {
		t.Errorf("%v different ids", sum)
	}
}

// TestVerifySaysWhatIsMissing, while the warehouse loads nothing.
func TestVerifySaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	p.Args = []string{"--pause", "loading"}
	p.Start()
	expect(t, p.Run("verify", "3", "--data", p.Data, "--timeout", "10s"), 1, "0 rows, 0 duplicates, 3 missing", "The time was over", "not seen from here")
}

func TestVerifyNeedsAContractForOrders(t *testing.T) {
	t.Parallel()
	p := textsPipeline(t, "{buffer: {size: 1MiB, interval: 1s}}").Start()
	expect(t, p.Run("verify", "3", "--data", p.Data), 1, "no contract of the pipeline takes the dummy orders", "table texts", "examples/orders")
	expect(t, p.Run("status", "--data", p.Data, "--json"), 0, `"accepted": 0`)
	expect(t, p.Run("verify", "--data", p.Data), 2, "penstock verify 1800")
	expect(t, p.Run("verify", "0", "--data", p.Data), 2, "1 to 1000000")
	expect(t, p.Run("verify", "1000001", "--data", p.Data), 2, "1 to 1000000")
}
