package duckdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

// A digit that is another digit makes a row like any other.
func TestE2AFileWithAFlippedBitIsNotLoaded(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	bad := r.file(0, ordersTable, rowsOf("1,a,5.125", "2,b,7.250")...)
	whole, err := os.ReadFile(bad.Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad.Path, bytes.Replace(whole, []byte("5.125"), []byte("5.725"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	commits := []warehouse.CommitLoad{r.commit(0, bad), r.commit(0, r.file(0, ordersTable, rowsOf("3,c,3")...))}
	result := r.load(commits...)
	if len(result.Refusals) != 1 || result.Refusals[0].Name != bad.Name || result.Refusals[0].Status != warehouse.StatusDamaged {
		t.Fatalf("refusals: %+v", result.Refusals)
	}
	commits[0].Loads[0].Status, commits[0].Loads[0].Detail = result.Refusals[0].Status, result.Refusals[0].Detail
	r.load(commits...)
	equal(t, "rows", r.query("select id from orders"), []string{"3"})
	// Somebody restores the file from a backup.
	if err := os.WriteFile(bad.Path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	again := commits[0]
	again.Loads, again.Again = []warehouse.FileLoad{bad}, true
	r.load(again)
	equal(t, "rows", r.query("select id, price from orders order by id"), []string{"1|5.125", "2|7.250", "3|3.000"})
}

// A file that goes away between the lake's answer and the load is looked for again, and not condemned: the
// lake's disk may have been unmounted.
func TestFileThatGoesAwayIsAskedForAgain(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	f := r.file(0, ordersTable, rowsOf("1,a,1")...)
	c := r.commit(0, f)
	if err := os.Rename(f.Path, f.Path+".away"); err != nil {
		t.Fatal(err)
	}
	result, err := r.client.Load(context.Background(), warehouse.Batch{Commits: []warehouse.CommitLoad{c}})
	if !errors.Is(err, warehouse.ErrUnavailable) || len(result.Refusals) > 0 {
		t.Fatal(result, err)
	}
	if err := os.Rename(f.Path+".away", f.Path); err != nil {
		t.Fatal(err)
	}
	r.load(c)
	equal(t, "rows", r.query("select count(*) from orders"), []string{"1"})
}

// A redrive that meets an empty database, because somebody has deleted the file, must not make it believe
// that it has all before.
func TestE3RedriveDoesNotHideWhatComesBeforeIt(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	first := r.commit(0, r.file(0, contract.QuarantineTable(), rowsOf(`not_json,,,,v1,p,x,`)...))
	r.seq[0] = 0
	redrive := r.commit(0, r.file(0, ordersTable, rowsOf("1,redriven,1")...))
	redrive.Kind, redrive.First, redrive.Last = catalog.CommitRedrive, 0, 0
	if _, err := r.client.Load(context.Background(), warehouse.Batch{Commits: []warehouse.CommitLoad{redrive}}); !errors.Is(err, warehouse.ErrRewind) {
		t.Fatalf("a redrive was loaded without what comes before it: %v, %+v", err, r.snapshot().Watermarks)
	}
	r.load(first, redrive)
	s := r.snapshot()
	equal(t, "rows and quarantine", []int64{s.Rows(), s.Quarantined}, []int64{1, 0})
}

// Whatever a loss of power leaves of the write-ahead log, the database opens, has some of the loads from the first on,
// each whole, and the rest is loaded again.
func TestE3E5DamagedLogIsLoadedAgain(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	const loads = 12
	var commits []warehouse.CommitLoad
	for i := range loads {
		c := r.commit(0, r.file(0, ordersTable, rowsOf(fmt.Sprintf("%d,%s,1", i, strings.Repeat("x", 3000)), "0,y,1")...))
		commits = append(commits, c)
		r.load(c)
	}
	// While it is stopped nothing is written, and when it is killed nothing is folded.
	if err := errors.Join(syscall.Kill(r.client.Pid(), syscall.SIGSTOP)); err != nil {
		t.Fatal(err)
	}
	database, err := os.ReadFile(r.cfg.Path)
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(r.cfg.Path + ".wal")
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(r.client.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r.client.Close()
	with := func(change func([]byte) []byte) []byte { return change(bytes.Clone(log)) }
	for what, damaged := range map[string][]byte{
		"whole":                 log,
		"empty":                 {},
		"cut in an entry":       log[:len(log)-1000],
		"cut in a header":       log[:len(log)-3],
		"zeros behind it":       with(func(b []byte) []byte { return append(b, make([]byte, 4096)...) }),
		"its last page is zero": with(func(b []byte) []byte { clear(b[len(b)-4096:]); return b }),
		"a page in it is zero":  with(func(b []byte) []byte { clear(b[len(b)/2 : len(b)/2+4096]); return b }),
		"a bit is flipped":      with(func(b []byte) []byte { b[len(b)/3] ^= 0x10; return b }),
		"the first entry is":    with(func(b []byte) []byte { b[60] ^= 0x10; return b }),
	} {
		t.Run(what, func(t *testing.T) {
			one := *r
			one.t = t
			one.cfg.Path = filepath.Join(t.TempDir(), "penstock.duckdb")
			var told lockedLog
			one.cfg.Logger = slog.New(slog.NewTextHandler(&told, nil))
			if err := errors.Join(os.WriteFile(one.cfg.Path, database, 0o600), os.WriteFile(one.cfg.Path+".wal", damaged, 0o600)); err != nil {
				t.Fatal(err)
			}
			one.start()
			defer one.client.Close()
			one.prepare(ordersTable)
			marks, err := one.client.Watermarks(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			have := 0
			for _, m := range marks {
				have = int(m.Number)
			}
			equal(t, "rows of what is loaded", one.query("select count(*) from orders"), []string{fmt.Sprint(2 * have)})
			if kept, _ := os.ReadFile(one.cfg.Path + ".wal" + asideSuffix); len(kept) > 0 {
				equal(t, "what is kept of the log", bytes.Equal(kept, damaged), true)
				equal(t, "lines that say so", strings.Count(told.String(), "is loaded again from the lake"), 1)
			}
			one.load(commits...)
			equal(t, "rows", one.query("select count(*), sum(id), count(distinct _sequence) from orders"),
				[]string{fmt.Sprintf("%d|%d|%d", 2*loads, loads*(loads-1)/2, 2*loads)})
			equal(t, "files", one.query("select count(*), count(distinct name) from _penstock.loads"), []string{fmt.Sprintf("%d|%d", loads, loads)})
		})
	}
}

// Commits for which there is no room leave nothing behind, in the memory or in the log.
func TestE3FullDiskLoadsNothingTwice(t *testing.T) {
	dir := t.TempDir()
	if os.Geteuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=32m"); err != nil {
		t.Skipf("mounting a small disk: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	r := newRig(t)
	r.client.Close()
	r.cfg.Path = filepath.Join(dir, "penstock.duckdb")
	r.start()
	table := keyedTable2("id", week)
	r.prepare(table)
	rows := 0
	large := func(n int) []line {
		var lines []line
		for range n {
			lines = append(lines, line{values: fmt.Sprintf("%d,%0200d,1", rows, rows)})
			rows++
		}
		return lines
	}
	r.load(r.commit(0, r.file(0, table, large(100)...)))
	for round := range 4 {
		var stat unix.Statfs_t
		if err := unix.Statfs(dir, &stat); err != nil {
			t.Fatal(err)
		}
		filler := filepath.Join(dir, "filler")
		// Now none of a commit fits, now some of it does.
		left := int64(round) * 200_000
		if err := os.WriteFile(filler, make([]byte, max(0, int64(stat.Bavail)*stat.Bsize-left)), 0o600); err != nil {
			t.Fatal(err)
		}
		c := r.commit(0, r.file(0, table, large(5000)...))
		for range 2 {
			if _, err := r.client.Load(context.Background(), warehouse.Batch{Commits: []warehouse.CommitLoad{c}}); !errors.Is(err, warehouse.ErrUnavailable) {
				t.Fatalf("on a full disk: %v", err)
			}
		}
		if round%2 == 0 { // what is in the log now is what counts
			pid := r.client.Pid()
			_ = syscall.Kill(pid, syscall.SIGKILL)
			awaitAnother(t, r.client, pid)
		}
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		r.load(c)
		equal(t, "rows", r.query("select count(*), count(distinct _sequence) from orders"), []string{fmt.Sprintf("%d|%d", rows, rows)})
	}
	r.restart()
	equal(t, "rows at last", r.query("select count(*), count(distinct _sequence) from orders"), []string{fmt.Sprintf("%d|%d", rows, rows)})
}
