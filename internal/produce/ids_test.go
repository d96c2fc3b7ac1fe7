package produce

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func reserve(t *testing.T, path string, n int64) *IDs {
	t.Helper()
	ids, err := ReserveIDs(path, n)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func TestIDsGoOnWhereTheLastRunStopped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "produce", "orders.json")
	if ids := reserve(t, path, 1800); ids.First != 1 {
		t.Errorf("the first run starts at %d", ids.First)
	}
	cut := reserve(t, path, 1000)
	if cut.First != 1801 {
		t.Errorf("the second run starts at %d", cut.First)
	}
	if err := cut.Return(10); err != nil {
		t.Fatal(err)
	}
	if ids := reserve(t, path, 5); ids.First != 1811 {
		t.Errorf("after a run of 10 of 1,000 the next starts at %d", ids.First)
	}
	// Returned too late: the ids after it are taken.
	if err := cut.Return(0); err != nil {
		t.Fatal(err)
	}
	if ids := reserve(t, path, 1); ids.First != 1816 {
		t.Errorf("the next starts at %d", ids.First)
	}
}

func TestRunsAtTheSameTimeGetDifferentIDs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orders.json")
	firsts := make([]int64, 32)
	var runs sync.WaitGroup
	for i := range firsts {
		runs.Go(func() {
			ids, err := ReserveIDs(path, 10)
			if err != nil {
				t.Error(err)
				return
			}
			firsts[i] = ids.First
		})
	}
	runs.Wait()
	slices.Sort(firsts)
	for i, first := range firsts {
		if first != int64(1+10*i) {
			t.Fatalf("ranges start at %v", firsts)
		}
	}
}

func TestAStateFileThatIsNoneIsNotOverwritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "orders.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReserveIDs(path, 1); err == nil || !strings.Contains(err.Error(), "delete it to start with 1 again") {
		t.Errorf("got %v", err)
	}
}
