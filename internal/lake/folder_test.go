package lake

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// scriptedDisk does what the real one does, notes it, and fails the step it is told to.
type scriptedDisk struct {
	realDisk
	root  string
	steps []string
	// fail maps a step's beginning to the error it ends with.
	fail map[string]error
}

func (d *scriptedDisk) step(format string, paths ...any) error {
	for i, p := range paths {
		rel, _ := filepath.Rel(d.root, p.(string))
		if strings.HasPrefix(rel, tempName+"/") {
			rel = tempName + "/*"
		}
		paths[i] = rel
	}
	step := fmt.Sprintf(format, paths...)
	d.steps = append(d.steps, step)
	for begin, err := range d.fail {
		if strings.HasPrefix(step, begin) {
			return err
		}
	}
	return nil
}

func (d *scriptedDisk) mkdir(dir string) error {
	return errors.Join(d.step("mkdir %s", dir), d.realDisk.mkdir(dir))
}

func (d *scriptedDisk) create(dir string) (*os.File, error) {
	if err := d.step("create in %s", dir); err != nil {
		return nil, err
	}
	return d.realDisk.create(dir)
}

func (d *scriptedDisk) write(f *os.File, body []byte) error {
	if err := d.step("write %s", f.Name()); err != nil {
		_ = d.realDisk.write(f, body[:len(body)/2])
		return err
	}
	return d.realDisk.write(f, body)
}

func (d *scriptedDisk) syncFile(f *os.File) error { return d.step("sync file %s", f.Name()) }
func (d *scriptedDisk) syncDir(dir string) error  { return d.step("sync folder %s", dir) }

func (d *scriptedDisk) publish(from, to string) error {
	if err := d.step("rename %s to %s", from, to); err != nil {
		return err
	}
	return d.realDisk.publish(from, to)
}

