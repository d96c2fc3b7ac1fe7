package duckdb

import (
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// cuckoo is one table of a cuckoo filter: buckets of four entries, each a fingerprint of 24 bits,
// never 0, and a slice id of 8 bits. A key is in one of two buckets; their numbers add up, modulo
// the number of buckets, to a number that follows from the fingerprint, so either gives the other.
//
// Its memory is outside of Go's heap, where the garbage collector would let it count twice.
type cuckoo struct {
	memory  []byte
	entries []uint32
	buckets uint64
	used    int
	seed    uint64
	held    *atomic.Int64
}

const (
	bucketSize  = 4
	bucketBytes = bucketSize * 4
	maxKicks    = 400
)

type insertResult int

const (
	inserted insertResult = iota
	full                  // no room was found; the table is as it was
	crowded               // both buckets hold nothing but this fingerprint
)

// newCuckoo makes a table, whose bytes it adds to held. All of its memory is taken at once: keys would touch every
// page of it within a second, and what the process grows by would be more than held says.
func newCuckoo(buckets uint64, held *atomic.Int64) (*cuckoo, error) {
	memory, err := unix.Mmap(-1, 0, int(buckets*bucketBytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("memory for %d keys: %w", buckets*bucketSize, err)
	}
	held.Add(int64(len(memory)))
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 0
	}
	entries := unsafe.Slice((*uint32)(unsafe.Pointer(&memory[0])), buckets*bucketSize)
	return &cuckoo{memory: memory, entries: entries, buckets: buckets, seed: 1, held: held}, nil
}

func (t *cuckoo) free() {
	if t.memory != nil {
		_ = unix.Munmap(t.memory)
		t.held.Add(-int64(len(t.memory)))
		t.memory, t.entries = nil, nil
	}
}

func (t *cuckoo) bytes() int64  { return int64(len(t.memory)) }
func (t *cuckoo) capacity() int { return len(t.entries) }
func (t *cuckoo) load() float64 { return float64(t.used) / float64(len(t.entries)) }

// fingerprint takes bits that do not choose the bucket.
func fingerprint(hash uint64) uint32 {
	if fp := uint32(hash >> 40); fp != 0 {
		return fp
	}
	return 1
}

// scale maps 32 bits evenly to a bucket.
func (t *cuckoo) scale(bits uint32) uint64 { return uint64(bits) * t.buckets >> 32 }

func (t *cuckoo) first(hash uint64) uint64 { return t.scale(uint32(hash)) }

func (t *cuckoo) other(bucket uint64, fp uint32) uint64 {
	sum := t.scale(uint32(uint64(fp) * 0x9E3779B97F4A7C15 >> 32))
	if sum < bucket {
		sum += t.buckets
	}
	return sum - bucket
}

func (t *cuckoo) bucket(i uint64) []uint32 {
	return t.entries[i*bucketSize : i*bucketSize+bucketSize : i*bucketSize+bucketSize]
}

func (t *cuckoo) lookup(hash uint64, into *sliceSet) bool {
	fp := fingerprint(hash)
	first := t.first(hash)
	found := false
	for _, b := range [2]uint64{first, t.other(first, fp)} {
		for _, e := range t.bucket(b) {
			if e>>8 == fp {
				into.add(uint8(e))
				found = true
			}
		}
	}
	return found
}

func (t *cuckoo) insert(hash uint64, slice uint8) insertResult {
	fp := fingerprint(hash)
	entry := fp<<8 | uint32(slice)
	first := t.first(hash)
	second := t.other(first, fp)
	same := 0
	for _, b := range [2]uint64{first, second} {
		bucket := t.bucket(b)
		for i, e := range bucket {
			if e == 0 {
				bucket[i] = entry
				t.used++
				return inserted
			}
			if e>>8 == fp {
				same++
			}
		}
	}
	if same == 2*bucketSize {
		return crowded
	}
	if t.used > len(t.entries)*95/100 {
		return full
	}
	return t.kick(entry, second)
}

// kick moves entries to their other buckets until there is room for one more. When there is none,
// the moves are taken back.
func (t *cuckoo) kick(entry uint32, b uint64) insertResult {
	var path [maxKicks]uint64
	for n := range maxKicks {
		t.seed ^= t.seed << 13
		t.seed ^= t.seed >> 7
		t.seed ^= t.seed << 17
		slot := b*bucketSize + t.seed%bucketSize
		path[n] = slot
		entry, t.entries[slot] = t.entries[slot], entry
		b = t.other(b, entry>>8)
		for i, e := range t.bucket(b) {
			if e == 0 {
				t.entries[b*bucketSize+uint64(i)] = entry
				t.used++
				return inserted
			}
		}
	}
	for n := maxKicks - 1; n >= 0; n-- {
		entry, t.entries[path[n]] = t.entries[path[n]], entry
	}
	return full
}

// remove takes out one entry of the key in that slice.
func (t *cuckoo) remove(hash uint64, slice uint8) bool {
	fp := fingerprint(hash)
	entry := fp<<8 | uint32(slice)
	first := t.first(hash)
	for _, b := range [2]uint64{first, t.other(first, fp)} {
		bucket := t.bucket(b)
		for i, e := range bucket {
			if e == entry {
				bucket[i] = 0
				t.used--
				return true
			}
		}
	}
	return false
}

// renumber gives every entry the slice id that to says, or removes it.
func (t *cuckoo) renumber(to func(uint8) (id uint8, keep bool)) {
	var ids [256]uint32
	var keep [256]bool
	for i := range ids {
		id, ok := to(uint8(i))
		ids[i], keep[i] = uint32(id), ok
	}
	for i, e := range t.entries {
		switch {
		case e == 0:
		case keep[uint8(e)]:
			t.entries[i] = e&^0xff | ids[uint8(e)]
		default:
			t.entries[i] = 0
			t.used--
		}
	}
}
