package stream

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/penstock/penstock/internal/event"
)

func TestJournal(t *testing.T) {
	cfg := testConfig(t)
	l := open(t, cfg)
	ctx := t.Context()
	j, err := l.Journal(ctx, "orders/0")
	if err != nil {
		t.Fatal(err)
	}
	if last, entry, err := j.Last(ctx); last != 0 || entry != nil || err != nil {
		t.Fatalf("an empty journal: %d, %q, %v", last, entry, err)
	}
	for n := range uint64(30) {
		got, err := j.Append(ctx, n, fmt.Appendf(nil, "entry %d", n+1))
		if got != n+1 || err != nil {
			t.Fatalf("append %d: %d, %v", n, got, err)
		}
	}
	for _, expect := range []uint64{0, 29, 31} {
		if _, err := j.Append(ctx, expect, []byte("x")); !errors.Is(err, event.ErrConflict) {
			t.Fatalf("append after %d: %v", expect, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, cfg)
	if j, err = l.Journal(ctx, "orders/0"); err != nil {
		t.Fatal(err)
	}
	if err := j.Trim(ctx, 11); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, first uint64 }{{0, 11}, {1, 11}, {11, 11}, {25, 25}, {30, 30}, {31, 0}} {
		next := c.first
		err := j.Read(ctx, c.from, func(sequence uint64, entry []byte) error {
			if sequence != next || string(entry) != fmt.Sprintf("entry %d", next) {
				return fmt.Errorf("entry %d is %q, want %d", sequence, entry, next)
			}
			next++
			return nil
		})
		if err != nil || c.first != 0 && next != 31 {
			t.Fatalf("read from %d: ended before %d, %v", c.from, next, err)
		}
	}
	if err := j.Trim(ctx, 1000); err != nil {
		t.Fatal(err)
	}
	if last, entry, err := j.Last(ctx); last != 30 || string(entry) != "entry 30" || err != nil {
		t.Fatalf("%d, %q, %v", last, entry, err)
	}
	stop := errors.New("stop")
	if err := j.Read(ctx, 1, func(uint64, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
}

// TestJournalHasOneWinner lets many append after the same sequence.
func TestJournalHasOneWinner(t *testing.T) {
	l := open(t, testConfig(t))
	j, err := l.Journal(t.Context(), "race")
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(20) {
		var won atomic.Int32
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				switch _, err := j.Append(t.Context(), n, []byte("x")); {
				case err == nil:
					won.Add(1)
				case !errors.Is(err, event.ErrConflict):
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d appends after %d succeeded", won.Load(), n)
		}
	}
}
