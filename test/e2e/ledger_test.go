package e2e

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/penstock/penstock/test/harness"
)

// freeAddress is a loopback address nobody listens on; a pipeline that is started again on it is
// where its producers look for it.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// committedFile starts the pipeline with loading paused, sends events, and returns the one lake
// file that is committed and not loaded.
func committedFile(t *testing.T, p *harness.Pipeline) string {
	t.Helper()
	p.Args = []string{"--pause", "loading"}
	p.Start()
	put(t, p, "orders", orders(t, 1, 500)...)
	p.WaitFor("the commit", delivered, func(s status) bool { return s.Shards[0].Committed == 500 })
	p.Stop()
	p.Args = nil
	return lakeFiles(t, p)[0]
}

func lakeFiles(t *testing.T, p *harness.Pipeline) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(filepath.Join(p.Data, "lake", "data"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			found = append(found, path)
		}
		return err
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("lake files: %v %v", found, err)
	}
	return found
}

func expectImbalance(t *testing.T, p *harness.Pipeline, by int64) {
	t.Helper()
	p.Start()
	p.WaitFor("the imbalance", delivered, func(s status) bool { return s.Ledger.Imbalance() == by && !s.Balanced })
	s, code := p.Status()
	if code != 1 || s.Ledger.Imbalance() != by {
		t.Errorf("exit %d with ledger %+v, want 1 and an imbalance of %d", code, s.Ledger, by)
	}
}

func TestE2LedgerShowsAFileRemovedBeforeItsLoad(t *testing.T) {
	p := harness.Example(t, "orders")
	file := committedFile(t, p)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	expectImbalance(t, p, 500)
	// What follows is loaded all the same.
	put(t, p, "orders", orders(t, 501, 10)...)
	p.WaitFor("the next rows", delivered, func(s status) bool { return s.Ledger.Loaded == 10 })
}

// A file that is not what was committed is not loaded at all: which of its rows to believe, nobody
// can say.
func TestE2LedgerShowsAFileThatLostARow(t *testing.T) {
	p := harness.Example(t, "orders")
	dropLastRow(t, committedFile(t, p))
	expectImbalance(t, p, 500)
}

func TestE2LedgerShowsARowThatIsMissingFromATable(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 500)...)
	p.WaitDelivered(500, delivered)
	p.Stop()
	deleteRow(t, p, "orders where id = 250")
	expectImbalance(t, p, 1)
}

// deleteRow removes what is named from the warehouse's file, behind the pipeline's back.
func deleteRow(t *testing.T, p *harness.Pipeline, what string) {
	t.Helper()
	db, err := sql.Open("duckdb", filepath.Join(p.Data, "warehouse", "penstock.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("delete from " + what); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func dropLastRow(t *testing.T, file string) {
	t.Helper()
	packed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(text), "\n")
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(strings.Join(lines[:len(lines)-2], "")))
	_ = w.Close()
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestE3LakeRebuildsTheWarehouse(t *testing.T) {
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 1200)...)
	put(t, p, "orders", orders(t, 1, 50)...) // the same keys again: dropped, and counted
	before := p.WaitDelivered(1250, delivered)
	if before.Ledger.Loaded != 1200 || before.Ledger.Dropped != 50 {
		t.Fatalf("ledger %+v", before.Ledger)
	}
	const all = "select * from orders order by _sequence"
	rows := p.Run("query", "--data", p.Data, "--format", "csv", all).Stdout
	p.Stop()
	removeWarehouse(t, p)
	p.Start()
	after := p.WaitDelivered(1250, delivered)
	if after.Ledger != before.Ledger {
		t.Errorf("ledger %+v, was %+v", after.Ledger, before.Ledger)
	}
	if again := p.Run("query", "--data", p.Data, "--format", "csv", all).Stdout; again != rows {
		t.Error("the rows rebuilt from the lake are not the rows that were there")
	}
}
