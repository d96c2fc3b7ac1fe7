package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/catalog/catalogtest"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/deliver"
	"github.com/penstock/penstock/internal/event"
)

// Two contracts: events with "n" become rows of numbers, unless they are a test; events with "word"
// become rows of words.
const (
	numbersYAML = `
table: numbers
match: has(event.n)
drop: has(event.test)
columns:
  - {name: n, type: bigint, required: true, minimum: 1}
  - {name: note, type: varchar}
`
	wordsYAML = `
table: words
match: has(event.word)
columns:
  - {name: word, type: varchar, required: true}
  - {name: n, type: bigint, from: number, required: true}
`
)

func compile(t testing.TB, texts ...string) *contract.Set {
	t.Helper()
	var sources []contract.Source
	for i, text := range texts {
		sources = append(sources, contract.Source{Name: fmt.Sprintf("contracts/%d.yaml", i), Text: []byte(text)})
	}
	set, err := contract.Compile(sources)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// eventNumber makes event n; what it is depends on n. place says where it belongs.
func eventNumber(n uint64) []byte {
	switch place(n) {
	case "words":
		return fmt.Appendf(nil, `{"word":"w%d","number":%d}`, n, n)
	case "dropped":
		return fmt.Appendf(nil, `{"n":%d,"test":true}`, n)
	case "quarantine":
		if n%2 == 0 {
			return fmt.Appendf(nil, `{"n":"number %d"}`, n)
		}
		return fmt.Appendf(nil, `{"n":%d,`, n)
	}
	return fmt.Appendf(nil, `{"n":%d,"note":"a, \"b\" %d"}`, n, n)
}

func place(n uint64) string {
	switch {
	case n%11 == 3:
		return "words"
	case n%13 == 5:
		return "dropped"
	case n%17 == 7 || n%29 == 0:
		return "quarantine"
	}
	return "numbers"
}

func events(first, last uint64) [][]byte {
	var all [][]byte
	for n := first; n <= last; n++ {
		all = append(all, eventNumber(n))
	}
	return all
}

var shard = event.Shard{Stream: "events", Index: 2, Created: 1_700_000_000}

// world is what survives a process.
type world struct {
	log      *memoryLog
	lake     *memoryLake
	journal  *catalogtest.Journal
	archive  *catalogtest.Archive
	attempts *deliver.FileAttempts
	set      *contract.Set
}

func newWorld(t testing.TB) *world {
	return &world{
		log: newMemoryLog(), lake: newMemoryLake(),
		journal: catalogtest.NewJournal(), archive: catalogtest.NewArchive(),
		attempts: deliver.NewFileAttempts(filepath.Join(t.TempDir(), "attempt")),
		set:      compile(t, numbersYAML, wordsYAML),
	}
}

func (w *world) catalog(t testing.TB, crash *catalogtest.Crash) (*catalog.Shard, error) {
	return catalog.Open(t.Context(), catalog.Config{Stream: shard.Stream, Shard: shard.Index, SegmentEntries: 50},
		crash.Journal(w.journal), crash.Archive(w.archive))
}

func fileName(f deliver.NewFile) string {
	return fmt.Sprintf("%s/%d-%d-%d-%d%s.%s", f.Table, f.Shard, f.First, f.Last, f.Generation, f.Redrive, f.Extension)
}

// crashLake and crashAttempts are the lake and the attempts as one process sees them.
type crashLake struct {
	crash *catalogtest.Crash
	deliver.Lake
}

func (l crashLake) Put(ctx context.Context, name string, body []byte) error {
	return l.crash.Do("lake put", func() error { return l.Lake.Put(ctx, name, body) })
}

type crashAttempts struct {
	crash *catalogtest.Crash
	deliver.AttemptStore
}

func (a crashAttempts) Save(x deliver.Attempt) error {
	return a.crash.Do("attempt save", func() error { return a.AttemptStore.Save(x) })
}

func (a crashAttempts) Mark(s deliver.Span) error {
	return a.crash.Do("attempt mark", func() error { return a.AttemptStore.Mark(s) })
}

func (a crashAttempts) Unmark() error {
	return a.crash.Do("attempt unmark", a.AttemptStore.Unmark)
}

// crashResults are the results as one process sees them.
type crashResults struct {
	crash *catalogtest.Crash
	deliver.Results
}

func (r crashResults) Save(k deliver.Kept) error {
	return r.crash.Do("results save", func() error { return r.Results.Save(k) })
}

func (r crashResults) Remove() error { return r.crash.Do("results remove", r.Results.Remove) }

// life is one process.
type life struct {
	dieAt int  // step at which it dies; 0: never
	after bool // whether that step takes effect
	cfg   deliver.Config
	wrap  func(crash *catalogtest.Crash, p deliver.ContractProcessor) deliver.ContractProcessor
	facts func(event.Fact)
	// forgetful: nothing is noted down of what is being processed.
	forgetful bool
	// processor, if set, is in the place of the contracts; results are what survives of its answers.
	processor deliver.Processor
	results   deliver.Results
}

// live runs a worker until everything in the log is committed, or it dies or fails. It returns the
// steps it made and Run's error.
func (w *world) live(t testing.TB, l life) ([]string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	crash := catalogtest.NewCrash(l.dieAt, l.after, cancel)
	shards, err := w.catalog(t, crash)
	if err != nil {
		return crash.Steps(), err
	}
	deps := deliver.Deps{
		Source: w.log, Catalog: shards, Lake: crashLake{crash, w.lake}, Contracts: w.set,
		Name: fileName, Differs: taken, Attempts: crashAttempts{crash, w.attempts},
		Listener: func(f event.Fact) {
			if l.facts != nil {
				l.facts(f)
			}
			if c, ok := f.(event.Committed); ok && c.Last >= w.log.last() {
				cancel()
			}
		},
	}
	if l.forgetful {
		deps.Attempts = nil
	}
	if l.processor != nil {
		deps.Processor, deps.Results = l.processor, crashResults{crash, l.results}
	}
	worker := w.worker(t, l, deps)
	if l.wrap != nil {
		worker.WrapProcessors(func(p deliver.ContractProcessor) deliver.ContractProcessor { return l.wrap(crash, p) })
	}
	if shards.Position() < w.log.last() {
		err = worker.Run(ctx)
	}
	if ctx.Err() != nil && errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		t.Fatalf("the worker did not get done; position %d of %d", shards.Position(), w.log.last())
	}
	return crash.Steps(), err
}

func (w *world) worker(t testing.TB, l life, deps deliver.Deps) *deliver.Worker {
	t.Helper()
	cfg := l.cfg
	cfg.Shard = shard
	if cfg.BufferSize == 0 {
		cfg.BufferSize, cfg.MaxBuffer = 1000, 2000
	}
	if cfg.BufferInterval == 0 {
		cfg.BufferInterval = 20 * time.Millisecond
	}
	if cfg.ShutdownTimeout == 0 {
		cfg.ShutdownTimeout = time.Millisecond
	}
	cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	worker, err := deliver.New(cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	return worker
}

// factList collects facts from several goroutines.
type factList struct {
	mu  sync.Mutex
	all []event.Fact
}

func (l *factList) add(f event.Fact) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, f)
}

func (l *factList) list() []event.Fact {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]event.Fact(nil), l.all...)
}
