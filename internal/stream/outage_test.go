package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/penstock/penstock/internal/event"
)

// smallDisk mounts a file system of the given size; only root can.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if os.Geteuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("mounting a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes free space until only left bytes are free, and returns the file to remove.
func fill(t *testing.T, dir string, left int64) string {
	t.Helper()
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "filler")
	if err := os.WriteFile(name, make([]byte, max(0, int64(stat.Bavail)*stat.Bsize-left)), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// appendUntil appends 200 KB at a time until check says that the error, which may be nil, is the
// one waited for; it returns how many records are acknowledged by then.
func appendUntil(t *testing.T, l *Log, acked map[uint64]string, n *int, check func(error) bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		*n++
		content := fmt.Sprintf("%d %s", *n, bytes.Repeat([]byte("x"), 200_000))
		a, err := l.Append(t.Context(), "orders", 0, []Put{kv("k", []byte(content))})
		if err == nil {
			acked[a.First] = content
		} else if !errors.Is(err, event.ErrThrottled) {
			t.Fatalf("append: %v", err)
		}
		if check(err) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // what a producer does; nothing is awaited by it
		}
	}
	t.Fatal("not in time")
}

func checkAcked(t *testing.T, l *Log, acked map[uint64]string) {
	t.Helper()
	for _, r := range readAll(t, l, "orders", 0, 1) {
		if want, ok := acked[r.Sequence]; ok && want != string(r.Data) {
			t.Fatalf("record %d is %.20q, acknowledged was %.20q", r.Sequence, r.Data, want)
		}
		delete(acked, r.Sequence)
	}
	if len(acked) > 0 {
		t.Fatalf("E1: %d acknowledged records are missing", len(acked))
	}
}

func throttled(err error) bool { return errors.Is(err, event.ErrThrottled) }
func accepted(err error) bool  { return err == nil }

// TestE1DiskReserveThrottles: producers are held back before the disk is full, journals are not,
// and both go on when there is room again.
func TestE1DiskReserveThrottles(t *testing.T) {
	cfg := testConfig(t)
	cfg.Dir, cfg.DiskReserve = filepath.Join(smallDisk(t, "64m"), "log"), 16<<20
	l := open(t, cfg)
	create(t, l, "orders", 1)
	journal, err := l.Journal(t.Context(), "commits")
	if err != nil {
		t.Fatal(err)
	}
	acked, n := map[uint64]string{}, 0
	appendUntil(t, l, acked, &n, accepted)
	filler := fill(t, filepath.Dir(cfg.Dir), 20<<20)
	l.disk.checked.Store(-int64(time.Hour)) // look now: no real disk fills up between two looks
	appendUntil(t, l, acked, &n, throttled)
	if _, err := journal.Append(t.Context(), 0, []byte("a commit")); err != nil {
		t.Fatalf("a commit at the reserve: %v", err)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	appendUntil(t, l, acked, &n, accepted)
	checkAcked(t, l, acked)
}

// TestE1FullDisk: somebody else fills the disk to the last byte in spite of the reserve. The server
// inside refuses every write from then on; the log must recover from that by itself.
func TestE1FullDisk(t *testing.T) {
	cfg := testConfig(t)
	cfg.Dir, cfg.DiskReserve = filepath.Join(smallDisk(t, "32m"), "log"), 1
	l := open(t, cfg)
	create(t, l, "orders", 1)
	acked, n := map[uint64]string{}, 0
	appendUntil(t, l, acked, &n, accepted)
	for range 2 {
		filler := fill(t, filepath.Dir(cfg.Dir), 1<<20)
		appendUntil(t, l, acked, &n, throttled)
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
		appendUntil(t, l, acked, &n, accepted)
	}
	checkAcked(t, l, acked)
	if gaps := l.Gaps(); len(gaps) > 0 {
		t.Fatal(gaps)
	}
}

// TestE1E4EngineReplacedUnderLoad replaces the server again and again while producers and a reader
// are at work: whatever is acknowledged is there once, in order.
func TestE1E4EngineReplacedUnderLoad(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "crash", childShards)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var mu sync.Mutex
	var all []acked
	var stop atomic.Bool
	var producers sync.WaitGroup
	for g := range 4 {
		producers.Go(func() {
			for i := 0; !stop.Load(); i++ {
				tag := fmt.Sprintf("%d.%d", g, i)
				a, err := l.Append(ctx, "crash", g%childShards, taggedPuts(tag, 50))
				if err != nil {
					continue // told to its producer, who would send it again under another tag
				}
				mu.Lock()
				all = append(all, acked{shard: g % childShards, first: a.First, count: 50, tag: tag})
				mu.Unlock()
			}
		})
	}
	tail, err := l.Tail(ctx, "crash", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer tail.Close()
	next := uint64(1)
	for range 5 {
		e, err := l.engines.wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		l.engines.fail(e, errors.New("a test said so"))
		_, goal, _ := l.Bounds("crash", 0)
		for goal += 500; next <= goal; {
			records, err := tail.Next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range records {
				if r.Sequence != next {
					t.Fatalf("E4: the reader got %d, not %d", r.Sequence, next)
				}
				next++
			}
		}
	}
	stop.Store(true)
	producers.Wait()
	checkAcknowledged(t, l, all)
}

func TestGateRefuses(t *testing.T) {
	cfg := testConfig(t)
	var shut atomic.Bool
	cfg.Gate = func(stream string, shard int) error {
		if stream == "orders" && shard == 1 && shut.Load() {
			return event.ErrThrottled
		}
		return nil
	}
	l := open(t, cfg)
	create(t, l, "orders", 2)
	appendRange(t, l, "orders", 1, 0, 1)
	shut.Store(true)
	if _, err := l.Append(t.Context(), "orders", 1, putRange(1, 2)); !errors.Is(err, event.ErrThrottled) {
		t.Fatal(err)
	}
	appendRange(t, l, "orders", 0, 0, 1)
	shut.Store(false)
	if a := appendRange(t, l, "orders", 1, 1, 2); a.First != 2 {
		t.Fatal(a)
	}
}
