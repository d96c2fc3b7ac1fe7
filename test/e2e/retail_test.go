package e2e

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/monitor"
	"github.com/penstock/penstock/test/harness"
)

type status = harness.Status

const (
	retailLines = 320705
	retailTotal = "5761931.382"
)

func retailFiles(t *testing.T) []string {
	files, err := filepath.Glob(filepath.Join(harness.SharedData(t), "retail", "*.csv.gz"))
	if err != nil || len(files) != 9 {
		t.Skipf("the nine months of retail data are not there: %v %v", files, err)
	}
	slices.Sort(files)
	return files
}

func checkRetail(t *testing.T, p *harness.Pipeline) {
	t.Helper()
	got := p.Query("select count(*), sum(quantity * unit_price) from order_lines")[0]
	if want := []string{"320705", retailTotal}; !slices.Equal(got, want) {
		t.Errorf("count and total are %v, want %v", got, want)
	}
}

// TestE2RetailSumsExactly sends nine months of real order lines and compares with what is known of
// them independently.
func TestE2RetailSumsExactly(t *testing.T) {
	files := retailFiles(t)
	p := harness.Example(t, "retail").Start()
	if r := p.Run(append([]string{"produce", "--data", p.Data, "--from"}, files...)...); r.Code != 0 {
		t.Fatalf("produce: %+v", r)
	}
	s := p.WaitDelivered(retailLines, 5*time.Minute)
	want := monitor.Ledger{Accepted: retailLines, Loaded: retailLines}
	if s.Ledger != want || !s.Balanced {
		t.Errorf("ledger %+v, want %+v", s.Ledger, want)
	}
	checkRetail(t, p)
	for sql, want := range map[string]string{
		"select count(distinct invoice_no) from order_lines":                                                   "16459",
		"select count(*) from order_lines where starts_with(invoice_no, 'C')":                                  "5847",
		"select count(*) from order_lines where customer_id is null":                                           "88652",
		"select count(distinct country) from order_lines":                                                      "37",
		"select sum(quantity * unit_price) from order_lines where country = 'United Kingdom'":                  "4776808.812",
		"select sum(quantity * unit_price)::decimal(12,2) from order_lines where country = 'EIRE'":             "159594.06",
		"select sum(quantity * unit_price) from order_lines where strftime(invoice_date, '%Y-%m') = '2010-12'": "748957.020",
	} {
		if got := p.Query(sql)[0][0]; got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
}

// TestE5RetailSurvivesAKillInTheMiddle kills the pipeline while a producer keeps retrying: what it
// had to send twice is dropped by key, and counted.
func TestE5RetailSurvivesAKillInTheMiddle(t *testing.T) {
	files := retailFiles(t)
	p := harness.Example(t, "retail")
	p.Args = []string{"--kinesis", freeAddress(t)}
	p.Start()
	args := append([]string{"produce", "--data", p.Data, "--json", "--rate", "30000", "--from"}, files...)
	producer := exec.Command(harness.Binary(t), args...)
	type result struct {
		out []byte
		err error
	}
	ended := make(chan result, 1)
	go func() {
		out, err := producer.Output()
		ended <- result{out, err}
	}()
	for _, at := range []int64{60_000, 180_000} {
		p.WaitFor("the middle", 2*time.Minute, func(s status) bool { return s.Ledger.Accepted >= at })
		p.Kill()
		p.Start()
	}
	r := <-ended
	if r.err != nil {
		t.Fatalf("produce: %v\n%s", r.err, r.out)
	}
	var summary struct{ Sent, Retried, Failed int64 }
	if err := json.Unmarshal(r.out, &summary); err != nil || summary.Sent != retailLines || summary.Failed != 0 {
		t.Errorf("summary %s: %v", r.out, err)
	}
	s := p.WaitDelivered(retailLines, 5*time.Minute)
	if s.Ledger.Loaded != retailLines || s.Ledger.Quarantined != 0 || !s.Balanced {
		t.Errorf("ledger %+v", s.Ledger)
	}
	if s.Ledger.Dropped != s.Ledger.Accepted-retailLines {
		t.Errorf("%d accepted twice, %d dropped", s.Ledger.Accepted-retailLines, s.Ledger.Dropped)
	}
	checkRetail(t, p)
	t.Logf("killed twice: %d sent again, %d of them dropped by key", summary.Retried, s.Ledger.Dropped)
}
