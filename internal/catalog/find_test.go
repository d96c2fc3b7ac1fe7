package catalog_test

import (
	"errors"
	"testing"

	"github.com/penstock/penstock/internal/event"
)

func TestACommitIsFoundByAnyOfItsRecords(t *testing.T) {
	st := newStore()
	s := st.opened(t, 10)
	deliver(t, s, 500)
	for range 30 { // whole segments of redrives, which have no range
		if _, err := s.Commit(t.Context(), redrive("r")); err != nil {
			t.Fatal(err)
		}
	}
	deliver(t, s, 1000)
	for position := uint64(1); position <= 1000; position++ {
		c, err := s.CommitOf(t.Context(), position)
		if err != nil || position < c.First || position > c.Last {
			t.Fatalf("record %d: commit of %d to %d, %v", position, c.First, c.Last, err)
		}
	}
	for _, outside := range []uint64{0, 1001} {
		if c, err := s.CommitOf(t.Context(), outside); !errors.Is(err, event.ErrNotFound) {
			t.Errorf("record %d, which is not committed: %+v, %v", outside, c, err)
		}
	}
	st.archive.Gets()
	if _, err := s.CommitOf(t.Context(), 15); err != nil {
		t.Fatal(err)
	}
	if gets := st.archive.Gets(); len(gets) > 6 {
		t.Errorf("one record of %d commits needed %d reads of segments", 130, len(gets))
	}
}

func TestACommitIsFoundInANewCatalog(t *testing.T) {
	s := newStore().opened(t, 10)
	if c, err := s.CommitOf(t.Context(), 1); !errors.Is(err, event.ErrNotFound) {
		t.Errorf("%+v, %v", c, err)
	}
	deliver(t, s, 10)
	if c, err := s.CommitOf(t.Context(), 10); err != nil || c.Last != 10 {
		t.Errorf("%+v, %v", c, err)
	}
}
