// Package catalogtest holds what tests of the catalog, of its journals and of its users share: a
// journal and an archive in memory, a conformance suite for journals, and a wrapper that makes a
// process die at a chosen step.
package catalogtest

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"sync"

	"github.com/penstock/penstock/internal/event"
)

// Journal is a catalog.Journal in memory. It outlives the shards opened on it, as a disk does.
type Journal struct {
	mu      sync.Mutex
	first   uint64 // sequence of entries[0]
	entries [][]byte
	reads   int
}

// NewJournal returns an empty journal.
func NewJournal() *Journal { return &Journal{first: 1} }

// Append implements catalog.Journal.
func (j *Journal) Append(ctx context.Context, expect uint64, entry []byte) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if expect != j.last() {
		return 0, event.ErrConflict
	}
	j.entries = append(j.entries, bytes.Clone(entry))
	return j.last(), nil
}

func (j *Journal) last() uint64 { return j.first + uint64(len(j.entries)) - 1 }

// Last implements catalog.Journal.
func (j *Journal) Last(ctx context.Context) (uint64, []byte, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) == 0 {
		return j.last(), nil, ctx.Err()
	}
	return j.last(), bytes.Clone(j.entries[len(j.entries)-1]), ctx.Err()
}

// Read implements catalog.Journal. No lock is held while fn runs.
func (j *Journal) Read(ctx context.Context, from uint64, fn func(uint64, []byte) error) error {
	for {
		j.mu.Lock()
		from = max(from, j.first)
		if from > j.last() {
			j.mu.Unlock()
			return ctx.Err()
		}
		entry := j.entries[from-j.first]
		j.reads++
		j.mu.Unlock()
		if err := fn(from, entry); err != nil {
			return err
		}
		from++
	}
}

// Trim implements catalog.Journal.
func (j *Journal) Trim(ctx context.Context, before uint64) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := min(max(before, j.first)-j.first, uint64(len(j.entries)))
	j.entries = append([][]byte(nil), j.entries[n:]...)
	j.first += n
	return ctx.Err()
}

// Reads is how many entries were given to readers so far.
func (j *Journal) Reads() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.reads
}

// Len is how many entries are retained.
func (j *Journal) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.entries)
}

// Archive is a catalog.Archive in memory.
type Archive struct {
	mu      sync.Mutex
	objects map[string][]byte
	gets    []string
}

// NewArchive returns an empty archive.
func NewArchive() *Archive { return &Archive{objects: map[string][]byte{}} }

// Put implements catalog.Archive.
func (a *Archive) Put(ctx context.Context, name string, body []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if old, exists := a.objects[name]; exists && !bytes.Equal(old, body) {
		return fmt.Errorf("%s exists with other content", name)
	}
	a.objects[name] = bytes.Clone(body)
	return nil
}

// Get implements catalog.Archive.
func (a *Archive) Get(ctx context.Context, name string) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.gets = append(a.gets, name)
	body, exists := a.objects[name]
	if !exists {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return body, ctx.Err()
}

// Gets returns the names read since the last call of Gets.
func (a *Archive) Gets() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	gets := a.gets
	a.gets = nil
	return gets
}

// Corrupt changes one byte in the middle of an object.
func (a *Archive) Corrupt(name string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	body := bytes.Clone(a.objects[name])
	body[len(body)/2] ^= 1
	a.objects[name] = body
}

// Rewrite changes every entry, as if another version had written them.
func (j *Journal) Rewrite(entry func([]byte) []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for i := range j.entries {
		j.entries[i] = entry(j.entries[i])
	}
}
