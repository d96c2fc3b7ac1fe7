package catalog_test

import (
	"context"
	"testing"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/catalog/catalogtest"
	"github.com/penstock/penstock/internal/stream"
)

// openLog opens the real log, without fsync: these tests end in good order.
func openLog(t *testing.T, dir string) (*stream.Log, catalog.Journal) {
	t.Helper()
	l, err := stream.Open(context.Background(), stream.Config{Dir: dir, NoSync: true, DiskReserve: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	j, err := l.Journal(t.Context(), "catalog")
	if err != nil {
		t.Fatal(err)
	}
	return l, j
}

func TestRealJournal(t *testing.T) {
	catalogtest.RunJournal(t, func(t *testing.T) (catalog.Journal, func() catalog.Journal) {
		dir := t.TempDir()
		l, j := openLog(t, dir)
		return j, func() catalog.Journal {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			var again catalog.Journal
			l, again = openLog(t, dir)
			return again
		}
	})
}

func TestShardOnTheRealJournal(t *testing.T) {
	dir, archive := t.TempDir(), catalogtest.NewArchive()
	for last := uint64(200); last <= 600; last += 200 {
		l, j := openLog(t, dir)
		s, err := catalog.Open(t.Context(), config(25), j, archive)
		if err != nil {
			t.Fatal(err)
		}
		if s.Position() != last-200 {
			t.Fatalf("opened at %d, want %d", s.Position(), last-200)
		}
		if err := s.PutContracts(t.Context(), "v1", sources("v1")); err != nil {
			t.Fatal(err)
		}
		deliver(t, s, last)
		wantGapless(t, commitsAfter(t, s, 0), last)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
