package stream

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestTrimRemovesWholeChunksOnly(t *testing.T) {
	cfg := testConfig(t)
	l := open(t, cfg)
	create(t, l, "orders", 1)
	for i := range 20 {
		appendRange(t, l, "orders", 0, 5*i, 5*i+5)
	}
	for _, c := range []struct{ before, first uint64 }{{0, 1}, {1, 1}, {5, 1}, {6, 6}, {9, 6}, {50, 46}, {51, 51}, {30, 51}, {100, 96}} {
		if err := l.Trim(t.Context(), "orders", 0, c.before); err != nil {
			t.Fatal(err)
		}
		if first, last, _ := l.Bounds("orders", 0); first != c.first || last != 100 {
			t.Fatalf("trimmed before %d: bounds %d, %d, want first %d", c.before, first, last, c.first)
		}
	}
	checkRecords(t, readAll(t, l, "orders", 0, 1), 96, 5)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, cfg)
	if first, last, _ := l.Bounds("orders", 0); first != 96 || last != 100 {
		t.Fatalf("reopened: bounds %d, %d", first, last)
	}
}

func TestTrimOfEverythingKeepsSequences(t *testing.T) {
	cfg := testConfig(t)
	l := open(t, cfg)
	create(t, l, "orders", 1)
	for range 2 {
		_, last, _ := l.Bounds("orders", 0)
		n := int(last)
		appendRange(t, l, "orders", 0, n, n+10)
		if err := l.Trim(t.Context(), "orders", 0, math.MaxUint64); err != nil {
			t.Fatal(err)
		}
		if first, last, _ := l.Bounds("orders", 0); first != uint64(n)+11 || last != uint64(n)+10 {
			t.Fatalf("bounds %d, %d", first, last)
		}
		if records, err := l.Fetch(t.Context(), "orders", 0, 1, 10, 1000); len(records) != 0 || err != nil {
			t.Fatalf("%v, %v", records, err)
		}
		if at, err := l.SeekTime(t.Context(), "orders", 0, 0); at != uint64(n)+11 || err != nil {
			t.Fatalf("seek %d, %v", at, err)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l = open(t, cfg)
	}
	appendRange(t, l, "orders", 0, 20, 30)
	checkRecords(t, readAll(t, l, "orders", 0, 1), 21, 10)
	if len(l.Gaps()) != 0 {
		t.Fatal(l.Gaps())
	}
}

func TestTrimRetained(t *testing.T) {
	cfg := testConfig(t)
	clock := newClock(1_000_000_000)
	cfg.Clock = clock.now
	l := open(t, cfg)
	create(t, l, "orders", 1) // retention 24 h
	for i := range 10 {       // chunk i arrives i hours in
		appendRange(t, l, "orders", 0, 2*i, 2*i+2)
		clock.millis.Add(time.Hour.Milliseconds())
	}
	start := time.UnixMilli(1_000_000_000)
	for _, c := range []struct {
		committed uint64
		after     time.Duration
		first     uint64
	}{
		{math.MaxUint64, 24 * time.Hour, 1},
		{0, 1000 * time.Hour, 1}, // nothing committed
		{2, 1000 * time.Hour, 3}, // chunk 0
		{5, 1000 * time.Hour, 5}, // half of chunk 2 is not committed
		{math.MaxUint64, 27*time.Hour + 1, 7},
		{math.MaxUint64, 1000 * time.Hour, 21},
	} {
		if err := l.TrimRetained(t.Context(), "orders", 0, c.committed, start.Add(c.after)); err != nil {
			t.Fatal(err)
		}
		if first, last, _ := l.Bounds("orders", 0); first != c.first || last != 20 {
			t.Fatalf("committed %d, after %s: bounds %d, %d, want first %d", c.committed, c.after, first, last, c.first)
		}
	}
}

// TestE4TailWhileAppendingAndTrimming reads while others write and trim; the reader sees every
// record in order as long as only what it has read is trimmed.
func TestE4TailWhileAppendingAndTrimming(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	const total = 20000
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		for n := 0; n < total; {
			count := min(1+rand.IntN(200), total-n)
			if _, err := l.Append(ctx, "orders", 0, putRange(n, n+count)); err != nil {
				failed <- err
				return
			}
			n += count
		}
	}()
	tail, err := l.Tail(ctx, "orders", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer tail.Close()
	for next := uint64(1); next <= total; {
		records, err := tail.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		checkRecords(t, records, next, len(records))
		next += uint64(len(records))
		if rand.IntN(10) == 0 {
			if err := l.Trim(ctx, "orders", 0, next); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
}

func TestTailSurvivesTrimAheadOfIt(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	for i := range 40 {
		appendRange(t, l, "orders", 0, 10*i, 10*i+10)
	}
	tail, err := l.Tail(t.Context(), "orders", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer tail.Close()
	if _, err := tail.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := l.Trim(t.Context(), "orders", 0, 395); err != nil {
		t.Fatal(err)
	}
	var last uint64
	for tail.Pending() {
		records, err := tail.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		checkRecords(t, records, records[0].Sequence, len(records))
		last = records[len(records)-1].Sequence
	}
	if last != 400 {
		t.Fatalf("read to %d", last)
	}
}

// TestTailOutlivesItsConsumer: the server forgets readers that pause for long.
func TestTailOutlivesItsConsumer(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	leaveRoom(t, l, 0) // so that it reads from the server
	appendRange(t, l, "orders", 0, 0, 10)
	tail, err := l.Tail(t.Context(), "orders", 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer tail.Close()
	for n := 0; n < 30; n += 10 {
		started := time.Now()
		records, err := tail.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		checkRecords(t, records, uint64(n)+1, 10)
		if took := time.Since(started); took >= stalledRead {
			t.Fatalf("the reader took %s to find out", took)
		}
		e, err := l.engines.current()
		if err != nil {
			t.Fatal(err)
		}
		if err := e.js.DeleteConsumer(t.Context(), tail.messages.store.name, tail.messages.consumer); err != nil {
			t.Fatal(err)
		}
		appendRange(t, l, "orders", 0, n+10, n+20)
	}
}
