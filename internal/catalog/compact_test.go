package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/catalog/catalogtest"
)

func TestCompactionKeepsEveryCommit(t *testing.T) {
	st := newStore()
	s := st.opened(t, 10)
	deliver(t, s, 1000)
	if n := st.journal.Len(); n > 30 {
		t.Errorf("the journal still holds %d entries", n)
	}
	again := st.open(t, 10)
	for _, shard := range []*catalog.Shard{s, again} {
		wantGapless(t, commitsAfter(t, shard, 0), 1000)
	}
	all := commitsAfter(t, again, 0)
	for i, c := range all {
		if diff := cmp.Diff(all[i+1:], commitsAfter(t, again, c.Number), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("after commit %d: %s", c.Number, diff)
		}
	}
}

// Redrives can bring on a compaction while a plan is pending.
func TestPendingPlanSurvivesCompaction(t *testing.T) {
	st := newStore()
	s := st.opened(t, 10)
	deliver(t, s, 10)
	p := plan(11, 20, "orders", "quarantine")
	if err := s.Plan(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	for range 30 {
		if _, err := s.Commit(t.Context(), redrive("r")); err != nil {
			t.Fatal(err)
		}
	}
	if n := st.journal.Len(); n > 15 {
		t.Fatalf("the journal still holds %d entries", n)
	}
	again := st.open(t, 10)
	if got, ok := again.Pending(); !ok || !cmp.Equal(got, p) {
		t.Fatalf("pending %v %+v", ok, got)
	}
	if _, err := again.Commit(t.Context(), commit(p)); err != nil {
		t.Fatal(err)
	}
	if n := len(commitsAfter(t, again, 0)); n != 32 || again.Position() != 20 {
		t.Errorf("%d commits, position %d", n, again.Position())
	}
}

func TestOnlyNeededSegmentsAreRead(t *testing.T) {
	st := newStore()
	deliver(t, st.opened(t, 10), 1000)
	s := st.open(t, 10)
	st.archive.Gets()
	all := commitsAfter(t, s, 0)
	total := len(st.archive.Gets())
	if total < 8 {
		t.Fatalf("only %d segments", total)
	}
	commitsAfter(t, s, all[len(all)-15].Number)
	if gets := st.archive.Gets(); len(gets) > 2 {
		t.Errorf("the last 15 commits needed %v", gets)
	}
	commitsAfter(t, s, s.LastCommit())
	if gets := st.archive.Gets(); len(gets) != 0 {
		t.Errorf("an up-to-date loader needed %v", gets)
	}
}

// TestE5CompactionSurvivesDeathAtEveryStep lets the process die before and after every write, and
// goes on with a new one.
func TestE5CompactionSurvivesDeathAtEveryStep(t *testing.T) {
	const last = 300
	probe := catalogtest.NewCrash(0, false, nil)
	work(t, newStore(), probe, last)
	steps := probe.Steps()
	if !strings.Contains(strings.Join(steps, " "), "archive put journal append journal trim") {
		t.Fatalf("no compaction among the steps %v", steps)
	}
	for at := 1; at <= len(steps); at++ {
		for _, after := range []bool{false, true} {
			st := newStore()
			work(t, st, catalogtest.NewCrash(at, after, nil), last)
			work(t, st, catalogtest.NewCrash(0, false, nil), last)
			s := st.open(t, 7)
			wantGapless(t, commitsAfter(t, s, 0), last)
			if text, err := s.Contracts(t.Context(), "v1"); err != nil || !cmp.Equal(text, sources("v1")) {
				t.Errorf("death at step %d (%s, after: %v): contracts %v, %v", at, steps[at-1], after, text, err)
			}
			if n := st.journal.Len(); n > 20 {
				t.Errorf("death at step %d (%s, after: %v) leaves %d entries", at, steps[at-1], after, n)
			}
		}
	}
}

// work is one process: it opens the shard, finishes what is pending, and delivers up to last or death.
func work(t *testing.T, st store, crash *catalogtest.Crash, last uint64) {
	t.Helper()
	err := func() error {
		ctx := t.Context()
		s, err := catalog.Open(ctx, config(7), crash.Journal(st.journal), crash.Archive(st.archive))
		if err != nil {
			return err
		}
		if err := s.PutContracts(ctx, "v1", sources("v1")); err != nil {
			return err
		}
		for s.Position() < last {
			p, pending := s.Pending()
			if !pending {
				p = plan(s.Position()+1, s.Position()+10, "orders", "quarantine")
			}
			if err := s.Plan(ctx, p); err != nil {
				return err
			}
			if _, err := s.Commit(ctx, commit(p)); err != nil {
				return err
			}
		}
		return nil
	}()
	if err != nil && !errors.Is(err, catalogtest.ErrDied) {
		t.Fatal(err)
	}
}

// awayArchive fails until it is back.
type awayArchive struct {
	*catalogtest.Archive
	away bool
	puts int
}

func (a *awayArchive) Put(ctx context.Context, name string, body []byte) error {
	a.puts++
	if a.away {
		return errors.New("away")
	}
	return a.Archive.Put(ctx, name, body)
}

func TestArchiveOutageHoldsUpNoCommit(t *testing.T) {
	journal, archive := catalogtest.NewJournal(), &awayArchive{Archive: catalogtest.NewArchive(), away: true}
	s, err := catalog.Open(t.Context(), config(20), journal, archive)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutContracts(t.Context(), "v1", sources("v1")); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, 1000)
	if archive.puts == 0 || archive.puts > 50 {
		t.Errorf("%d attempts in 100 commits", archive.puts)
	}
	archive.away = false
	deliver(t, s, 1050)
	if n := journal.Len(); n > 20 {
		t.Errorf("after the outage the journal still holds %d entries", n)
	}
	wantGapless(t, commitsAfter(t, s, 0), 1050)
}

