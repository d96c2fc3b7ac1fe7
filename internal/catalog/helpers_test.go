package catalog_test

import (
	"fmt"
	"testing"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/catalog/catalogtest"
)

// store is what survives a process.
type store struct {
	journal *catalogtest.Journal
	archive *catalogtest.Archive
}

func newStore() store {
	return store{catalogtest.NewJournal(), catalogtest.NewArchive()}
}

func config(segmentEntries int) catalog.Config {
	return catalog.Config{Stream: "orders", SegmentEntries: segmentEntries}
}

func (s store) open(t testing.TB, segmentEntries int) *catalog.Shard {
	t.Helper()
	shard, err := catalog.Open(t.Context(), config(segmentEntries), s.journal, s.archive)
	if err != nil {
		t.Fatal(err)
	}
	return shard
}

// opened is a new shard that knows contracts version "v1".
func (s store) opened(t testing.TB, segmentEntries int) *catalog.Shard {
	t.Helper()
	shard := s.open(t, segmentEntries)
	if err := shard.PutContracts(t.Context(), "v1", sources("v1")); err != nil {
		t.Fatal(err)
	}
	return shard
}

func sources(version string) []catalog.Source {
	return []catalog.Source{{Name: "contracts/orders.yaml", Text: []byte("table: orders # " + version)}}
}

func plan(first, last uint64, tables ...string) catalog.Plan {
	p := catalog.Plan{Generation: 1, First: first, Last: last, Version: "v1", Format: "csv.gz"}
	for _, table := range tables {
		p.Files = append(p.Files, catalog.PlannedFile{Table: table, Name: fmt.Sprintf("data/%s/%d-%d-1.csv.gz", table, first, last)})
	}
	return p
}

// commit gives all rows of p to its first file but one for each other file.
func commit(p catalog.Plan) catalog.Commit {
	c := catalog.Commit{Kind: catalog.CommitRange, First: p.First, Last: p.Last}
	rest := int64(p.Last - p.First + 1)
	for i := len(p.Files) - 1; i >= 0; i-- {
		rows := int64(1)
		if i == 0 {
			rows = rest
		}
		rest -= rows
		c.Files = append(c.Files, catalog.File{
			Table: p.Files[i].Table, Name: p.Files[i].Name, Rows: rows, Bytes: 100 * rows,
			SHA256:     "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
			LongestRow: 120, First: p.First, Last: p.Last,
			FirstArrived: 1_800_000_000_000, LastArrived: 1_800_000_000_900,
		})
	}
	return c
}

// deliver commits ranges of ten records up to record last.
func deliver(t testing.TB, s *catalog.Shard, last uint64) {
	t.Helper()
	for s.Position() < last {
		p := plan(s.Position()+1, s.Position()+10, "orders", "quarantine")
		if err := s.Plan(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Commit(t.Context(), commit(p)); err != nil {
			t.Fatal(err)
		}
	}
}

func commitsAfter(t testing.TB, s *catalog.Shard, number uint64) []catalog.Commit {
	t.Helper()
	var all []catalog.Commit
	if err := s.CommitsAfter(t.Context(), number, func(c catalog.Commit) error {
		all = append(all, c)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// wantGapless checks that commits are the ranges of ten up to last, each once and in order.
func wantGapless(t testing.TB, commits []catalog.Commit, last uint64) {
	t.Helper()
	var position, number uint64
	for _, c := range commits {
		if c.Kind != catalog.CommitRange {
			continue
		}
		if c.First != position+1 || c.Number <= number || c.Position != c.Last {
			t.Fatalf("after record %d (commit %d) comes %+v", position, number, c)
		}
		position, number = c.Last, c.Number
	}
	if position != last {
		t.Fatalf("commits end at record %d, want %d", position, last)
	}
}
