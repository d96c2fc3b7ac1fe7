package stream

import (
	"context"
	"sync"
	"testing"
)

// leaveRoom takes all but n bytes of the room for recent chunks.
func leaveRoom(t *testing.T, l *Log, n int64) {
	t.Helper()
	if !l.recent.TryAcquire(recentBytes - n) {
		t.Fatal("the room is in use")
	}
}

// roomLeft says whether at least n bytes of the room are free.
func roomLeft(l *Log, n int64) bool {
	if !l.recent.TryAcquire(n) {
		return false
	}
	l.recent.Release(n)
	return true
}

func next(t *testing.T, tail *Tail, first uint64, count int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	records, err := tail.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	checkRecords(t, records, first, count)
}

func startTail(t *testing.T, l *Log, from uint64) *Tail {
	t.Helper()
	tail, err := l.Tail(t.Context(), "orders", 0, from)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tail.Close)
	return tail
}

func TestTailAtTheEndReadsFromMemoryAndHoldsNothing(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	tail := startTail(t, l, 1)
	for n := 0; n < 30; n += 10 {
		appendRange(t, l, "orders", 0, n, n+10)
		next(t, tail, uint64(n)+1, 10)
		if tail.messages.sub != nil {
			t.Fatal("the tail asked the server")
		}
	}
	if !roomLeft(l, recentBytes-500) {
		t.Error("chunks are kept that the tail has passed")
	}
	tail.Close()
	if !roomLeft(l, recentBytes) {
		t.Error("chunks are kept for a tail that is closed")
	}
	appendRange(t, l, "orders", 0, 30, 40)
	if !roomLeft(l, recentBytes) {
		t.Error("a chunk is kept for nobody")
	}
}

func TestTailReadsFromTheServerWhatMemoryHasNot(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	appendRange(t, l, "orders", 0, 0, 10)
	leaveRoom(t, l, 2000)
	tail := startTail(t, l, 5)
	for n := 10; n < 200; n += 10 {
		appendRange(t, l, "orders", 0, n, n+10)
	}
	next(t, tail, 5, 6) // before the tail was there
	if tail.messages.sub == nil {
		t.Fatal("the first chunk was never in memory, and the server was not asked")
	}
	for n := 10; n < 200; n += 10 {
		next(t, tail, uint64(n)+1, 10)
	}
	if tail.messages.sub != nil {
		t.Error("the tail has caught up and still reads from the server")
	}
}

func TestASlowTailKeepsItsChunksFromAFastOne(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	slow, fast := startTail(t, l, 1), startTail(t, l, 1)
	for n := 0; n < 50; n += 10 {
		appendRange(t, l, "orders", 0, n, n+10)
		next(t, fast, uint64(n)+1, 10)
	}
	for n := 0; n < 50; n += 10 {
		next(t, slow, uint64(n)+1, 10)
	}
	if slow.messages.sub != nil {
		t.Error("the slow tail asked the server")
	}
}

func TestRecentChunksHaveNoGap(t *testing.T) {
	l := open(t, testConfig(t))
	r := newRecent(l.recent)
	tail := &Tail{}
	r.join(tail, 1)
	r.add(header{First: 1, Count: 10}, 1, make([]byte, 100))
	r.add(header{First: 31, Count: 10}, 3, make([]byte, 100)) // what is between came to be known in another way
	if _, ok := r.get(tail, 1); ok {
		t.Error("a chunk before a gap is kept")
	}
	if c, ok := r.get(tail, 35); !ok || c.at != 3 {
		t.Errorf("the chunk behind the gap: %+v, %t", c, ok)
	}
	r.leave(tail)
	if !roomLeft(l, recentBytes) {
		t.Error("room was lost")
	}
}

// TestE4TailBetweenMemoryAndServer reads with so little room that the tail goes to and fro.
func TestE4TailBetweenMemoryAndServer(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	leaveRoom(t, l, 4000)
	tail := startTail(t, l, 1)
	const total = 4000
	var writers sync.WaitGroup
	writers.Go(func() {
		for n := 0; n < total; n += 20 {
			if _, err := l.Append(t.Context(), "orders", 0, putRange(n, n+20)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	defer writers.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	memory, server := 0, 0
	for read := uint64(0); read < total; {
		records, err := tail.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		checkRecords(t, records, read+1, len(records))
		read += uint64(len(records))
		if tail.messages.sub == nil {
			memory++
		} else {
			server++
		}
		if read == total/4 {
			// The reader stands still until the writer is far ahead.
			if err := l.Wait(ctx, "orders", 0, total/2); err != nil {
				t.Fatal(err)
			}
		}
	}
	if memory == 0 || server == 0 {
		t.Errorf("%d chunks from memory, %d from the server", memory, server)
	}
}
