package catalogtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
)

// RunJournal checks that a journal keeps the contract of catalog.Journal. open returns a new, empty
// journal, and a function that closes it and opens the same one again.
func RunJournal(t *testing.T, open func(t *testing.T) (journal catalog.Journal, reopen func() catalog.Journal)) {
	t.Run("Empty", func(t *testing.T) {
		j, _ := open(t)
		wantLast(t, j, 0, "")
		wantEntries(t, j, 0)
		wantEntries(t, j, 1)
	})
	t.Run("AppendAndRead", func(t *testing.T) {
		j, reopen := open(t)
		fillJournal(t, j, 1, 5)
		wantLast(t, j, 5, "entry 5")
		wantEntries(t, j, 0, 1, 2, 3, 4, 5)
		wantEntries(t, j, 4, 4, 5)
		wantEntries(t, j, 6)
		j = reopen()
		wantLast(t, j, 5, "entry 5")
		wantEntries(t, j, 1, 1, 2, 3, 4, 5)
		fillJournal(t, j, 6, 7)
		wantLast(t, j, 7, "entry 7")
	})
	t.Run("CompareAndSet", func(t *testing.T) { conflicts(t, open) })
	t.Run("OneWinner", func(t *testing.T) { oneWinner(t, open) })
	t.Run("ReadStops", func(t *testing.T) { readStops(t, open) })
	t.Run("Trim", func(t *testing.T) { trims(t, open) })
	t.Run("LargeEntries", func(t *testing.T) { largeEntries(t, open) })
}

type opener = func(t *testing.T) (catalog.Journal, func() catalog.Journal)

func conflicts(t *testing.T, open opener) {
	j, _ := open(t)
	fillJournal(t, j, 1, 2)
	for _, expect := range []uint64{0, 1, 3} {
		if _, err := j.Append(t.Context(), expect, []byte("other")); !errors.Is(err, event.ErrConflict) {
			t.Errorf("append after %d to a journal of 2: %v, want event.ErrConflict", expect, err)
		}
	}
	wantEntries(t, j, 1, 1, 2)
	fillJournal(t, j, 3, 3)
}

func oneWinner(t *testing.T, open opener) {
	j, _ := open(t)
	const writers = 8
	var mu sync.Mutex
	var wins int
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			_, err := j.Append(t.Context(), 0, fmt.Appendf(nil, "writer %d", i))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				wins++
			} else if !errors.Is(err, event.ErrConflict) {
				t.Errorf("writer %d: %v", i, err)
			}
		})
	}
	group.Wait()
	if last, _, err := j.Last(t.Context()); wins != 1 || last != 1 || err != nil {
		t.Errorf("%d of %d writers won, last is %d, %v", wins, writers, last, err)
	}
}

func readStops(t *testing.T, open opener) {
	j, _ := open(t)
	fillJournal(t, j, 1, 10)
	stop := errors.New("stop")
	for range 20 { // a reader that is left behind must not hold anything up
		var seen []uint64
		err := j.Read(t.Context(), 2, func(sequence uint64, _ []byte) error {
			if seen = append(seen, sequence); sequence == 4 {
				return stop
			}
			return nil
		})
		if !errors.Is(err, stop) || len(seen) != 3 {
			t.Fatalf("read %v, %v", seen, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := j.Read(ctx, 1, func(uint64, []byte) error { return nil }); err == nil {
		t.Error("reading with a cancelled context succeeded")
	}
}

func trims(t *testing.T, open opener) {
	j, reopen := open(t)
	fillJournal(t, j, 1, 10)
	for _, before := range []uint64{0, 1, 4, 4, 2} {
		if err := j.Trim(t.Context(), before); err != nil {
			t.Fatal(err)
		}
	}
	wantEntries(t, j, 0, 4, 5, 6, 7, 8, 9, 10)
	wantEntries(t, j, 9, 9, 10)
	if err := j.Trim(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	j = reopen()
	wantLast(t, j, 10, "entry 10")
	wantEntries(t, j, 1, 10)
	fillJournal(t, j, 11, 12)
	wantEntries(t, j, 1, 10, 11, 12)
}

func largeEntries(t *testing.T, open opener) {
	j, reopen := open(t)
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
	if _, err := j.Append(t.Context(), 0, big); err != nil {
		t.Fatal(err)
	}
	j = reopen()
	if last, body, err := j.Last(t.Context()); last != 1 || !bytes.Equal(body, big) || err != nil {
		t.Errorf("last %d with %d bytes, %v", last, len(body), err)
	}
}

func fillJournal(t *testing.T, j catalog.Journal, first, last uint64) {
	t.Helper()
	for n := first; n <= last; n++ {
		got, err := j.Append(t.Context(), n-1, fmt.Appendf(nil, "entry %d", n))
		if err != nil || got != n {
			t.Fatalf("append after %d: %d, %v", n-1, got, err)
		}
	}
}

func wantLast(t *testing.T, j catalog.Journal, want uint64, text string) {
	t.Helper()
	if last, body, err := j.Last(t.Context()); last != want || string(body) != text || err != nil {
		t.Errorf("last is %d %q, %v; want %d %q", last, body, err, want, text)
	}
}

func wantEntries(t *testing.T, j catalog.Journal, from uint64, want ...uint64) {
	t.Helper()
	var got []uint64
	err := j.Read(t.Context(), from, func(sequence uint64, body []byte) error {
		if text := fmt.Sprintf("entry %d", sequence); string(body) != text {
			t.Errorf("entry %d is %q", sequence, body)
		}
		got = append(got, sequence)
		return nil
	})
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("read from %d: %v, %v; want %v", from, got, err, want)
	}
}
