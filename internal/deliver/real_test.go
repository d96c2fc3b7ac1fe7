package deliver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/deliver"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/lake"
	"github.com/penstock/penstock/internal/stream"
)

// These tests run a worker in a process of its own, on the real log, journal and lake folder, and
// kill it with SIGKILL.

const (
	realFolder = "DELIVER_TEST_FOLDER" // set in the process: the data folder
	realPoison = "DELIVER_TEST_POISON" // number of the event that kills the process
	// realRunning is what the process says when its worker starts, followed by the position.
	realRunning = "running from"
)

// real is the parts of a process on a folder.
type real struct {
	dir     string
	log     *stream.Log
	lake    lake.Lake
	catalog *catalog.Shard
}

func openReal(ctx context.Context, dir string) (*real, error) {
	log, err := stream.Open(ctx, stream.Config{Dir: filepath.Join(dir, "log"), DiskReserve: 1 << 20})
	if err != nil {
		return nil, err
	}
	r := &real{dir: dir, log: log}
	err = log.CreateStream(ctx, stream.Info{Name: shard.Stream, Created: shard.Created, Shards: shard.Index + 1, Retention: 24 * time.Hour})
	if err != nil && !errors.Is(err, event.ErrExists) {
		return nil, errors.Join(err, log.Close())
	}
	journal, err := log.Journal(ctx, "delivery-2")
	if err == nil {
		r.lake, err = lake.Open(ctx, filepath.Join(dir, "lake"), lake.Config{})
	}
	if err == nil {
		r.catalog, err = catalog.Open(ctx, catalog.Config{Stream: shard.Stream, Shard: shard.Index, SegmentEntries: 20}, journal, lakeArchive{r.lake})
	}
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return r, nil
}

// lakeArchive is the lake as the catalog's archive.
type lakeArchive struct{ lake.Lake }

func (a lakeArchive) Get(ctx context.Context, name string) ([]byte, error) {
	file, err := a.Open(ctx, name)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(file)
	return body, errors.Join(err, file.Close())
}

// realSource is a shard of the real log.
type realSource struct{ log *stream.Log }

func (s realSource) Bounds() (uint64, uint64, error) { return s.log.Bounds(shard.Stream, shard.Index) }
func (s realSource) Missing(seq uint64) (uint64, bool) {
	last, missing, err := s.log.Missing(shard.Stream, shard.Index, seq)
	return last, missing && err == nil
}
func (s realSource) Tail(ctx context.Context, from uint64) (deliver.Tail, error) {
	return s.log.Tail(ctx, shard.Stream, shard.Index, from)
}

func realName(f deliver.NewFile) string {
	return lake.DataName(f.Table, shard.Stream, f.Shard, f.Oldest, f.First, f.Last, f.Generation, f.Extension)
}

func (r *real) worker(set *contract.Set, cfg deliver.Config, listener event.Listener) (*deliver.Worker, error) {
	cfg.Shard = shard
	return deliver.New(cfg, deliver.Deps{
		Source: realSource{r.log}, Catalog: r.catalog, Lake: r.lake, Contracts: set, Name: realName,
		Differs:  func(err error) bool { return errors.Is(err, lake.ErrDiffers) },
		Attempts: deliver.NewFileAttempts(filepath.Join(r.dir, "attempt")),
		Listener: listener,
	})
}

