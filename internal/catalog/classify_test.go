package catalog_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/penstock/penstock/internal/catalog"
)

// deliverClassified commits ranges of ten records: 5 rows of orders, 1 dropped by it, 2 quarantined
// by it, 1 that no contract took, and 1 row of returns.
func deliverClassified(t *testing.T, s *catalog.Shard, commits int) {
	t.Helper()
	for range commits {
		first := s.Position() + 1
		p := plan(first, first+9, "orders", "returns", "quarantine")
		if err := s.Plan(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		c := commit(p)
		for i := range c.Files {
			c.Files[i].Rows = map[string]int64{"orders": 5, "returns": 1, "quarantine": 3}[c.Files[i].Table]
		}
		c.Dropped = map[string]int64{"orders": 1}
		c.Quarantined = map[string]int64{"orders": 2, catalog.NoContract: 1}
		if _, err := s.Commit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
}

// after is what n commits of deliverClassified hold.
func after(n int64) map[string]catalog.Counts {
	if n == 0 {
		return nil
	}
	return map[string]catalog.Counts{
		"orders":           {Rows: 5 * n, Quarantined: 2 * n, Dropped: n},
		"returns":          {Rows: n},
		catalog.NoContract: {Quarantined: n},
	}
}

func wantClassified(t *testing.T, s *catalog.Shard, commits int64, numbers []uint64) {
	t.Helper()
	for i, number := range append([]uint64{0}, numbers...) {
		all, upTo, err := s.Classified(t.Context(), number)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(after(commits), all); diff != "" {
			t.Fatalf("all: %s", diff)
		}
		if diff := cmp.Diff(after(int64(i)), upTo, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("up to commit %d (%d): %s", i, number, diff)
		}
	}
}

func TestContractsAreCountedUpToEachCommit(t *testing.T) {
	st := newStore()
	s := st.opened(t, 10)
	deliverClassified(t, s, 95)
	var numbers []uint64
	for _, c := range commitsAfter(t, s, 0) {
		numbers = append(numbers, c.Number)
	}
	wantClassified(t, s, 95, numbers) // from memory
	again := st.open(t, 10)
	wantClassified(t, again, 95, numbers) // from the journal and the segments
	if _, err := again.Commit(t.Context(), redrive("r")); err != nil {
		t.Fatal(err)
	}
	wantClassified(t, again, 95, numbers) // a redrive changes nothing
}

// older rewrites a journal entry as versions did that counted no contracts.
func older(body []byte) []byte {
	var e map[string]any
	if err := json.Unmarshal(body, &e); err != nil {
		panic(err)
	}
	delete(e["state"].(map[string]any), "contracts")
	if c, ok := e["commit"].(map[string]any); ok {
		delete(c, "quarantined")
	}
	text, _ := json.Marshal(e)
	return text
}

func TestJournalOfAnOlderVersionIsCounted(t *testing.T) {
	st := newStore()
	s := st.opened(t, 1000)
	deliverClassified(t, s, 20)
	st.journal.Rewrite(older)
	s = st.open(t, 1000)
	want := map[string]catalog.Counts{
		"orders": {Rows: 100, Dropped: 20}, "returns": {Rows: 20}, catalog.NoContract: {Quarantined: 60},
	}
	commits := commitsAfter(t, s, 0)
	all, upTo, err := s.Classified(t.Context(), commits[len(commits)-1].Number)
	if err != nil || !cmp.Equal(all, want) || !cmp.Equal(upTo, want) {
		t.Fatalf("%v %v %v", all, upTo, err)
	}
	half := map[string]catalog.Counts{
		"orders": {Rows: 50, Dropped: 10}, "returns": {Rows: 10}, catalog.NoContract: {Quarantined: 30},
	}
	for range 2 {
		if _, upTo, err := s.Classified(t.Context(), commits[9].Number); err != nil || !cmp.Equal(upTo, half) {
			t.Fatalf("%v %v", upTo, err)
		}
	}
	deliverClassified(t, s, 1)
	want["orders"] = catalog.Counts{Rows: 105, Quarantined: 2, Dropped: 21}
	want["returns"], want[catalog.NoContract] = catalog.Counts{Rows: 21}, catalog.Counts{Quarantined: 61}
	if all, _, err := st.open(t, 1000).Classified(t.Context(), 0); err != nil || !cmp.Equal(all, want) {
		t.Errorf("%v %v", all, err)
	}
}

func TestE2CommitSplitsItsQuarantineExactly(t *testing.T) {
	for name, split := range map[string]map[string]int64{
		"too few":  {"orders": 2},
		"too many": {"orders": 2, "": 2},
		"none":     {"orders": 3, "": 0},
		"negative": {"orders": 4, "": -1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStore().opened(t, 10)
			p := plan(1, 10, "orders", "quarantine")
			if err := s.Plan(t.Context(), p); err != nil {
				t.Fatal(err)
			}
			c := commit(p)
			c.Quarantined = split
			for i := range c.Files {
				c.Files[i].Rows = map[string]int64{"orders": 7, "quarantine": 3}[c.Files[i].Table]
			}
			if _, err := s.Commit(t.Context(), c); err == nil {
				t.Error("it was committed")
			}
			c.Quarantined = map[string]int64{"orders": 1, "": 2}
			if _, err := s.Commit(t.Context(), c); err != nil {
				t.Error(fmt.Errorf("and the exact one was not: %w", err))
			}
		})
	}
}
