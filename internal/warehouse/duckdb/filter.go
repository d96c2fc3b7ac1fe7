package duckdb

import (
	"math"
	"sync/atomic"
	"time"
)

// keyFilter recognizes keys that may have landed before. It is a cuckoo filter whose entries carry,
// beside a 24-bit fingerprint, the slice of time they arrived in; so a key that may be known is
// looked up in a small part of its table only.
//
// A lookup that finds nothing is certain; one that finds something may be wrong, by chance about
// once in a million. Memory is bounded: when it is used up, the oldest slices are forgotten, and
// covered says from when on the filter knows every key.
//
// It is not safe for concurrent use.
type keyFilter struct {
	window int64 // microseconds
	// room is how many bytes may be taken beside those that are.
	room func() int64
	// held counts the bytes of all filters.
	held *atomic.Int64
	// generations are tables of growing size; the last one takes new keys.
	generations []*cuckoo
	slices      []timeSlice // by id; the last one is being filled
	perSlice    int64       // keys after which a slice is closed
	// stash holds hashes that found no room because too many share their fingerprint.
	stash map[uint64]struct{}
	// covered is the arrival time from which on every key is known, in microseconds.
	covered int64
	newest  int64
	// shifts counts how often the slices got other ids.
	shifts int
	// undo are the additions since mark, if they are recorded.
	undo      []addition
	recording bool
}

// timeSlice is a stretch of arrivals, in microseconds, both included.
type timeSlice struct {
	lo, hi int64
	keys   int64
}

// addition is a key that was added, and where: another generation may have an entry that looks like its.
type addition struct {
	hash  uint64
	to    *cuckoo
	slice uint8
}

const (
	maxSlices     = 256
	firstPerSlice = 64 << 10
	firstBuckets  = 1 << 17 // 2 MiB, half a million keys
	leastBytes    = 64 << 10
)

// newKeyFilter makes a filter for keys that are recognized within window, with place for expected
// keys from the start. room says how many more bytes may be taken at any time, and held counts those that are.
func newKeyFilter(window time.Duration, expected int64, room func() int64, held *atomic.Int64) (*keyFilter, error) {
	f := &keyFilter{
		window: window.Microseconds(), room: room, held: held, perSlice: firstPerSlice,
		stash: map[uint64]struct{}{}, covered: math.MinInt64, newest: math.MinInt64,
	}
	// A quarter more than expected, because a table is full at 95% and keys keep coming.
	buckets := min(max(firstBuckets, uint64(expected)*5/4/bucketSize), uint64(max(room(), leastBytes))/bucketBytes)
	for f.perSlice*maxSlices/2 < expected {
		f.perSlice *= 2
	}
	return f, f.addGeneration(buckets)
}

func (f *keyFilter) close() {
	for _, g := range f.generations {
		g.free()
	}
	f.generations, f.undo = nil, nil
}

func (f *keyFilter) bytes() int64 {
	var n int64
	for _, g := range f.generations {
		n += g.bytes()
	}
	return n
}

func (f *keyFilter) addGeneration(buckets uint64) error {
	g, err := newCuckoo(buckets, f.held)
	if err == nil {
		f.generations = append(f.generations, g)
	}
	return err
}

// sliceSet is a set of slice ids.
type sliceSet [maxSlices / 64]uint64

func (s *sliceSet) add(id uint8)      { s[id/64] |= 1 << (id % 64) }
func (s *sliceSet) has(id uint8) bool { return s[id/64]>>(id%64)&1 == 1 }

// lookup reports whether the key may have landed, and adds the slices it may have landed in.
func (f *keyFilter) lookup(hash uint64, into *sliceSet) bool {
	found := false
	for _, g := range f.generations {
		if g.lookup(hash, into) {
			found = true
		}
	}
	if len(f.stash) > 0 {
		if _, ok := f.stash[hash]; ok {
			found = true
			for i := range f.slices {
				into.add(uint8(i))
			}
		}
	}
	return found
}

// add remembers that the key landed, arriving at the given time in microseconds.
func (f *keyFilter) add(hash uint64, arrived int64) error {
	id := f.slice(arrived)
	for {
		g := f.generations[len(f.generations)-1]
		switch g.insert(hash, id) {
		case inserted:
			if f.recording {
				f.undo = append(f.undo, addition{hash, g, id})
			}
			return nil
		case crowded:
			f.stash[hash] = struct{}{}
			return nil
		}
		if err := f.makeRoom(); err != nil {
			return err
		}
		id = f.slice(arrived)
	}
}