func scripted(t *testing.T) (*folder, *scriptedDisk) {
	t.Helper()
	f, err := openFolder(t.TempDir(), Config{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	d := &scriptedDisk{root: f.root}
	f.disk = d
	return f, d
}

// What is not synced before Put returns is gone after a loss of power, so the order is the promise.
func TestE1PutSyncsTheFileAndEveryNewFolder(t *testing.T) {
	f, d := scripted(t)
	steps := func(name string, want ...string) {
		t.Helper()
		d.steps = nil
		if err := f.Put(t.Context(), name, []byte("x")); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, d.steps); diff != "" {
			t.Error(diff)
		}
	}
	steps("data/t/a",
		"mkdir data", "sync folder .", "mkdir data/t", "sync folder data",
		"create in .tmp", "write .tmp/*", "sync file .tmp/*", "rename .tmp/* to data/t/a", "sync folder data/t")
	steps("data/t/b",
		"create in .tmp", "write .tmp/*", "sync file .tmp/*", "rename .tmp/* to data/t/b", "sync folder data/t")
	// The name may be there and not be durable yet.
	steps("data/t/b",
		"create in .tmp", "write .tmp/*", "sync file .tmp/*", "rename .tmp/* to data/t/b", "sync folder data/t")

	again, err := openFolder(f.root, Config{Logger: f.log})
	if err != nil {
		t.Fatal(err)
	}
	// Another process does not know what the first one had synced.
	again.disk, d.steps, f = d, nil, again
	steps("data/t/c", "mkdir data", "sync folder .", "mkdir data/t", "sync folder data",
		"create in .tmp", "write .tmp/*", "sync file .tmp/*", "rename .tmp/* to data/t/c", "sync folder data/t")
}

func TestOpenSyncsTheRootAndItsParents(t *testing.T) {
	root := filepath.Join(t.TempDir(), "new", "lake")
	d := &scriptedDisk{root: root}
	f := &folder{root: root, disk: d, log: slog.Default()}
	if err := f.prepare(); err != nil {
		t.Fatal(err)
	}
	if want := []string{"sync folder .", "sync folder ..", "sync folder ../.."}; !cmp.Equal(want, d.steps[:3]) {
		t.Errorf("%q", d.steps)
	}
}

func TestEveryFailingStepIsAnOutageAndLeavesNothing(t *testing.T) {
	for _, cause := range []error{syscall.ENOSPC, syscall.EIO, syscall.EROFS, syscall.EACCES, syscall.EDQUOT, syscall.EMFILE, syscall.ESTALE} {
		for _, step := range []string{"mkdir data/t", "sync folder data", "create", "write", "sync file", "rename", "sync folder data/t"} {
			t.Run(fmt.Sprintf("%s/%v", step, cause), func(t *testing.T) {
				f, d := scripted(t)
				d.fail = map[string]error{step: &fs.PathError{Op: "x", Path: "y", Err: cause}}
				err := f.Put(t.Context(), "data/t/a", []byte("body"))
				if !errors.Is(err, ErrUnavailable) || !errors.Is(err, cause) {
					t.Fatal(err)
				}
				if left, _ := os.ReadDir(f.path(tempName)); len(left) > 0 {
					t.Errorf("%v stays behind", left)
				}
				if size, err := f.Stat(t.Context(), "data/t/a"); err == nil && size != 4 {
					t.Errorf("half an object of %d bytes is there", size)
				}
				d.fail = nil
				if err := f.Put(t.Context(), "data/t/a", []byte("body")); err != nil {
					t.Errorf("after the outage: %v", err)
				}
			})
		}
	}
}

func TestALakeThatIsGoneIsAnOutageAndNotEmpty(t *testing.T) {
	f, _ := scripted(t)
	f.disk = realDisk{}
	if err := f.Put(t.Context(), "d/a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	away := f.root + "-away"
	if err := os.Rename(f.root, away); err != nil {
		t.Fatal(err)
	}
	_, openErr := f.Open(t.Context(), "d/a")
	_, statErr := f.Stat(t.Context(), "d/a")
	_, _, localErr := f.Local(t.Context(), "d/a")
	for what, err := range map[string]error{
		"put": f.Put(t.Context(), "d/b", []byte("x")), "open": openErr, "stat": statErr, "local": localErr,
		"list": f.List(t.Context(), "d/", func(string, int64) error { return nil }), "probe": f.Probe(t.Context()),
	} {
		if !errors.Is(err, ErrUnavailable) || errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := os.Stat(f.root); err == nil {
		t.Error("the folder was made again, perhaps below a mount that is gone")
	}
	if err := os.Rename(away, f.root); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(t.Context(), "d/b", []byte("x")); err != nil {
		t.Errorf("after the outage: %v", err)
	}
}

func TestFoldersThatSomebodyRemovedAreMadeAgain(t *testing.T) {
	f, _ := scripted(t)
	f.disk = realDisk{}
	for i := range 3 {
		if err := f.Put(t.Context(), fmt.Sprintf("data/t/%d", i), []byte("x")); err != nil {
			t.Fatal(err)
		}
		for _, dir := range []string{"data", tempName} {
			if err := os.RemoveAll(f.path(dir)); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestAnObjectWhereAFolderMustBe(t *testing.T) {
	f, _ := scripted(t)
	f.disk = realDisk{}
	if err := f.Put(t.Context(), "a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(t.Context(), "a/b", []byte("x")); !errors.Is(err, ErrName) || errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
}

func TestOpenRemovesWhatACrashLeftAndNothingElse(t *testing.T) {
	f, _ := scripted(t)
	f.disk = realDisk{}
	if err := f.Put(t.Context(), "d/a", []byte("x")); err != nil {
		t.Fatal(err)
	}
	abandoned := f.path(tempName + "/put-123")
	if err := os.WriteFile(abandoned, []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	running, err := f.writeTemp([]byte("another process at work"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openFolder(f.root, Config{Logger: f.log}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(abandoned); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the unfinished object is still there: %v", err)
	}
	if _, err := os.Stat(running.path); err != nil {
		t.Errorf("an object in the making was removed: %v", err)
	}
	if size, err := f.Stat(t.Context(), "d/a"); size != 1 || err != nil {
		t.Errorf("%d, %v", size, err)
	}
	if err := running.remove(); err != nil {
		t.Error(err)
	}
}

func TestOpenMakesNoNewLakeWhereOneIsExpected(t *testing.T) {
	root := filepath.Join(t.TempDir(), "lake")
	for range 2 {
		if _, err := Open(t.Context(), "file://"+root, Config{Expected: true}); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), root) {
			t.Fatalf("a missing folder: %v", err)
		}
	}
	for _, expected := range []bool{false, true} {
		if _, err := Open(t.Context(), root, Config{Expected: expected}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOpenOnAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openFolder(path, Config{}); err == nil {
		t.Error("a file was taken for a folder")
	}
}

// Where renaming without replacing is missing, links do it.
func TestLinksPublishToo(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	for i := range 2 {
		if err := os.WriteFile(from, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		err := publishByLink(from, to)
		if i == 0 && err != nil || i == 1 && !errors.Is(err, fs.ErrExist) {
			t.Error(err)
		}
	}
}

func TestRealOutageOfPermission(t *testing.T) {
	if unix.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	f, _ := scripted(t)
	f.disk = realDisk{}
	if err := os.Chmod(f.path(tempName), 0o500); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(t.Context(), "a", nil); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	if err := f.Probe(t.Context()); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	if err := os.Chmod(f.path(tempName), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(t.Context(), "a", nil); err != nil {
		t.Error(err)
	}
}

func BenchmarkFolderPut(b *testing.B) {
	f, err := openFolder(b.TempDir(), Config{})
	if err != nil {
		b.Fatal(err)
	}
	body := make([]byte, 256<<10)
	b.SetBytes(int64(len(body)))
	for i := range b.N {
		if err := f.Put(b.Context(), fmt.Sprintf("data/t/%d", i), body); err != nil {
			b.Fatal(err)
		}
	}
}
