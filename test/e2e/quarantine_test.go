package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/produce"
	"github.com/penstock/penstock/test/harness"
)

// TestE2BadEventsAreKeptAndComeBackOnce sends 1,000 events of which 37 are bad in ten ways, mends
// the contract, and redrives twice.
func TestE2BadEventsAreKeptAndComeBackOnce(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	ways := produce.BadOrders()
	events := orders(t, 1, 1000)
	sent := map[string]int64{}
	for i := range 37 {
		way := ways[i%len(ways)]
		events[i*27] = way.Spoil(events[i*27])
		sent[way.Reason]++
	}
	if len(sent) != 10 {
		t.Fatalf("the bad orders have %d reasons, not ten", len(sent))
	}
	put(t, p, "orders", events...)
	s := p.WaitDelivered(1000, delivered)
	if s.Ledger.Loaded != 963 || s.Ledger.Quarantined != 37 || !s.Balanced {
		t.Fatalf("ledger %+v", s.Ledger)
	}
	for _, row := range p.Query("select reason, count(*) from quarantine group by reason") {
		if row[1] != fmt.Sprint(sent[row[0]]) {
			t.Errorf("%s: %s events, want %d", row[0], row[1], sent[row[0]])
		}
	}
	p.Stop()

	mendOrders(t, p.Dir)
	p.Start()
	dry := p.Run("redrive", "--data", p.Data, "--dry-run")
	if dry.Code != 0 || p.Query("select count(*) from quarantine")[0][0] != "37" {
		t.Fatalf("a dry run changed something: %+v", dry)
	}
	// Of the ten ways, missing_field, out_of_range and length are the contract's own choice.
	mended := sent["missing_field"] + sent["out_of_range"] + sent["length"]
	for range 2 {
		if r := p.Run("redrive", "--data", p.Data); r.Code != 0 {
			t.Fatalf("redrive: %+v", r)
		}
		s = p.WaitFor("the redriven rows", delivered, func(s status) bool { return s.Ledger.Loaded == 963+mended })
		if s.Ledger.Quarantined != 37-mended || !s.Balanced {
			t.Fatalf("after a redrive: %+v", s.Ledger)
		}
	}
	if got := p.Query("select count(*), count(distinct order_id) from orders")[0]; got[0] != fmt.Sprint(963+mended) || got[1] != got[0] {
		t.Errorf("rows and distinct orders: %v", got)
	}
	p.Stop()

	// The lake alone rebuilds the same: rows, quarantine and what came back from it.
	removeWarehouse(t, p)
	p.Start()
	s = p.WaitDelivered(1000, delivered)
	if s.Ledger.Loaded != 963+mended || s.Ledger.Quarantined != 37-mended || !s.Balanced {
		t.Errorf("rebuilt from the lake: %+v", s.Ledger)
	}
}

// mendOrders makes the orders contract take what it refused by choice.
func mendOrders(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, "contracts", "orders.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for line := range strings.Lines(string(text)) {
		for _, word := range []string{", minLength: 1", ", minimum: 1", ", required: true"} {
			if !strings.Contains(line, "order_id") {
				line = strings.ReplaceAll(line, word, "")
			}
		}
		kept = append(kept, line)
	}
	if err := os.WriteFile(path, []byte(strings.Join(kept, "")), 0o600); err != nil {
		t.Fatal(err)
	}
}

func removeWarehouse(t *testing.T, p *harness.Pipeline) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(p.Data, "warehouse")); err != nil {
		t.Fatal(err)
	}
}
