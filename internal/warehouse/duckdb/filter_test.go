package duckdb

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"
)

func newTestFilter(t testing.TB, window time.Duration, budget int64) *keyFilter {
	t.Helper()
	var f *keyFilter
	var err error
	f, err = newKeyFilter(window, 0, func() int64 {
		if f == nil {
			return budget
		}
		return budget - f.bytes()
	}, new(atomic.Int64))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	return f
}

// knows reports whether the filter would have the key looked up where it arrived.
func (f *keyFilter) knows(hash uint64, arrived int64) bool {
	if arrived < f.covered {
		return true // looked up whatever the filter says
	}
	var in sliceSet
	if !f.lookup(hash, &in) {
		return false
	}
	for id, s := range f.slices {
		if in.has(uint8(id)) && s.lo <= arrived && arrived <= s.hi {
			return true
		}
	}
	return false
}

func TestFilterForgetsNoKey(t *testing.T) {
	for name, budget := range map[string]int64{"roomy": 64 * mib, "tight": 6 * mib} {
		t.Run(name, func(t *testing.T) {
			f := newTestFilter(t, 1000*time.Hour, budget)
			const n = 2_000_000
			random := rand.New(rand.NewPCG(7, 7))
			hashes := make([]uint64, n)
			for i := range hashes {
				hashes[i] = random.Uint64()
				if err := f.add(hashes[i], int64(i)); err != nil {
					t.Fatal(err)
				}
			}
			if f.bytes() > budget {
				t.Fatalf("the filter holds %d bytes of %d", f.bytes(), budget)
			}
			for i, h := range hashes {
				if !f.knows(h, int64(i)) {
					t.Fatalf("key %d is forgotten; known from %d", i, f.covered)
				}
			}
			if name == "tight" && (f.covered <= 0 || f.covered > n*3/4) {
				t.Fatalf("the filter is known from %d on", f.covered)
			}
			wrong := 0
			for range 1_000_000 {
				var in sliceSet
				if f.lookup(random.Uint64(), &in) {
					wrong++
				}
			}
			t.Logf("%d slices, %d generations, %d bytes, %d wrong of a million", len(f.slices), len(f.generations), f.bytes(), wrong)
			if wrong > 20 {
				t.Fatalf("%d of a million new keys were suspected", wrong)
			}
		})
	}
}

// A rollback takes its own entries out, and none that look like them in a table of another size.
func TestFilterRollbackForgetsNoOtherKey(t *testing.T) {
	f := newTestFilter(t, time.Hour, 64*mib)
	const mine, other = 0xABCDEF<<40 | 1, 0xABCDEF<<40 | 1<<20 // one fingerprint
	f.mark()
	if err := f.add(mine, 1); err != nil {
		t.Fatal(err)
	}
	// In a small table both are in one bucket, in a large one they are not.
	if err := f.addGeneration(16); err != nil {
		t.Fatal(err)
	}
	f.generations[1].insert(other, 0)
	f.rollback()
	var in sliceSet
	if f.generations[0].used > 0 {
		t.Error("the key that was rolled back is still there")
	}
	if !f.lookup(other, &in) {
		t.Error("a key that had landed is forgotten")
	}
}

func TestFilterRollback(t *testing.T) {
	f := newTestFilter(t, time.Hour, 64*mib)
	add := func(from, to uint64) {
		for h := from; h < to; h++ {
			if err := f.add(h*0x9E3779B97F4A7C15, int64(h)); err != nil {
				t.Fatal(err)
			}
		}
	}
	f.mark()
	add(0, 300_000)
	f.mark()
	add(300_000, 900_000)
	f.rollback()
	used, suspected := 0, 0
	for _, g := range f.generations {
		used += g.used
	}
	var in sliceSet
	for h := uint64(300_000); h < 900_000; h++ {
		if f.lookup(h*0x9E3779B97F4A7C15, &in) {
			suspected++
		}
	}
	if used != 300_000 || suspected > 10 {
		t.Fatalf("%d entries left, %d suspects", used, suspected)
	}
}

func TestFilterForgetsWhatIsOlderThanTheWindow(t *testing.T) {
	f := newTestFilter(t, 1_000_000*time.Microsecond, 4*mib)
	random := rand.New(rand.NewPCG(3, 3))
	for i := range int64(3_000_000) {
		if err := f.add(random.Uint64(), i*5); err != nil {
			t.Fatal(err)
		}
	}
	if f.bytes() > 4*mib || f.covered > f.newest-f.window {
		t.Fatalf("%d bytes, known from %d of %d with a window of %d", f.bytes(), f.covered, f.newest, f.window)
	}
}

func TestFilterWithOneKeyAgainAndAgain(t *testing.T) {
	f := newTestFilter(t, time.Hour, 4*mib)
	for i := range int64(1_000_000) {
		if err := f.add(42, i); err != nil {
			t.Fatal(err)
		}
	}
	if !f.knows(42, 999_999) || f.bytes() > 4*mib {
		t.Fatal("lost")
	}
}

func BenchmarkFilter(b *testing.B) {
	f, err := newKeyFilter(week, 20_000_000, func() int64 { return 128 * mib }, new(atomic.Int64))
	if err != nil {
		b.Fatal(err)
	}
	defer f.close()
	random := rand.New(rand.NewPCG(3, 3))
	for i := range int64(20_000_000) {
		_ = f.add(random.Uint64(), i)
	}
	var in sliceSet
	for b.Loop() {
		h := random.Uint64()
		if !f.lookup(h, &in) {
			_ = f.add(h, f.newest)
		}
	}
}

// What the process grows by for a filter is known, and known beforehand.
func TestFilterCountsWhatItHolds(t *testing.T) {
	var held atomic.Int64
	f, err := newKeyFilter(week, 0, func() int64 { return 128 * mib }, &held)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 2_000_000 {
		if err := f.add(random.Uint64(), int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	if len(f.generations) < 2 || held.Load() != f.bytes() {
		t.Errorf("%d generations of %d bytes, %d are counted", len(f.generations), f.bytes(), held.Load())
	}
	if f.close(); held.Load() != 0 {
		t.Errorf("%d bytes are counted of a filter that is closed", held.Load())
	}
}
