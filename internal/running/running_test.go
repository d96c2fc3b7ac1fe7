package running

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock/penstock/internal/event"
)

// TestMain makes the test binary a pipeline's process when it is started as one.
func TestMain(m *testing.M) {
	if dir := os.Getenv("RUNNING_TEST_HOLD"); dir != "" {
		hold(dir)
	}
	os.Exit(m.Run())
}

// hold locks and announces dir, says so, and waits to be killed.
func hold(dir string) {
	release, err := Lock(dir)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer release() // never: it keeps the lock's file from being collected
	if _, err := Announce(Info{PID: os.Getpid(), DataDir: dir, PipelineDir: "p", Streams: []string{"orders"}}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ready")
	time.Sleep(time.Hour) // a select of nothing would count as a deadlock
}

// alone gives the test an index of its own.
func alone(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
}

// start makes dir a running pipeline's.
func start(t *testing.T, dir string) (stop func()) {
	t.Helper()
	release, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	forget, err := Announce(Info{PID: os.Getpid(), DataDir: dir, PipelineDir: "examples/orders", Streams: []string{"orders"}, Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	return func() { forget(); release() }
}

func TestFindReturnsWhatWasAnnounced(t *testing.T) {
	alone(t)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	release, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	want := Info{
		PID: os.Getpid(), DataDir: dir, PipelineDir: "/p", KinesisURL: "http://127.0.0.1:4567",
		HTTPURL: "http://127.0.0.1:8080", Token: "t", Streams: []string{"orders"}, Started: time.Unix(1_800_000_000, 0).UTC(),
	}
	if _, err := Find(dir); !errors.Is(err, ErrStarting) {
		t.Errorf("before it announces itself: %v", err)
	}
	forget, err := Announce(want)
	if err != nil {
		t.Fatal(err)
	}
	for _, by := range []string{"", dir, filepath.Join(dir, ".")} {
		if got, err := Find(by); err != nil || !cmp.Equal(got, want) {
			t.Errorf("Find(%q): %v, %s", by, err, cmp.Diff(want, got))
		}
	}
	if mode := must(os.Stat(filepath.Join(dir, infoName))).Mode().Perm(); mode != 0o600 {
		t.Errorf("run.json, which holds the token, has mode %o", mode)
	}
	forget()
	if _, err := Find(""); !errors.Is(err, ErrNone) {
		t.Errorf("after it was forgotten: %v", err)
	}
}

func must(info os.FileInfo, err error) os.FileInfo {
	if err != nil {
		panic(err)
	}
	return info
}

func TestErrorsSayWhatToDo(t *testing.T) {
	alone(t)
	_, err := Find("")
	wantError(t, err, ErrNone, "not_running", "no pipeline is running on this machine\n  start one with `penstock up -c examples/orders`")
	missing := filepath.Join(t.TempDir(), "missing")
	_, err = Find(missing)
	wantError(t, err, ErrNone, "not_running", "no pipeline is running on the data folder "+missing)

	a, b := t.TempDir(), t.TempDir()
	defer start(t, a)()
	defer start(t, b)()
	_, err = Find("")
	wantError(t, err, ErrSeveral, "several_running", "choose one with --data:\n    "+min(a, b))
	if info, err := Find(a); err != nil || info.DataDir != a {
		t.Errorf("with --data: %+v, %v", info, err)
	}
	_, err = Lock(a)
	wantError(t, err, ErrLocked, "data_in_use", fmt.Sprintf("the data folder %s is in use by process %d\n  stop that one", a, os.Getpid()))
}

func wantError(t *testing.T, err, mark error, code, words string) {
	t.Helper()
	var ours *event.Error
	if !errors.Is(err, mark) || !errors.As(err, &ours) || ours.Code != code || !strings.Contains(err.Error(), words) {
		t.Errorf("got %v\nwant %q with %q", err, code, words)
	}
}

// Two processes would write to one log.
func TestALockOutlivesItsFile(t *testing.T) {
	dir := t.TempDir()
	release, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, lockName)); err != nil {
		t.Fatal(err)
	}
	_, err = Lock(dir)
	wantError(t, err, ErrLocked, "data_in_use", "in use by another process")
	release()
	release, err = Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	alone(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Lock(file)
	wantError(t, err, ErrFolder, "data_folder", "cannot be used")
	_, err = Lock(filepath.Join(file, "below"))
	wantError(t, err, ErrFolder, "data_folder", "cannot be used")

	if os.Getuid() == 0 {
		t.Skip("nothing is read-only to root")
	}
	locked := t.TempDir()
	if err := os.Chmod(locked, 0o500); err != nil {
		t.Fatal(err)
	}
	_, err = Lock(locked)
	wantError(t, err, ErrFolder, "data_folder", "permission denied")
}

func TestAKilledPipelineIsGoneAndItsFolderFree(t *testing.T) {
	alone(t)
	dir := t.TempDir()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), "RUNNING_TEST_HOLD="+dir)
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	word := make([]byte, 5)
	if _, err := out.Read(word); err != nil || string(word) != "ready" {
		t.Fatalf("%s, %v", word, err)
	}
	info, err := Find("")
	if err != nil || info.PID != command.Process.Pid {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err := Lock(dir); !errors.Is(err, ErrLocked) {
		t.Errorf("locked twice: %v", err)
	}
	if err := command.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	if _, err := Find(""); !errors.Is(err, ErrNone) {
		t.Errorf("after kill -9: %v", err)
	}
	// The next one has the lock, but what run.json says is still the dead one's.
	release, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := Find(dir); !errors.Is(err, ErrStarting) {
		t.Errorf("while the next one starts: %v", err)
	}
}

// indexed are the data folders in the index, read without the package's own reader, which strikes some.
func indexed(t *testing.T) []string {
	t.Helper()
	var dirs []string
	for _, index := range indexes() {
		paths, err := filepath.Glob(filepath.Join(index, "[0-9a-f]*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dirs = append(dirs, strings.TrimSpace(string(content)))
		}
	}
	return dirs
}

func TestTheIndexForgetsPipelinesThatWereKilled(t *testing.T) {
	alone(t)
	running, killed, deleted := t.TempDir(), t.TempDir(), t.TempDir()
	defer start(t, running)()
	for _, dir := range []string{killed, deleted} {
		release, err := Lock(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := enlist(dir); err != nil {
			t.Fatal(err)
		}
		release() // as the kernel does for a process that is killed
	}
	if err := os.RemoveAll(deleted); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(indexes()[0], newPrefix+"1")
	young := filepath.Join(indexes()[0], newPrefix+"2")
	for _, path := range []string{left, young} {
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(left, time.Time{}, time.Now().Add(-2*leftAfter)); err != nil {
		t.Fatal(err)
	}
	if info, err := Find(""); err != nil || info.DataDir != running {
		t.Errorf("%+v, %v", info, err)
	}
	if got := indexed(t); !cmp.Equal(got, []string{running}) {
		t.Errorf("the index has %v, and %s alone is running", got, running)
	}
	if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
		t.Error("a file that was never finished is still there")
	}
	if _, err := os.Stat(young); err != nil {
		t.Errorf("a file that is being written is gone: %v", err)
	}
}

// People delete the lock file of a pipeline that runs; what makes a new one finds the folder locked.
func TestTheIndexKeepsAPipelineWhoseLockFileIsNew(t *testing.T) {
	alone(t)
	dir := t.TempDir()
	defer start(t, dir)()
	if err := os.Remove(filepath.Join(dir, lockName)); err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(dir); !errors.Is(err, ErrLocked) {
		t.Fatalf("locked twice: %v", err)
	}
	_, _ = Find("")
	if got := indexed(t); !cmp.Equal(got, []string{dir}) {
		t.Errorf("the index has %v", got)
	}
}

// A pipeline that enlists itself while others look is never struck.
func TestLooksStrikeNoPipelineThatStarts(t *testing.T) {
	alone(t)
	dir := t.TempDir()
	start(t, dir)()
	stop := make(chan struct{})
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		for {
			select {
			case <-stop:
				return
			default:
				listed()
			}
		}
	}()
	for range 100 {
		end := start(t, dir)
		if got := indexed(t); !cmp.Equal(got, []string{dir}) {
			t.Fatalf("the index has %v", got)
		}
		end()
		if _, err := enlist(dir); err != nil { // as if it had been killed
			t.Fatal(err)
		}
	}
	close(stop)
	<-looked
}

// In a container a pipeline has the process id of the one that was killed before it.
func TestWhatAPipelineOfTheSameProcessIDLeftIsNotTrusted(t *testing.T) {
	alone(t)
	dir := t.TempDir()
	defer start(t, dir)()
	left, err := os.ReadFile(filepath.Join(dir, infoName))
	if err != nil {
		t.Fatal(err)
	}
	// This is how a folder looks after a kill: the lock is given up, the description still there.
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, infoName), left, 0o600); err != nil {
		t.Fatal(err)
	}
	release, err := Lock(other)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if _, err := Find(other); !errors.Is(err, ErrStarting) {
		t.Errorf("a pipeline that is starting is found as %v", err)
	}
}

func TestLooksDoNotDisturbALock(t *testing.T) {
	alone(t)
	dir := t.TempDir()
	start(t, dir)()
	stop := make(chan struct{})
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		for {
			select {
			case <-stop:
				return
			default:
				_, _ = locked(dir)
			}
		}
	}()
	for range 200 {
		release, err := Lock(dir)
		if err != nil {
			t.Fatal(err)
		}
		release()
	}
	close(stop)
	<-looked
}

func TestAnIndexOfOthersIsNotTrusted(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	t.Setenv("TMPDIR", t.TempDir())
	dir := t.TempDir()
	index := indexes()[0]
	if err := os.MkdirAll(index, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(index, 0o777); err != nil {
		t.Fatal(err)
	}
	defer start(t, dir)()
	if _, err := Find(""); !errors.Is(err, ErrNone) {
		t.Errorf("found through a folder that anybody may write: %v", err)
	}
	if _, err := Find(dir); err != nil {
		t.Errorf("by its folder: %v", err)
	}
	if err := os.Chmod(index, 0o700); err != nil {
		t.Fatal(err)
	}
	defer start(t, t.TempDir())()
	if _, err := Find(""); err != nil {
		t.Errorf("without a home: %v", err)
	}
}
