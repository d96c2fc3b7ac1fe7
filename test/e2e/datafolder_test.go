package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/penstock/penstock/test/harness"
)

// disk mounts a file system of its own in memory, of size bytes; only root can.
func disk(t *testing.T, size int64) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("a disk of its own takes root to mount")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("a disk of its own cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// readOnly switches writing to a mounted disk off or on.
func readOnly(t *testing.T, dir string, on bool) {
	t.Helper()
	flags := uintptr(unix.MS_REMOUNT)
	if on {
		flags |= unix.MS_RDONLY
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", flags, ""); err != nil {
		t.Skipf("the disk cannot be made read-only: %v", err)
	}
}

func TestE1ReadOnlyDataFolderIsToldAndKept(t *testing.T) {
	t.Parallel()
	root := disk(t, 256<<20)
	p := harness.Example(t, "orders")
	p.Data = filepath.Join(root, "data")
	limits(t, p, "limits: {disk_reserve: 64MiB}")
	readOnly(t, root, true)
	expect(t, up(p), 1, p.Data, "cannot be used", "--data")
	readOnly(t, root, false)
	p.Start()
	put(t, p, "orders", orders(t, 1, 100)...)
	expectLedger(t, p, 100, 0, 0)
	p.Stop()

	readOnly(t, root, true)
	expect(t, up(p), 1, p.Data, "read-only", "--data")
	if got := p.Query("select count(*) from orders")[0][0]; got != "100" {
		t.Errorf("%s rows on the read-only disk", got)
	}
	readOnly(t, root, false)
	p.Start()
	put(t, p, "orders", orders(t, 101, 100)...)
	expectLedger(t, p, 200, 0, 0)
}

func TestDataFolderThatIsAFile(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	if err := os.WriteFile(p.Data, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, up(p), 1, p.Data, "--data")
}

func TestE5DataFolderIsForOneProcess(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	expect(t, up(p), 1, "in use by process "+fmt.Sprint(p.PID()), "--data")
	put(t, p, "orders", orders(t, 1, 10)...)
	expectLedger(t, p, 10, 0, 0)
}

func TestPortThatIsTaken(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	for _, flag := range []string{"--kinesis", "--http"} {
		expect(t, up(p, flag, address), 1, address, "another program", flag)
	}
	p.Start() // the attempts have left nothing in the way
	put(t, p, "orders", orders(t, 1, 10)...)
	expectLedger(t, p, 10, 0, 0)
}

// TestE2DataFolderIsForOneStream: the rows of two streams would not be told apart in one warehouse.
func TestE2DataFolderIsForOneStream(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 10)...)
	expectLedger(t, p, 10, 0, 0)
	p.Stop()
	other := harness.Example(t, "retail")
	other.Data = p.Data
	expect(t, up(other), 1, "rows of stream orders", "--data")
	p.Start()
	put(t, p, "orders", orders(t, 11, 10)...)
	expectLedger(t, p, 20, 0, 0)
}

// TestE1DataFolderTakenAwayWhileInUse: a pipeline that goes on would acknowledge what nobody finds again.
func TestE1DataFolderTakenAwayWhileInUse(t *testing.T) {
	t.Parallel()
	p := harness.Example(t, "orders").Start()
	put(t, p, "orders", orders(t, 1, 10)...)
	expectLedger(t, p, 10, 0, 0)
	rename(t, p.Data, p.Data+".away")
	select {
	case <-p.Done():
	case <-time.After(delivered):
		t.Fatal("nobody noticed")
	}
	if log := p.Log(); p.ExitCode() != 1 || !strings.Contains(log, p.Data+" was removed or moved") || strings.Contains(log, "They are safe") {
		t.Errorf("exit %d\n%s", p.ExitCode(), log)
	}
	if err := os.RemoveAll(p.Data); err != nil { // what it made while it ended
		t.Fatal(err)
	}
	rename(t, p.Data+".away", p.Data)
	p.Start()
	put(t, p, "orders", orders(t, 11, 10)...)
	expectLedger(t, p, 20, 0, 0)
}
