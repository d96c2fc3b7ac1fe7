package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

// memoryCommits is a shard's catalog in memory.
type memoryCommits struct {
	mu      sync.Mutex
	commits []catalog.Commit
	changed chan struct{}
}

func (m *memoryCommits) add(c catalog.Commit) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.commits = append(m.commits, c)
	close(m.changed)
	m.changed = make(chan struct{})
}

func (m *memoryCommits) CommitsAfter(_ context.Context, number uint64, fn func(catalog.Commit) error) error {
	m.mu.Lock()
	commits := m.commits
	m.mu.Unlock()
	for _, c := range commits {
		if c.Number > number {
			if err := fn(c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *memoryCommits) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

// folder is the rig's lake. While the folder is not there, it is an outage.
type folder struct{ dir string }

func (f folder) Probe(context.Context) error {
	_, err := os.Stat(f.dir)
	if err != nil {
		return errors.New("the lake is away")
	}
	return nil
}

func (f folder) Local(ctx context.Context, name string) (string, func(), error) {
	path := filepath.Join(f.dir, filepath.FromSlash(name))
	_, err := os.Stat(path)
	return path, func() {}, err
}

type oneShape struct{ table *contract.Table }

func (s oneShape) Shape(context.Context, int, string, string) (*contract.Table, error) {
	return s.table, nil
}

// The loader with the real warehouse, while the child is killed, the lake goes away, a file is
// missing for a while, and another is bad: in the end the ledger balances.
func TestE5LoaderComesThroughEverything(t *testing.T) {
	r := newRig(t)
	table := keyedTable2("id", week)
	lake := folder{filepath.Join(r.dir, "lake")}
	catalogs := []*memoryCommits{{changed: make(chan struct{})}, {changed: make(chan struct{})}}
	cfg := warehouse.Config{Tables: []*contract.Table{table}, RetryEvery: 200 * time.Millisecond, FirstPause: 10 * time.Millisecond, LastPause: 50 * time.Millisecond,
		Logger: slog.New(slog.DiscardHandler)}
	for i, c := range catalogs {
		cfg.Shards = append(cfg.Shards, warehouse.Shard{Shard: r.shard(i), Commits: c})
	}
	loader, err := warehouse.New(cfg, warehouse.Deps{Target: r.client, Files: lake, Shapes: oneShape{table}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- loader.Run(ctx) }()

	const commits, perFile = 60, 50
	refused := 0
	for n := range commits {
		var lines []line
		for i := range perFile {
			lines = append(lines, line{values: fmt.Sprintf("%d,n,1", (n*perFile+i)/2*2)})
		}
		if n == 20 {
			lines[7].values, lines[9].values = "x,n,1", "y,n,1"
			refused = 2
		}
		load := r.commit(n%2, r.file(n%2, table, lines...))
		load.CommittedAt, load.Format = int64(n), "csv"
		catalogs[n%2].add(load.Commit)
		switch {
		case n == 10:
			if err := os.Rename(lake.dir, lake.dir+".away"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
			if err := os.Rename(lake.dir+".away", lake.dir); err != nil {
				t.Fatal(err)
			}
		case n == 30:
			path := filepath.Join(lake.dir, filepath.FromSlash(load.Files[0].Name))
			if err := os.Rename(path, path+".gone"); err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			defer func() { _ = os.Remove(path) }()
			time.AfterFunc(300*time.Millisecond, func() { _ = os.Rename(path+".gone", path) })
		case n%9 == 8:
			time.Sleep(time.Duration(rand.IntN(50)) * time.Millisecond)
			if pid := r.client.Pid(); pid != 0 {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
		}
	}
	const total = commits * perFile
	var s warehouse.Snapshot
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if s, err = r.client.Snapshot(context.Background()); err == nil && s.Rows()+s.Quarantined+s.Duplicates == total && len(s.Unloaded) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v; rows %d, quarantined %d, duplicates %d of %d; unloaded %+v", err, s.Rows(), s.Quarantined, s.Duplicates, total, s.Unloaded)
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	equal(t, "quarantined", s.Quarantined, refused)
	equal(t, "rows", r.query("select count(*), count(distinct id) from orders"), []string{fmt.Sprintf("%d|%d", s.Rows(), s.Rows())})
	equal(t, "watermarks", s.Watermarks[0].Position+s.Watermarks[1].Position, total)
}

// A backlog of large events that compress well: its files are small, and what is in them is more than the
// memory takes at once. In the end they are more than a checkpoint takes, too, and the process is given more
// memory for it, once or twice, instead of failing for ever.
func TestE5ABacklogOfLargeEventsIsLoaded(t *testing.T) {
	r := newRig(t)
	r.prepare(ordersTable)
	commits := &memoryCommits{changed: make(chan struct{})}
	const files, perFile = 15, 16
	text := strings.Repeat("x", 1<<20)
	for n := range files {
		var lines []line
		for i := range perFile {
			lines = append(lines, line{values: fmt.Sprintf("%d,%s,1", n*perFile+i, text)})
		}
		c := r.commit(0, r.file(0, ordersTable, lines...))
		c.Format = "csv"
		for i := range c.Files {
			c.Files[i].Bytes = 0 // as small as may be: it is not compared
		}
		commits.add(c.Commit)
	}
	loader, err := warehouse.New(warehouse.Config{
		Tables: []*contract.Table{ordersTable}, Shards: []warehouse.Shard{{Shard: r.shard(0), Commits: commits}}, Logger: slog.New(slog.DiscardHandler),
	}, warehouse.Deps{Target: r.client, Files: folder{filepath.Join(r.dir, "lake")}, Shapes: oneShape{ordersTable}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- loader.Run(ctx) }()
	for deadline := time.Now().Add(5 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		s, err := r.client.Snapshot(ctx)
		if err == nil && s.Rows() == files*perFile && len(s.Unloaded) == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("not loaded: %+v, %v; the process died %d times", s, err, r.client.Deaths())
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if n := r.client.Deaths(); n > 8 {
		t.Errorf("the process died %d times", n)
	}
	r.restart() // with the memory it had at first
	equal(t, "rows", r.query("select count(*), count(distinct id), sum(id) from orders"),
		[]string{fmt.Sprintf("%d|%d|%d", files*perFile, files*perFile, files*perFile*(files*perFile-1)/2)})
	equal(t, "loads", r.query("select count(*), count(distinct name) from _penstock.loads"), []string{fmt.Sprintf("%d|%d", files, files)})
}