// slice returns the id of the slice that is being filled, widened to the arrival.
func (f *keyFilter) slice(arrived int64) uint8 {
	f.newest = max(f.newest, arrived)
	n := len(f.slices)
	if n == 0 || f.slices[n-1].keys >= f.perSlice {
		if n == maxSlices {
			f.mergeSlices()
			n = len(f.slices)
		}
		f.slices = append(f.slices, timeSlice{lo: arrived, hi: arrived})
		n++
	}
	s := &f.slices[n-1]
	s.keys++
	s.lo, s.hi = min(s.lo, arrived), max(s.hi, arrived)
	return uint8(n - 1)
}

// mergeSlices makes one of each two neighbours, after forgetting what is older than the window.
func (f *keyFilter) mergeSlices() {
	if f.forget(f.expired()); len(f.slices) < maxSlices {
		return
	}
	for _, g := range f.generations {
		g.renumber(func(id uint8) (uint8, bool) { return id / 2, true })
	}
	for i := range f.undo {
		f.undo[i].slice /= 2
	}
	f.shifts++
	half := f.slices[:0]
	for i := 0; i < len(f.slices); i += 2 {
		a, b := f.slices[i], f.slices[i+1]
		half = append(half, timeSlice{min(a.lo, b.lo), max(a.hi, b.hi), a.keys + b.keys})
	}
	f.slices = half
	f.perSlice *= 2
}

// expired is the number of leading slices that are wholly older than the window.
func (f *keyFilter) expired() int {
	n := 0
	for n < len(f.slices)-1 && f.slices[n].hi < f.newest-f.window {
		n++
	}
	return n
}

// forget removes the first n slices.
func (f *keyFilter) forget(n int) {
	if n == 0 {
		return
	}
	for _, s := range f.slices[:n] {
		f.covered = max(f.covered, s.hi+1)
	}
	f.shifts++
	drop := uint8(n)
	for _, g := range f.generations {
		g.renumber(func(id uint8) (uint8, bool) { return id - drop, id >= drop })
	}
	kept := f.undo[:0]
	for _, a := range f.undo {
		if a.slice >= drop {
			kept = append(kept, addition{a.hash, a.to, a.slice - drop})
		}
	}
	f.undo = kept
	f.slices = append(f.slices[:0], f.slices[n:]...)
	f.dropEmpty()
}

func (f *keyFilter) dropEmpty() {
	kept := f.generations[:0]
	for i, g := range f.generations {
		if g.used == 0 && i < len(f.generations)-1 {
			g.free()
			continue
		}
		kept = append(kept, g)
	}
	f.generations = kept
}

// makeRoom is called when the last generation is full.
func (f *keyFilter) makeRoom() error {
	if n := f.expired(); n > 0 {
		f.forget(n)
		if last := f.generations[len(f.generations)-1]; last.used < last.capacity()*3/4 {
			return nil
		}
	}
	room := uint64(max(0, f.room())) / bucketBytes
	if room >= firstBuckets {
		return f.addGeneration(min(room, 2*f.generations[len(f.generations)-1].buckets))
	}
	// Out of memory: forget the oldest eighth, and use the generation with the most room next.
	f.forget(max(1, len(f.slices)/8))
	emptiest := 0
	for i, g := range f.generations {
		if g.load() < f.generations[emptiest].load() {
			emptiest = i
		}
	}
	last := len(f.generations) - 1
	f.generations[emptiest], f.generations[last] = f.generations[last], f.generations[emptiest]
	if f.generations[last].load() > 0.9 && len(f.slices) <= 1 {
		f.forgetAll()
	}
	return nil
}

// forgetAll empties the filter: a single slice filled it.
func (f *keyFilter) forgetAll() {
	f.covered = max(f.covered, f.newest+1)
	f.shifts++
	for _, g := range f.generations {
		g.renumber(func(uint8) (uint8, bool) { return 0, false })
	}
	f.slices, f.undo = nil, f.undo[:0]
}

// mark begins recording additions, for rollback.
func (f *keyFilter) mark() { f.undo, f.recording = f.undo[:0], true }

// rollback takes the additions since mark out again.
func (f *keyFilter) rollback() {
	for _, a := range f.undo {
		a.to.remove(a.hash, a.slice)
	}
	f.undo = f.undo[:0]
}