func TestDamagedSegmentIsNotBelieved(t *testing.T) {
	st := newStore()
	deliver(t, st.opened(t, 10), 200)
	s := st.open(t, 10)
	st.archive.Gets()
	commitsAfter(t, s, 0)
	st.archive.Corrupt(st.archive.Gets()[0])
	err := s.CommitsAfter(t.Context(), 0, func(catalog.Commit) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("error %v", err)
	}
}

// A slow reader meets a compaction between two batches of the journal.
func TestReaderSurvivesCompaction(t *testing.T) {
	st := newStore()
	s := st.opened(t, 50)
	deliver(t, s, 400)
	reader := st.open(t, 50)
	deliver(t, reader, 410) // reader owns the journal now, and none of the older commits is in its memory
	var commits []catalog.Commit
	if err := reader.CommitsAfter(t.Context(), 0, func(c catalog.Commit) error {
		if len(commits) == 0 {
			deliver(t, reader, 2000)
		}
		commits = append(commits, c)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	wantGapless(t, commits, 2000)
}

// TestMillionFilesOpen: a million committed files open in two seconds and a hundred MiB; they do in a millisecond,
// since opening reads a handful of entries however many there are, which holds on a busy machine too. They are
// committed a hundred at a time, which leaves the manifest as large and makes the test short.
func TestMillionFilesOpen(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds to prepare")
	}
	const perCommit = 100
	files := uint64(1_000_000)
	if raceEnabled {
		files = 50_000 // the detector makes it fifteen times slower, and the bounds are measured without it
	}
	st := newStore()
	s := st.opened(t, 1000)
	tables := make([]string, perCommit)
	for i := range tables {
		tables[i] = fmt.Sprintf("table_%03d", i)
	}
	for s.Position() < files {
		p := plan(s.Position()+1, s.Position()+perCommit, tables...)
		if err := s.Plan(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Commit(t.Context(), commit(p)); err != nil {
			t.Fatal(err)
		}
	}
	before, reads := heap(), st.journal.Reads()
	start := time.Now()
	s = st.open(t, 1000)
	took, used, opening := time.Since(start), heap()-before, st.journal.Reads()-reads
	if s.Totals().Files != int64(files) || opening > 10 || used > 100<<20 {
		t.Errorf("%d files opened with %d entries of the journal read and %d bytes", s.Totals().Files, opening, used)
	}
	reads = st.journal.Reads()
	var seen int
	var peak int64
	start = time.Now()
	if err := s.CommitsAfter(t.Context(), 0, func(c catalog.Commit) error {
		if seen += len(c.Files); seen%100_000 == 0 {
			peak = max(peak, heap()-before)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if uint64(seen) != files || peak > 100<<20 {
		t.Errorf("%d of %d files were read with %d bytes at most", seen, files, peak)
	}
	t.Logf("opened in %v with %d KiB; read from the start in %v with %d MiB and %d journal entries",
		took, used>>10, time.Since(start), peak>>20, st.journal.Reads()-reads)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
