package deliver_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

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

// life is one process.
type life struct {
	dieAt int  // step at which it dies; 0: never
	after bool // whether that step takes effect
	cfg   deliver.Config
	wrap  func(crash *catalogtest.Crash, p deliver.Processor) deliver.Processor
	facts func(event.Fact)
}

// live runs a worker until everything in the log is committed, or it dies or fails. It returns the
// steps it made and Run's error.
func (w *world) live(t testing.TB, l life) ([]string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	crash := catalogtest.NewCrash(l.dieAt, l.after, cancel)
	shards, err := w.catalog(t, crash)
	if err != nil {
		return crash.Steps(), err
	}
	worker := w.worker(t, l, deliver.Deps{
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
	})
	if l.wrap != nil {
		worker.WrapProcessors(func(p deliver.Processor) deliver.Processor { return l.wrap(crash, p) })
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

// row is a row of a committed file.
type row struct {
	table string
	event.ParsedSequenceNumber
	fields map[string]string
}

// rows reads all files of the commits, checks them against what the commits say, and returns every
// row by the index of its record.
func (w *world) rows(t testing.TB, commits []catalog.Commit) map[uint64][]row {
	t.Helper()
	return rowsOf(t, commits, w.lake.get)
}

func rowsOf(t testing.TB, commits []catalog.Commit, file func(name string) []byte) map[uint64][]row {
	t.Helper()
	all := map[uint64][]row{}
	for _, c := range commits {
		for _, f := range c.Files {
			rows := readFile(t, f, file(f.Name))
			for _, r := range rows {
				all[r.Sequence] = append(all[r.Sequence], r)
			}
		}
	}
	return all
}

func readFile(t testing.TB, f catalog.File, body []byte) []row {
	t.Helper()
	if int64(len(body)) != f.Bytes {
		t.Fatalf("%s has %d bytes, committed as %d", f.Name, len(body), f.Bytes)
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(lines)-1) != f.Rows {
		t.Fatalf("%s has %d rows, committed as %d", f.Name, len(lines)-1, f.Rows)
	}
	var rows []row
	var before uint64
	for _, line := range lines[1:] {
		r := row{table: f.Table, fields: map[string]string{}}
		for i, name := range lines[0] {
			r.fields[name] = line[i]
		}
		if r.ParsedSequenceNumber, err = event.ParseSequenceNumber(r.fields["_sequence"]); err != nil {
			t.Fatal(err)
		}
		if r.Sequence <= before || r.Sequence < f.First || r.Sequence > f.Last {
			t.Fatalf("%s (records %d to %d): record %d after %d", f.Name, f.First, f.Last, r.Sequence, before)
		}
		before = r.Sequence
		rows = append(rows, r)
	}
	if rows[0].Sequence != f.First || before != f.Last {
		t.Fatalf("%s holds records %d to %d, committed as %d to %d", f.Name, rows[0].Sequence, before, f.First, f.Last)
	}
	if got, want := arrival(t, rows[0]), f.FirstArrived; got != want {
		t.Fatalf("the first record of %s arrived at %d, committed as %d", f.Name, got, want)
	}
	if got, want := arrival(t, rows[len(rows)-1]), f.LastArrived; got != want {
		t.Fatalf("the last record of %s arrived at %d, committed as %d", f.Name, got, want)
	}
	return rows
}

func arrival(t testing.TB, r row) int64 {
	t.Helper()
	arrived, err := time.Parse("2006-01-02T15:04:05.999999999Z07:00", r.fields["_arrived_at"])
	if err != nil {
		t.Fatal(err)
	}
	return arrived.UnixMilli()
}

func (w *world) commits(t testing.TB) []catalog.Commit {
	t.Helper()
	s, err := w.catalog(t, catalogtest.NewCrash(0, false, nil))
	if err != nil {
		t.Fatal(err)
	}
	return commitsOf(t, s)
}

func commitsOf(t testing.TB, s *catalog.Shard) []catalog.Commit {
	t.Helper()
	var all []catalog.Commit
	if err := s.CommitsAfter(t.Context(), 0, func(c catalog.Commit) error {
		all = append(all, c)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// wantEverything is checkEverything for this world.
func (w *world) wantEverything(t testing.TB, crashed ...uint64) {
	t.Helper()
	checkEverything(t, w.commits(t), w.lake.get, w.log.last(), crashed...)
}

// checkEverything checks promises E2 to E4: every event up to last is in exactly one committed file,
// the right one, or is counted as dropped; ranges follow each other. crashed are events that must be
// in the quarantine although nothing is wrong with their text.
func checkEverything(t testing.TB, commits []catalog.Commit, file func(string) []byte, last uint64, crashed ...uint64) {
	t.Helper()
	var position uint64
	for _, c := range commits {
		if c.First != position+1 {
			t.Fatalf("after record %d comes a commit of %d to %d", position, c.First, c.Last)
		}
		position = c.Last
		var want int64
		for n := c.First; n <= c.Last; n++ {
			if place(n) == "dropped" {
				want++
			}
		}
		if c.Dropped["numbers"] != want || want == 0 && len(c.Dropped) != 0 {
			t.Fatalf("of %d to %d, %v are dropped, want %d", c.First, c.Last, c.Dropped, want)
		}
	}
	if position != last {
		t.Fatalf("committed up to %d of %d", position, last)
	}
	rows := rowsOf(t, commits, file)
	for n := uint64(1); n <= position; n++ {
		checkPlace(t, n, rows[n], slices.Contains(crashed, n))
	}
}

func checkPlace(t testing.TB, n uint64, got []row, crashed bool) {
	t.Helper()
	want := place(n)
	if crashed {
		want = "quarantine"
	}
	if want == "dropped" {
		if len(got) != 0 {
			t.Fatalf("record %d is dropped and has rows %v", n, got)
		}
		return
	}
	if len(got) != 1 || got[0].table != want {
		t.Fatalf("record %d: %v; want one row of %s", n, got, want)
	}
	r := got[0]
	if r.fields["_shard"] != shard.ID() || r.Shard.Created != shard.Created || r.Seconds != arrival(t, r)/1000 {
		t.Fatalf("record %d has metadata %v", n, r.fields)
	}
	if r.table != "quarantine" {
		if r.fields["n"] != strconv.FormatUint(n, 10) {
			t.Fatalf("record %d has row %v", n, r.fields)
		}
		return
	}
	if r.fields["raw"] != string(eventNumber(n)) || r.fields["partition_key"] != fmt.Sprintf("key-%d", n) ||
		!strings.HasPrefix(r.fields["contract_version"], "c1-") || crashed != (r.fields["reason"] == string(event.ReasonCrash)) {
		t.Fatalf("record %d is in the quarantine as %v", n, r.fields)
	}
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
