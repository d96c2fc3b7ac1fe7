package duckdb

import (
	"bytes"
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
	"github.com/penstock/penstock/internal/warehouse"
)

// SIGKILL of the child at random moments of loading: every file's rows are there exactly once.
func TestE3E5KillingTheChildLoadsEachFileOnce(t *testing.T) {
	r := newRig(t)
	r.cfg.CheckpointSize = mib // so that kills meet checkpoints too
	r.client.Close()
	r.start()
	table := keyedTable2("id", week)
	r.prepare(table, &plainTable)
	var killer sync.WaitGroup
	killAfter := func(d time.Duration) {
		pid := r.client.Pid()
		killer.Go(func() {
			time.Sleep(d) // a random moment of the load that begins now
			if pid != 0 {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		})
	}
	const commits, perFile = 60, 400
	for n := range commits {
		var lines, plain []line
		for i := range perFile {
			id := n*perFile + i
			lines = append(lines, line{values: fmt.Sprintf("%d,n,1", id-id%2)}) // every key twice
			plain = append(plain, line{values: fmt.Sprintf("%d,n,1", id)})
		}
		c := r.commit(n%2, r.file(n%2, table, lines...), r.file(n%2, &plainTable, plain...))
		if n%4 == 3 {
			killAfter(time.Duration(rand.IntN(60)) * time.Millisecond)
		}
		r.load(c)
	}
	killer.Wait()
	r.restart()
	t.Logf("the child was killed %d times", r.deaths)
	if r.deaths < 3 {
		t.Fatalf("the child was killed %d times only", r.deaths)
	}
	equal(t, "plain rows", r.query("select count(*), count(distinct id), sum(id) from plain"),
		[]string{fmt.Sprintf("%d|%d|%d", commits*perFile, commits*perFile, commits*perFile*(commits*perFile-1)/2)})
	equal(t, "keyed rows", r.query("select count(*), count(distinct id) from orders"), []string{fmt.Sprintf("%d|%d", commits*perFile/2, commits*perFile/2)})
	s := r.snapshot()
	equal(t, "ledger", s.Rows()+s.Duplicates, 2*commits*perFile)
	equal(t, "loads", r.query("select count(*), count(distinct name), sum(rows + duplicates) from _penstock.loads"), []string{fmt.Sprintf("%d|%d|%d", 2*commits, 2*commits, 2*commits*perFile)})
}

func TestQueriesGoOnAfterTheChildDies(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1")...)))
	rows, err := r.client.Query(context.Background(), "select * from range(100000000)", Limits{Rows: -1, Bytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	if err := syscall.Kill(r.client.Pid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = rows.Next()
	}
	if !errors.Is(err, warehouse.ErrUnavailable) {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; {
		got, err := queryRows(r.client, "select id from orders", Limits{})
		if err == nil {
			equal(t, "rows", got, []string{"1"})
			break
		}
		if !errors.Is(err, warehouse.ErrUnavailable) || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	equal(t, "deaths", r.client.Deaths(), 1)
}

// A parent that is killed takes its child along.
func TestChildEndsWithItsParent(t *testing.T) {
	parent := exec.Command(os.Args[0], "-test.run=^TestHelperParent$", "-test.v")
	parent.Env = append(os.Environ(), "PENSTOCK_TEST_PARENT="+filepath.Join(t.TempDir(), "w.duckdb"), "AWS_SECRET_ACCESS_KEY=hush")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	pid := 0
	var seen bytes.Buffer
	buffer := make([]byte, 4096)
	for pid == 0 {
		n, err := out.Read(buffer)
		seen.Write(buffer[:n])
		if _, rest, ok := strings.Cut(seen.String(), "child="); ok && strings.Contains(rest, "\n") {
			pid, _ = strconv.Atoi(strings.TrimSpace(strings.SplitN(rest, "\n", 2)[0]))
		}
		if err != nil {
			t.Fatalf("%v: %s", err, seen.String())
		}
	}
	environment, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(environment, []byte("hush")) {
		t.Error("the child has the parent's secrets")
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, out)
	_ = parent.Wait()
	for deadline := time.Now().Add(time.Minute); ; {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(state), ") Z ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the child is still there: %s", state)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestHelperParent is the parent in TestChildEndsWithItsParent.
func TestHelperParent(t *testing.T) {
	path := os.Getenv("PENSTOCK_TEST_PARENT")
	if path == "" {
		t.Skip("a helper of another test")
	}
	c, err := Start(context.Background(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("child=%d\n", c.Pid())
	select {}
}

func TestLakeFirst(t *testing.T) {
	r := newRig(t)
	table := keyedTable2("id", week)
	r.prepare(table)
	var commits []warehouse.CommitLoad
	for range 5 {
		commits = append(commits, r.commit(0, r.file(0, table, rowsOf("1,a,1", fmt.Sprintf("%d,b,2.5", r.files+10))...)))
		r.load(commits[len(commits)-1])
	}
	const all = "select * from orders order by _sequence"
	before := r.query(all)
	r.client.Close()
	if err := os.RemoveAll(filepath.Dir(r.cfg.Path)); err != nil {
		t.Fatal(err)
	}
	r.start()
	r.prepare(table)
	if _, err := r.client.Load(context.Background(), warehouse.Batch{Commits: commits[3:]}); !errors.Is(err, warehouse.ErrRewind) {
		t.Fatalf("a gap was loaded: %v", err)
	}
	r.load(commits...)
	equal(t, "rows", r.query(all), before)
	equal(t, "duplicates", r.snapshot().Duplicates, 4)
}

func TestOpenErrorsSayWhatToDo(t *testing.T) {
	r := newRig(t)
	code := func(err error) string {
		var e *event.Error
		if errors.As(err, &e) {
			return e.Code
		}
		return fmt.Sprint(err)
	}
	_, err := Start(context.Background(), r.cfg)
	equal(t, "in use", code(err), "warehouse_locked")
	r.client.Close()
	if err := os.WriteFile(r.cfg.Path, bytes.Repeat([]byte("not a database "), 5000), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = Start(context.Background(), r.cfg)
	equal(t, "corrupt", code(err), "warehouse_corrupt")
	if !strings.Contains(err.Error(), "delete it") {
		t.Error(err)
	}
	os.Remove(r.cfg.Path)
	_, err = OpenReadOnly(context.Background(), r.cfg)
	equal(t, "absent", code(err), "warehouse_absent")
	r.start()
}

// A database whose process was killed has rows in its log only; they are seen without a pipeline.
func TestReadOnlySeesTheLog(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	r.load(r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1", "2,b,2")...)))
	_ = syscall.Kill(r.client.Pid(), syscall.SIGKILL)
	r.client.stop() // before another child is started
	r.client.Close()
	if st, err := os.Stat(r.cfg.Path + ".wal"); err != nil || st.Size() == 0 {
		t.Skip("the child was started again in between")
	}
	c, err := OpenReadOnly(context.Background(), r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	rows, err := queryRows(c, "select sum(id) from orders", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "rows", rows, []string{"3"})
	s, err := c.Snapshot(context.Background())
	if err != nil || s.Rows() != 2 {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := c.Load(context.Background(), warehouse.Batch{}); err == nil {
		t.Error("a read-only database was loaded into")
	}
}

// Queries that take all they can get delay a load by less than two seconds; on a machine with much else to
// do a single load may take longer.
func TestQueriesDoNotHoldUpLoads(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	ctx, cancel := context.WithCancel(context.Background())
	var hogs sync.WaitGroup
	for range 3 {
		hogs.Go(func() {
			for ctx.Err() == nil {
				rows, err := r.client.Query(ctx, "select count(*) from range(100000000) a, range(1000000000) b where hash(a.range + b.range) = 7", Limits{})
				if err == nil {
					rows.Close()
				}
			}
		})
	}
	var took []time.Duration
	for n := range 10 {
		started := time.Now()
		r.load(r.commit(0, r.file(0, ordersTable, rowsOf(fmt.Sprintf("%d,a,1", n))...)))
		took = append(took, time.Since(started))
	}
	cancel()
	hogs.Wait()
	t.Logf("the loads took %s", took)
	if slices.Sort(took); took[len(took)/4] > 2*time.Second {
		t.Errorf("of %d loads three quarters took longer than two seconds: %s", len(took), took)
	}
}

func TestLatency(t *testing.T) {
	r := newRig(t)
	table := plainTable
	table.Columns = append(table.Columns[:2:2], clockColumn)
	r.prepare(&table)
	sent := time.Now().Add(-time.Second).UTC().Format("2006-01-02T15:04:05.000000Z")
	for i := range 3 {
		r.load(r.commit(i%2, r.file(i%2, &table, rowsOf("1,a,"+sent, "2,b,"+sent)...)))
	}
	got, err := r.client.Latency(context.Background(), "plain", "clock")
	if err != nil {
		t.Fatal(err)
	}
	if got.Rows != 6 || got.P50 < time.Second || got.P99 > 20*time.Second {
		t.Fatalf("%+v", got)
	}
}

func TestCheckpointsFoldTheLogBehindLoads(t *testing.T) {
	r := newRig(t)
	r.client.Close()
	r.cfg.CheckpointSize = mib
	r.start()
	table := dummyOrders("")
	r.prepare(table)
	for range 3 {
		r.load(r.commit(0, r.encodeOrders(0, table, format.Config{Format: "csv", Compression: "gzip"}, 10_000, crand.Reader)))
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		log, err := os.Stat(r.cfg.Path + ".wal")
		if errors.Is(err, fs.ErrNotExist) || err == nil && log.Size() < mib {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the log still has %d bytes, %v", log.Size(), err)
		}
	}
	equal(t, "rows", r.query("select count(*) from orders"), []string{"30000"})
	equal(t, "deaths", r.client.Deaths(), 0)
}

func TestParquetAndZstdFilesLoadTheSame(t *testing.T) {
	r := newRig(t)
	table := dummyOrders("order_id")
	r.prepare(table)
	for _, cfg := range []format.Config{{Format: "csv", Compression: "zstd"}, {Format: "csv", Compression: "none"}, {Format: "parquet"}, {Format: "parquet", Compression: "zstd"}} {
		r.load(r.commit(0, r.encodeOrders(0, table, cfg, 500, rand.NewChaCha8([32]byte{1}))))
	}
	equal(t, "rows", r.query("select count(*), count(distinct order_id), min(order_date), count(order_cost) from orders"),
		[]string{"500|500|2025-11-22T08:26:40Z|500"})
	s := r.snapshot()
	equal(t, "ledger", []int64{s.Rows(), s.Duplicates, int64(len(s.Unloaded))}, []int64{500, 1500, 0})
}

// A child that is stopped, not ended, is replaced, and what waited for it goes on.
func TestChildThatHangsIsReplaced(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	hung := r.client.Pid()
	if err := syscall.Kill(hung, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	c := r.commit(0, r.file(0, ordersTable, rowsOf("1,a,1")...))
	_, err := r.client.Load(context.Background(), warehouse.Batch{Commits: []warehouse.CommitLoad{c}})
	if !errors.Is(err, warehouse.ErrUnavailable) {
		t.Errorf("a load while the child hangs: %v", err)
	}
	r.load(c)
	equal(t, "rows", r.query("select count(*) from orders"), []string{"1"})
	if r.client.Pid() == hung {
		t.Error("the child that hung is still there")
	}
}

// A child that hangs before the database is open is not waited for.
func TestChildThatHangsWhileItOpensIsEnded(t *testing.T) {
	cfg := Config{Path: filepath.Join(t.TempDir(), "penstock.duckdb"), Executable: "/bin/sleep", Args: []string{"1000"}}
	_, err := Start(context.Background(), cfg)
	if !errors.Is(err, warehouse.ErrUnavailable) {
		t.Errorf("a child that says nothing: %v", err)
	}
}
