package e2e

import (
	"fmt"
	"testing"

	"github.com/penstock/penstock/internal/monitor"
	"github.com/penstock/penstock/test/harness"
)

// Contracts of two tables, before and after they are mended.
const (
	strictCups  = "table: cups\nmatch: event.kind == 'cup'\ncolumns:\n  - {name: id, type: bigint, required: true}\n  - {name: size, type: bigint, required: true, maximum: 10}\n"
	mendedCups  = "table: cups\nmatch: event.kind == 'cup' && event.id < 500\ncolumns:\n  - {name: id, type: bigint, required: true}\n  - {name: size, type: bigint, required: true}\n"
	strictPots  = "table: pots\nmatch: event.kind == 'pot'\ncolumns:\n  - {name: id, type: bigint, required: true}\n"
	mendedPots  = "table: pots\nmatch: event.kind == 'pot' || event.kind == 'cup'\ndrop: event.id >= 900\ncolumns:\n  - {name: id, type: bigint, required: true}\n"
	cups, pots  = "contracts/cups.yaml", "contracts/pots.yaml"
	kindsStream = "stream: {name: kinds}\n"
)

func thing(kind string, id, size int) []byte {
	return fmt.Appendf(nil, `{"kind":%q,"id":%d,"size":%d}`, kind, id, size)
}

// ledgers is every contract's ledger in a line: accepted = loaded + quarantined + dropped + in flight.
func ledgers(w watched) string {
	text := ""
	for _, c := range append(append([]monitor.ContractLedger{}, w.Contracts...), w.Unclassified) {
		text += fmt.Sprintf("%s %d=%d+%d+%d+%d", c.Contract, c.Accepted, c.Loaded, c.Quarantined, c.Dropped, c.InFlight)
		if !c.Balanced {
			text += "!"
		}
		text += "; "
	}
	return text
}

func expectLedgers(t *testing.T, p *harness.Pipeline, when, want string) {
	t.Helper()
	w := watch(t, p)
	if got := ledgers(w); got != want || !w.Balanced {
		t.Errorf("%s: %s (balanced %v, %v), want %s", when, got, w.Balanced, w.Problems, want)
	}
}

// TestE2EveryContractHasALedger follows events of two contracts, and of none, through a redrive that
// gives some of them to the other one, restarts, and a rebuild.
func TestE2EveryContractHasALedger(t *testing.T) {
	t.Parallel()
	p := harness.New(t, map[string]string{"pipeline.yaml": kindsStream, cups: strictCups, pots: strictPots}).Start()
	var events [][]byte
	for i := range 100 {
		events = append(events, thing("cup", i, 5), thing("pot", i, 0))
	}
	events = append(events,
		thing("cup", 100, 11), thing("cup", 101, 12), // too large; the mended contract takes them
		thing("cup", 500, 11), thing("cup", 900, 11), // too large; pots takes one and drops the other
		thing("mug", 1, 1), []byte("no json"))
	put(t, p, "kinds", events...)
	p.WaitDelivered(206, delivered)
	before := "cups 104=100+4+0+0; pots 100=100+0+0+0;  2=0+2+0+0; "
	expectLedgers(t, p, "at first", before)
	p.Kill()
	p.Start()
	expectLedgers(t, p, "after a crash", before)
	p.Stop()

	p.Write(cups, mendedCups)
	p.Write(pots, mendedPots)
	p.Start()
	redrive(t, p)
	after := "cups 102=102+0+0+0; pots 102=101+0+1+0;  2=0+2+0+0; "
	expectLedgers(t, p, "after the redrive", after)
	redrive(t, p)
	expectLedgers(t, p, "after another", after)
	p.Stop()

	p.Args = []string{"--pause", "loading"}
	p.Start()
	put(t, p, "kinds", thing("cup", 200, 1), thing("pot", 200, 1), thing("mug", 2, 1))
	p.WaitFor("the commit", delivered, func(s status) bool { return s.Shards[0].Committed == 209 })
	expectLedgers(t, p, "while loading is paused", "cups 103=102+0+0+1; pots 103=101+0+1+1;  3=0+2+0+1; ")
	p.Kill()
	removeWarehouse(t, p)
	p.Args = nil
	p.Start()
	p.WaitDelivered(209, delivered)
	rebuilt := "cups 103=103+0+0+0; pots 103=102+0+1+0;  3=0+3+0+0; "
	expectLedgers(t, p, "rebuilt from the lake", rebuilt)
	p.Stop()

	deleteRow(t, p, "cups where id = 7")
	p.Start()
	w := watch(t, p)
	if got, want := ledgers(w), "cups 103=102+0+0+0!; pots 103=102+0+1+0;  3=0+3+0+0; "; got != want || w.Balanced {
		t.Errorf("a row is gone: %s (balanced %v), want %s", got, w.Balanced, want)
	}
}
