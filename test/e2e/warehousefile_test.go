package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/test/harness"
)

// TestE3CorruptedWarehouseFileIsToldAndRebuilt: the file is not used, nothing is lost, and the error
// says how to get it back.
func TestE3CorruptedWarehouseFileIsToldAndRebuilt(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 100)...)
	expectLedger(t, p, 100, 0, 0)
	p.Stop()
	file := filepath.Join(p.Data, "warehouse", "penstock.duckdb")
	for _, damage := range []func() error{
		func() error { return os.WriteFile(file, []byte("this is no database at all"), 0o600) },
		func() error { return overwrite(file, 0, 4096) },
		func() error { return os.Truncate(file, 5000) },
		func() error { return overwrite(file, 4096, 1<<20) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		expect(t, up(p), 1, file, "delete", "lake")
		expect(t, p.Run("query", "--data", p.Data, "select count(*) from orders"), 1, file)
		removeWarehouse(t, p)
		p.Start()
		expectLedger(t, p, 100, 0, 0)
		p.Stop()
	}
}

// overwrite spoils a part of a file.
func overwrite(file string, from, count int64) error {
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	noise := make([]byte, count)
	for i := range noise {
		noise[i] = byte(i*7 + 1)
	}
	_, err = f.WriteAt(noise, from)
	return err
}

// TestE3WarehouseFileTakenAwayWhileInUse: it is noticed and rebuilt, though no event arrives any more.
func TestE3WarehouseFileTakenAwayWhileInUse(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 100)...)
	expectLedger(t, p, 100, 0, 0)
	removeWarehouse(t, p)
	for deadline := time.Now().Add(delivered); !strings.Contains(p.Log(), "penstock.duckdb was removed"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody noticed")
		}
	}
	expectLedger(t, p, 100, 0, 0)
	if got := p.Query("select count(*) from orders")[0][0]; got != "100" {
		t.Errorf("%s rows", got)
	}
	put(t, p, "orders", orders(t, 101, 10)...)
	expectLedger(t, p, 110, 0, 0)
	p.Stop()
	if got := p.Query("select count(*) from orders")[0][0]; got != "110" {
		t.Errorf("%s rows in the file", got)
	}
}

// TestQueryFindsAWarehouseElsewhere: also while the pipeline is down, from the data folder alone.
func TestQueryFindsAWarehouseElsewhere(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	file := filepath.Join(t.TempDir(), "team", "orders.duckdb")
	p.Write("pipeline.yaml", strings.Replace(p.Read("pipeline.yaml"), "warehouse: duckdb ", "warehouse: duckdb://"+file+" ", 1))
	p.Start()
	put(t, p, "orders", orders(t, 1, 100)...)
	expectLedger(t, p, 100, 0, 0)
	p.Stop()
	if got := p.Query("select count(*) from orders")[0][0]; got != "100" {
		t.Errorf("%s rows of a warehouse elsewhere", got)
	}
	rename(t, file, file+".away")
	expect(t, p.Run("query", "--data", p.Data, "select 1"), 1, file, "is not at", "restore")
	rename(t, file+".away", file)
	if err := os.WriteFile(filepath.Join(p.Data, "warehouse.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, p.Run("query", "--data", p.Data, "select 1"), 1, "warehouse.json", "penstock up")
	p.Start()
	p.Stop()
	if got := p.Query("select count(*) from orders")[0][0]; got != "100" {
		t.Errorf("%s rows of a warehouse elsewhere", got)
	}
}

// TestCheckSeesAWarehouseOfAnotherStream: as `up` does, whether its pipeline is up or not.
func TestCheckSeesAWarehouseOfAnotherStream(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	other := harness.Example(t, "retail")
	check := func() harness.Result { return p.Run("check", "-c", other.Dir, "--data", p.Data) }
	expect(t, check(), 0, "ok")
	p.Start()
	expect(t, check(), 2, "stream orders", "order_lines", "--data")
	p.Stop()
	expect(t, check(), 2, "stream orders", "order_lines", "--data")
	expect(t, p.Run("check", "-c", p.Dir, "--data", p.Data), 0, "ok")
}