// realProcess is the killed process: it delivers everything in the log and ends.
func realProcess(dir string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := openReal(ctx, dir)
	if err != nil {
		return err
	}
	_, last, err := r.log.Bounds(shard.Stream, shard.Index)
	if err != nil {
		return err
	}
	set, err := contract.Compile([]contract.Source{{Name: "1.yaml", Text: []byte(numbersYAML)}, {Name: "2.yaml", Text: []byte(wordsYAML)}})
	if err != nil {
		return err
	}
	cfg := deliver.Config{
		BufferSize: 20_000, MaxBuffer: 40_000, BufferInterval: 20 * time.Millisecond,
		Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	worker, err := r.worker(set, cfg, func(f event.Fact) {
		if c, ok := f.(event.Committed); ok && c.Last >= last {
			cancel()
		}
	})
	if err != nil {
		return err
	}
	if poison := os.Getenv(realPoison); poison != "" {
		worker.WrapProcessors(func(p deliver.ContractProcessor) deliver.ContractProcessor {
			return killer{p, []byte(`{"n":` + poison + `,`)}
		})
	}
	fmt.Println(realRunning, r.catalog.Position())
	if r.catalog.Position() < last {
		err = worker.Run(ctx)
	}
	return errors.Join(err, r.log.Close())
}

// killer kills the process when it meets its event.
type killer struct {
	deliver.ContractProcessor
	prefix []byte
}

func (k killer) Process(data []byte) contract.Outcome {
	if bytes.HasPrefix(data, k.prefix) {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return k.ContractProcessor.Process(data)
}

// prepareReal makes a data folder with events 1 to last in its log.
func prepareReal(t *testing.T, last uint64) string {
	t.Helper()
	dir := t.TempDir()
	r, err := openReal(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer closeReal(t, r)
	for first := uint64(1); first <= last; first += 100 {
		var puts []stream.Put
		for n := first; n < first+100 && n <= last; n++ {
			puts = append(puts, stream.Put{PartitionKey: fmt.Sprintf("key-%d", n), Data: eventNumber(n)})
		}
		if _, err := r.log.Append(t.Context(), shard.Stream, shard.Index, puts); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func closeReal(t *testing.T, r *real) {
	t.Helper()
	if err := r.log.Close(); err != nil {
		t.Error(err)
	}
}

// spawn runs the process and kills it the given time after its worker has started, if that is not
// 0. It says whether it was killed, where the worker started, and what it wrote to its log.
func spawn(t *testing.T, dir, poison string, killAfter time.Duration) (killed bool, from uint64, output string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), realFolder+"="+dir, realPoison+"="+poison)
	var logged bytes.Buffer
	cmd.Stderr = &logged
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscanf(stdout, realRunning+" %d\n", &from); err != nil {
		t.Errorf("the process did not get to run: %v", err)
	}
	if killAfter > 0 {
		timer := time.AfterFunc(killAfter, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
	}
	err = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return true, from, logged.String()
	}
	if err != nil {
		t.Fatalf("the process failed: %v\n%s", err, logged.String())
	}
	return false, from, logged.String()
}

func checkReal(t *testing.T, dir string, last uint64, crashed ...uint64) {
	t.Helper()
	r, err := openReal(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer closeReal(t, r)
	file := func(name string) []byte {
		body, err := lakeArchive{r.lake}.Get(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	checkEverything(t, commitsOf(t, r.catalog), file, last, crashed...)
}

// Kills from outside lose nothing, repeat nothing, and condemn no event.
func TestE5RealProcessKilledAtRandom(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	const last = 30_000
	dir := prepareReal(t, last)
	kills, between := 0, 0
	for killed := true; killed; kills++ {
		wait := time.Duration(1+rand.IntN(300)) * time.Millisecond
		if kills == 15 {
			wait = 0 // a slow machine would otherwise never get done
		}
		var from uint64
		if killed, from, _ = spawn(t, dir, "", wait); from > 0 && from < last {
			between++
		}
	}
	t.Logf("%d lives, of which %d began in the middle", kills, between)
	if between == 0 {
		t.Error("no life began in the middle; the kills came too early or too late")
	}
	checkReal(t, dir, last)
}

func TestE5RealProcessKilledByAnEvent(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	const last, poison = 3000, 1501
	if place(poison) != "numbers" {
		t.Fatal("choose an event of numbers")
	}
	dir := prepareReal(t, last)
	deaths := 0
	for ; ; deaths++ {
		killed, _, output := spawn(t, dir, fmt.Sprint(poison), 0)
		if !killed {
			if !strings.Contains(output, "killed the process twice") {
				t.Errorf("after %d deaths, it says: %s", deaths, output)
			}
			break
		}
		if deaths > 10 {
			t.Fatalf("it dies again and again: %s", output)
		}
	}
	if deaths != 4 {
		t.Errorf("%d deaths, want 4", deaths)
	}
	checkReal(t, dir, last, poison)
}
