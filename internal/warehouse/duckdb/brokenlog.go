package duckdb

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// After a loss of power the write-ahead log may end with bytes that were never synced: zeros, where the file
// had grown and its content had not been written. DuckDB passes over an end that is cut off, but refuses the
// whole database for one that is there and wrong.
//
// Such a log is set aside, and the database opened as it was at its last checkpoint. That is a state like any
// other: what was loaded and which files that was are in the same transactions, so the loader goes on behind
// it, and what the log held is loaded again from the lake.

// logSuffixes are the logs DuckDB keeps beside a database: the log, the one it writes during a
// checkpoint, and the one it makes of both when it finds both.
var logSuffixes = []string{".wal", ".wal.checkpoint", ".wal.recovery"}

// asideSuffix is added to the name of a log that is set aside. There is one at most, the newest.
const asideSuffix = ".damaged"

// brokenLog reports whether a database cannot be opened for its write-ahead log's sake.
func brokenLog(err error) bool {
	text := err.Error()
	// It says one of these in front of every error of a replay, of the disk's too.
	return !isKind(err, bindings.ErrorTypeOutOfMemory, bindings.ErrorTypeInterrupt) &&
		(strings.Contains(text, "Failure while replaying") || strings.Contains(text, "Corrupt WAL")) &&
		!strings.Contains(text, "No space") && !strings.Contains(text, "Too many open") && !strings.Contains(text, "Input/output")
}

// setLogAside renames the logs of the database at path, which cannot be replayed because of cause.
func setLogAside(path string, cause error) error {
	for _, suffix := range logSuffixes {
		err := os.Rename(path+suffix, path+suffix+asideSuffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("set the warehouse's damaged log aside: %w", err)
		}
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("set the warehouse's damaged log aside: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("set the warehouse's damaged log aside: %w", err)
	}
	fmt.Fprintf(os.Stderr, "the warehouse's log is damaged and is kept as %s.wal%s; what it held is loaded again from the lake: %s\n",
		path, asideSuffix, firstLine(cause.Error()))
	return nil
}
