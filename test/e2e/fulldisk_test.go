package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/penstock/penstock/test/harness"
)

// fillDisk takes the space of a disk until only left bytes are free. The space is given back by
// removing the file it returns.
func fillDisk(t *testing.T, dir string, left int64) (filler string) {
	t.Helper()
	filler = filepath.Join(dir, "filler")
	file, err := os.OpenFile(filler, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	block := make([]byte, 1<<16)
	for free(t, dir) > left {
		if _, err := file.Write(block[:min(int64(len(block)), free(t, dir)-left)]); err != nil {
			return filler // the last bytes: somebody else took them
		}
	}
	return filler
}

func free(t *testing.T, dir string) int64 {
	t.Helper()
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		t.Fatal(err)
	}
	return int64(stat.Bavail) * stat.Bsize
}

// TestE1DiskAtItsReserveSlowsProducers: what was acknowledged arrives, and the disk is never filled.
func TestE1DiskAtItsReserveSlowsProducers(t *testing.T) {
	t.Parallel()
	root := disk(t, 256<<20)
	p := harness.Example(t, "orders")
	p.Data = filepath.Join(root, "data")
	limits(t, p, "limits: {disk_reserve: 64MiB}")
	p.Start()
	put(t, p, "orders", orders(t, 1, 100)...)
	p.WaitDelivered(100, delivered)

	filler := fillDisk(t, root, 70<<20)
	accepted := 100 + fill(t, p, 101)
	if used := rss(t, p.PID()); used > 700<<20 {
		t.Errorf("the pipeline uses %d MiB", used>>20)
	}
	// What was accepted is delivered within the reserve, that is what it is for.
	expectLedger(t, p, int64(accepted), 0, 0)
	if left := free(t, root); left < 16<<20 {
		t.Errorf("%d MiB are left on the disk", left>>20)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	expect(t, p.Run("produce", "100", "--data", p.Data, "--json"), 0, `"failed": 0`)
	expectLedger(t, p, int64(accepted)+100, 0, 0)
}

// TestE1DiskFilledBySomebodyElse: no reserve helps when another program takes the last byte.
func TestE1DiskFilledBySomebodyElse(t *testing.T) {
	t.Parallel()
	root := disk(t, 256<<20)
	p := harness.Example(t, "orders")
	p.Data = filepath.Join(root, "data")
	limits(t, p, "limits: {disk_reserve: 64MiB}")
	p.Start()
	accepted := 0
	for round := range 2 {
		put(t, p, "orders", orders(t, accepted+1, 5000)...)
		accepted += 5000
		filler := fillDisk(t, root, 0)
		more := fill(t, p, accepted+1)
		accepted += more
		p.WaitFor("the trouble to show", delivered, func(s status) bool {
			return !s.Ready || s.Ledger.InFlight == 0
		})
		if round == 1 {
			p.Kill() // with the disk full
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		if round == 1 {
			p.Start()
		}
		expectOrders(t, p, accepted)
	}
	put(t, p, "orders", orders(t, accepted+1, 10)...)
	expectOrders(t, p, accepted+10)
	p.WaitFor("the pipeline to be ready", delivered, func(s status) bool { return s.Ready && s.Balanced })
}

// expectOrders waits until nothing is in flight and fails unless the orders 1 to n are there once.
// A write that met the full disk may have been refused and yet be there: its sender sends it again,
// and the key drops the second one.
func expectOrders(t *testing.T, p *harness.Pipeline, n int) {
	t.Helper()
	s := p.WaitDelivered(int64(n), delivered)
	if s.Ledger.Quarantined != 0 || !s.Balanced {
		t.Errorf("ledger %+v", s.Ledger)
	}
	got := p.Query(fmt.Sprintf("select count(*) filter (where id <= %d), count(*) - count(distinct id) from orders", n))[0]
	if got[0] != fmt.Sprint(n) || got[1] != "0" {
		t.Errorf("%s of %d orders are there, and %s twice", got[0], n, got[1])
	}
}
