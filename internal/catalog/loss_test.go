package catalog_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock/penstock/internal/catalog"
)

func TestE2LossIsCommittedOnceItIsAccepted(t *testing.T) {
	st := newStore()
	s := st.opened(t, 0)
	deliver(t, s, 30)
	p := plan(31, 50, "orders")
	if err := s.Plan(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	c := commit(p)
	c.Files[0].Rows = 15
	c.Dropped = map[string]int64{catalog.NoContract: 5}
	c.Lost = []catalog.Range{{First: 33, Last: 33}, {First: 41, Last: 44}}
	if _, err := s.Commit(t.Context(), c); !errors.Is(err, catalog.ErrInvalid) {
		t.Fatalf("a loss that nobody accepted: %v", err)
	}
	for _, r := range []catalog.Range{{First: 41, Last: 42}, {First: 60, Last: 70}, {First: 33, Last: 33}, {First: 43, Last: 44}, {First: 42, Last: 43}, {First: 1, Last: 30}} {
		if err := s.AcceptLoss(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	want := []catalog.Range{{First: 33, Last: 33}, {First: 41, Last: 44}, {First: 60, Last: 70}}
	s = st.open(t, 0)
	if diff := cmp.Diff(want, s.AcceptedLosses()); diff != "" {
		t.Fatal(diff)
	}
	if got, pending := s.Pending(); !pending || !cmp.Equal(got, p) {
		t.Fatalf("pending %v %+v", pending, got)
	}
	done, err := s.Commit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := s.Commit(t.Context(), c); err != nil || again.Number != done.Number {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	s = st.open(t, 0)
	if got := s.Totals(); got.Lost != 5 || got.Dropped != 5 {
		t.Errorf("totals %+v", got)
	}
	if diff := cmp.Diff(want[2:], s.AcceptedLosses()); diff != "" {
		t.Error(diff)
	}
	deliver(t, s, 70)
	if left := st.open(t, 0).AcceptedLosses(); len(left) > 0 {
		t.Errorf("passed and still there: %v", left)
	}
}

func TestLossesThatAreRefused(t *testing.T) {
	st := newStore()
	s := st.opened(t, 0)
	deliver(t, s, 30)
	for _, r := range []catalog.Range{{First: 0, Last: 5}, {First: 50, Last: 49}, {First: 50, Last: math.MaxUint64}} {
		if err := s.AcceptLoss(t.Context(), r); !errors.Is(err, catalog.ErrInvalid) {
			t.Errorf("%v: %v", r, err)
		}
	}
	for i := range uint64(1000) {
		if err := s.AcceptLoss(t.Context(), catalog.Range{First: 100 + 2*i, Last: 100 + 2*i}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AcceptLoss(t.Context(), catalog.Range{First: 90, Last: 90}); !errors.Is(err, catalog.ErrInvalid) {
		t.Errorf("one more than 1,000: %v", err)
	}
	if err := s.AcceptLoss(t.Context(), catalog.Range{First: 90, Last: 3000}); err != nil || len(s.AcceptedLosses()) != 1 {
		t.Errorf("one that holds all others: %v, %d", err, len(s.AcceptedLosses()))
	}
	p := plan(31, 100, "orders")
	if err := s.Plan(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	for name, lost := range map[string][]catalog.Range{
		"more than are dropped": {{First: 90, Last: 96}},
		"beyond the range":      {{First: 97, Last: 101}},
		"twice":                 {{First: 91, Last: 92}, {First: 92, Last: 93}},
		"not accepted":          {{First: 89, Last: 90}},
	} {
		c := commit(p)
		c.Files[0].Rows -= 5
		c.Dropped = map[string]int64{catalog.NoContract: 5}
		c.Lost = lost
		if _, err := s.Commit(t.Context(), c); !errors.Is(err, catalog.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
