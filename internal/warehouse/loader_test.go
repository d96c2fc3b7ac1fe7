package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pass lets time go by in a bubble, and what is due at the very end of it be done.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// fakeCommits is a shard's catalog.
type fakeCommits struct {
	mu      sync.Mutex
	commits []catalog.Commit
	changed chan struct{}
}

func newFakeCommits() *fakeCommits { return &fakeCommits{changed: make(chan struct{})} }

func (f *fakeCommits) add(c catalog.Commit) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.commits = append(f.commits, c)
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *fakeCommits) CommitsAfter(_ context.Context, number uint64, fn func(catalog.Commit) error) error {
	f.mu.Lock()
	commits := append([]catalog.Commit(nil), f.commits...)
	f.mu.Unlock()
	for _, c := range commits {
		if c.Number > number {
			if err := fn(c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *fakeCommits) Changed() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.changed
}

// fakeLake has the files of its map; outage makes it fail.
type fakeLake struct {
	mu     sync.Mutex
	gone   map[string]bool
	outage error
	open   int
}

func (f *fakeLake) Local(_ context.Context, name string) (string, func(), error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.outage != nil:
		return "", nil, f.outage
	case f.gone[name]:
		return "", nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	f.open++
	return "/" + name, func() { f.mu.Lock(); defer f.mu.Unlock(); f.open-- }, nil
}

func (f *fakeLake) Probe(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.outage
}

func (f *fakeLake) set(fn func(*fakeLake)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fn(f)
}

// fakeTarget keeps what was loaded, by file name.
type fakeTarget struct {
	mu       sync.Mutex
	marks    map[int]Watermark
	files    map[string]FileLoad
	batches  []int
	fail     func(Batch) error
	refuse   map[string]Refusal
	prepared int
}

func newFakeTarget() *fakeTarget {
	return &fakeTarget{marks: map[int]Watermark{}, files: map[string]FileLoad{}, refuse: map[string]Refusal{}}
}

func (f *fakeTarget) Prepare(context.Context, []*contract.Table) error { f.prepared++; return nil }

func (f *fakeTarget) Load(_ context.Context, b Batch) (Result, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		if err := f.fail(b); err != nil {
			return Result{}, err
		}
	}
	var result Result
	for _, c := range b.Commits {
		for _, l := range c.Loads {
			if r, ok := f.refuse[l.Name]; ok && l.Status == StatusLoaded && len(l.Refused) == 0 {
				result.Refusals = append(result.Refusals, r)
			}
		}
	}
	if len(result.Refusals) > 0 {
		return result, nil
	}
	f.batches = append(f.batches, len(b.Commits))
	for _, c := range b.Commits {
		rows := int64(0)
		for _, l := range c.Loads {
			f.files[l.Name] = l
			rows += l.Rows
		}
		if !c.Again {
			f.marks[c.Shard] = Watermark{Shard: c.Shard, Number: c.Number, Position: c.Position}
		}
		result.Shards = append(result.Shards, ShardResult{Shard: c.Shard, Through: c.Position, Files: len(c.Loads), Rows: rows})
	}
	return result, nil
}

func (f *fakeTarget) Watermarks(context.Context) (marks []Watermark, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.marks {
		marks = append(marks, m)
	}
	return marks, nil
}

func (f *fakeTarget) Unloaded(context.Context) (files []UnloadedFile, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.files {
		if l.Status != StatusLoaded {
			files = append(files, UnloadedFile{Name: l.Name, Shard: 0, Number: l.First, Status: l.Status})
		}
	}
	slices.SortFunc(files, func(a, b UnloadedFile) int { return strings.Compare(a.Name, b.Name) })
	return files, nil
}

func (f *fakeTarget) status(name string) Status {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.files[name].Status
}

type fakeShapes struct{}

func (fakeShapes) Shape(_ context.Context, _ int, version, table string) (*contract.Table, error) {
	return &contract.Table{Name: table, Key: "k-" + version}, nil
}

type fakeRaw struct{}

func (fakeRaw) Raw(_ context.Context, _ int, sequences []uint64) (records []event.Record, err error) {
	for _, s := range sequences {
		records = append(records, event.Record{Sequence: s, PartitionKey: "p", Data: []byte("raw")})
	}
	return records, nil
}

// bench is a loader of two shards over fakes.
type bench struct {
	t       *testing.T
	commits []*fakeCommits
	lake    *fakeLake
	target  *fakeTarget
	facts   chan event.Fact
	cfg     Config
	number  uint64
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, lake: &fakeLake{gone: map[string]bool{}}, target: newFakeTarget(), facts: make(chan event.Fact, 10_000)}
	for i := range 2 {
		b.commits = append(b.commits, newFakeCommits())
		b.cfg.Shards = append(b.cfg.Shards, Shard{event.Shard{Stream: "s", Index: i, Created: 1}, b.commits[i]})
	}
	b.cfg.Listener = func(f event.Fact) { b.facts <- f }
	return b
}

