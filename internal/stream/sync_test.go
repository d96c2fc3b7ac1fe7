package stream

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// syncs records which paths are synced, and lets chosen ones fail.
type syncs struct {
	mu   sync.Mutex
	all  []string
	fail func(path string) error // nil: none does
}

func (s *syncs) sync(path string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, path)
	if s.fail != nil {
		if err := s.fail(path); err != nil {
			return fmt.Errorf("syncing the log: %w: %w", errNotSynced, &os.PathError{Op: "sync", Path: path, Err: err})
		}
	}
	return syncPath(path)
}

// TestE1FailedSyncAtOpenIsNotRepeated: the kernel reports a failed fsync once and calls the pages clean.
// What was read before has to be written anew; to sync it again would succeed and do nothing.
func TestE1FailedSyncAtOpenIsNotRepeated(t *testing.T) {
	for _, fault := range []error{unix.EIO, unix.ENOSPC, unix.EDQUOT} {
		t.Run(fault.Error(), func(t *testing.T) {
			cfg := testConfig(t)
			l := open(t, cfg)
			create(t, l, "orders", 1)
			appendRange(t, l, "orders", 0, 0, 10)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			block := filepath.Join(shardDir(cfg), "msgs", blockFile(1))
			before, err := os.Stat(block)
			if err != nil {
				t.Fatal(err)
			}
			failed := 0
			disk := syncs{fail: func(path string) error {
				if path == block && failed == 0 {
					failed++
					return fault
				}
				return nil
			}}
			cfg.sync = disk.sync
			l = open(t, cfg)
			after, err := os.Stat(block)
			if err != nil {
				t.Fatal(err)
			}
			if failed != 1 || os.SameFile(before, after) {
				t.Errorf("after %d failed syncs the pages they lost are read on", failed)
			}
			checkRecords(t, readAll(t, l, "orders", 0, 1), 1, 10)
			if a := appendRange(t, l, "orders", 0, 10, 12); a.First != 11 || len(l.Gaps()) > 0 {
				t.Error(a, l.Gaps())
			}
		})
	}
}

// TestE1FailedSyncOfAFolderIsNotAcknowledged: a new block file that may be gone after a power loss is not
// what a record was promised.
func TestE1FailedSyncOfAFolderIsNotAcknowledged(t *testing.T) {
	cfg := testConfig(t)
	var disk syncs
	cfg.sync = disk.sync
	l := open(t, cfg)
	create(t, l, "orders", 1)
	appendRange(t, l, "orders", 0, 0, 1)
	folder, failed := filepath.Join(shardDir(cfg), "msgs"), 0
	disk.mu.Lock()
	disk.fail = func(path string) error {
		if path == folder && failed == 0 {
			failed++
			return unix.EIO
		}
		return nil
	}
	disk.mu.Unlock()
	acked, n := map[uint64]string{}, 1
	for failed == 0 || len(acked) == 0 { // until the server begins its next file
		appendUntil(t, l, acked, &n, func(error) bool { return true })
	}
	appendUntil(t, l, acked, &n, accepted)
	checkAcked(t, l, acked)
}

// TestE1MendingGoesByWhatFailed: a write that found no room has left nothing behind, a sync has.
func TestE1MendingGoesByWhatFailed(t *testing.T) {
	for text, want := range map[string]bool{
		"write /a/1.blk: no space left on device":                     true,
		"write /a/async/1.blk: no space left on device":               true,
		"write /a/1.blk: disk quota exceeded":                         true,
		"sync /a/1.blk: no space left on device":                      false,
		"syncing the log: sync /a/1.blk: disk quota exceeded":         false,
		"sync /a/1.blk: input/output error":                           false,
		"context deadline exceeded":                                   false,
		"nats: API error: sync /a/1.blk: no space left on device (1)": false,
	} {
		if got := outOfSpace(errors.New(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// TestE1JournalThatWasMadeBeforeACrashIsMadeDurable: whoever made it may have died between the making and
// the sync of the folders it is new in.
func TestE1JournalThatWasMadeBeforeACrashIsMadeDurable(t *testing.T) {
	cfg := testConfig(t)
	l := open(t, cfg)
	if _, err := l.Journal(t.Context(), "commits"); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var disk syncs
	cfg.sync = disk.sync
	l = open(t, cfg)
	for journal, when := range map[string]func() error{
		"streams":      func() error { return nil },
		"user.commits": func() error { _, err := l.Journal(t.Context(), "commits"); return err },
	} {
		if err := when(); err != nil {
			t.Fatal(err)
		}
		for dir := filepath.Join(streamsDir(cfg.Dir), journalName(journal)); dir != filepath.Dir(cfg.Dir); dir = filepath.Dir(dir) {
			if !slices.Contains(disk.all, dir) {
				t.Errorf("%s is used, and %s was not synced", journal, dir)
			}
		}
	}
}