// run starts the loader; the returned function stops it.
func (b *bench) run() (stop func()) {
	l, err := New(b.cfg, Deps{b.target, b.lake, fakeShapes{}, fakeRaw{}})
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan error)
	go func() { done <- l.Run(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
		if b.lake.open != 0 {
			b.t.Errorf("%d local files were not released", b.lake.open)
		}
	}
}

func (b *bench) add(shard int, names ...string) catalog.Commit {
	b.number++
	c := catalog.Commit{Number: b.number, Kind: catalog.CommitRange, Shard: shard, First: b.number, Last: b.number, Position: b.number, Version: "v", Format: "csv.gz", CommittedAt: int64(b.number)}
	for _, n := range names {
		c.Files = append(c.Files, catalog.File{Table: "t", Name: n, Rows: 100, Bytes: 1000, First: b.number})
	}
	b.commits[shard].add(c)
	return c
}

func (b *bench) statuses(names ...string) (s []Status) {
	for _, n := range names {
		s = append(s, b.target.status(n))
	}
	return s
}

func (b *bench) expect(what string, got, want any) {
	b.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

func TestLoaderTakesWhatIsWaitingInOneTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		for i := range 10 {
			b.add(i%2, fmt.Sprint("f", i))
		}
		stop := b.run()
		defer stop()
		synctest.Wait()
		b.expect("transactions", b.target.batches, []int{10})
		b.expect("key", b.target.files["f3"].Key, "k-v")
		b.add(1, "later")
		synctest.Wait()
		b.expect("transactions", b.target.batches, []int{10, 1})
		b.expect("facts", len(b.facts), 11)
	})
}

func TestLoaderKeepsToItsLimitsAndGoesOnBehindTheWatermark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.cfg.MaxRows = 300
		for i := range 1000 {
			b.add(i%2, fmt.Sprint("f", i))
		}
		b.add(0) // only drops
		b.target.marks[0] = Watermark{Shard: 0, Number: 501}
		b.target.marks[1] = Watermark{Shard: 1, Number: 500}
		stop := b.run()
		defer stop()
		synctest.Wait()
		b.expect("files", len(b.target.files), 1000-501)
		for _, n := range b.target.batches {
			if n > 4 {
				t.Fatalf("a transaction of %d commits", n)
			}
		}
		b.expect("watermark", b.target.marks[0].Number, 1001)
	})
}

func TestOutageIsWaitedOut(t *testing.T) {
	for name, break_ := range map[string]func(*bench, error){
		"lake": func(b *bench, err error) { b.lake.set(func(l *fakeLake) { l.outage = err }) },
		"warehouse": func(b *bench, err error) {
			b.target.mu.Lock()
			defer b.target.mu.Unlock()
			b.target.fail = func(Batch) error { return err }
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t)
				b.add(0, "a")
				break_(b, fmt.Errorf("%w: away", ErrUnavailable))
				stop := b.run()
				defer stop()
				pass(10 * time.Minute)
				b.add(1, "b")
				if n := len(b.facts); n < 100 || n > 200 {
					t.Fatalf("%d attempts in ten minutes", n)
				}
				b.expect("files", len(b.target.files), 0)
				break_(b, nil)
				pass(6 * time.Second)
				b.expect("files", b.statuses("a", "b"), "[loaded loaded]")
			})
		})
	}
}

func TestMissingFileIsRecordedAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.lake.gone["a"] = true
		b.add(0, "a", "a2")
		b.add(0, "b")
		stop := b.run()
		defer stop()
		synctest.Wait()
		b.expect("statuses", b.statuses("a", "a2", "b"), "[missing loaded loaded]")
		pass(90 * time.Second)
		b.expect("still", b.statuses("a"), "[missing]")
		b.lake.set(func(l *fakeLake) { delete(l.gone, "a") })
		pass(time.Minute)
		b.expect("again", b.statuses("a"), "[loaded]")
		b.expect("watermark", b.target.marks[0].Number, 2)
	})
}

func TestRefusedRowsAreSentWithTheirEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.target.refuse["a"] = Refusal{Name: "a", Status: StatusLoaded, Rows: []RefusedRow{{Sequence: event.Shard{Created: 1}.SequenceNumber(7, 0)}, {Sequence: "odd", Row: "{}"}}}
		b.target.refuse["b"] = Refusal{Name: "b", Status: StatusDamaged, Detail: "torn"}
		b.add(0, "a")
		b.add(0, "b")
		b.add(0, "c")
		stop := b.run()
		defer stop()
		synctest.Wait()
		b.expect("statuses", b.statuses("a", "b", "c"), "[loaded damaged loaded]")
		a := b.target.files["a"]
		b.expect("events", fmt.Sprintf("%s %s %s", a.Refused[0].Raw, a.Refused[0].PartitionKey, a.Refused[1].Raw), "raw p ")
		b.expect("detail", b.target.files["b"].Detail, "torn")
	})
}

// A commit that fails for no known reason is found, given up, and holds up nothing behind it.
func TestUnexplainedFailureHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.target.fail = func(batch Batch) error {
			for _, c := range batch.Commits {
				for _, l := range c.Loads {
					if l.Name == "f13" && l.Status == StatusLoaded {
						return errors.New("no idea")
					}
				}
			}
			return nil
		}
		for i := range 40 {
			b.add(i%2, fmt.Sprint("f", i))
		}
		stop := b.run()
		defer stop()
		pass(10 * time.Second)
		b.expect("statuses", b.statuses("f12", "f13", "f14", "f39"), "[loaded damaged loaded loaded]")
		b.expect("watermarks", []uint64{b.target.marks[0].Number, b.target.marks[1].Number}, "[39 40]")
	})
}

func TestReplacedWarehouseIsFilledFromItsWatermarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.add(0, "a")
		stop := b.run()
		defer stop()
		synctest.Wait()
		b.target.mu.Lock()
		clear(b.target.files)
		clear(b.target.marks)
		b.target.fail = func(batch Batch) error {
			if batch.Commits[0].Number != b.target.marks[0].Number+1 {
				return fmt.Errorf("%w: a gap", ErrRewind)
			}
			return nil
		}
		b.target.mu.Unlock()
		b.add(0, "b")
		pass(time.Second)
		b.expect("statuses", b.statuses("a", "b"), "[loaded loaded]")
	})
}

func TestConfigReportsEveryFault(t *testing.T) {
	err := Config{MaxRows: -1, LastPause: -1}.Validate()
	want := "Shards is empty\nMaxRows, MaxBytes, MaxFiles and MaxWide must be positive\nRetryEvery, FirstPause and LastPause must be positive, and LastPause not below FirstPause"
	if err == nil || err.Error() != want {
		t.Fatal(err)
	}
}
