package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// fileEvery is how often the process looks whether its path still is the file it has open.
const fileEvery = time.Second

// watchFile ends the process when somebody has removed the database file or put another in its place: it would
// go on into a file that has no name any more. It returns when ctx ends. opened is the file as it was when it
// was opened.
//
// The next process opens what is there, or makes it, and the loader goes on from what that has.
func watchFile(ctx context.Context, path string, opened fs.FileInfo) {
	tick := time.NewTicker(fileEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if what := fate(path, opened); what != "" {
			fmt.Fprintf(os.Stderr, "the warehouse file %s was %s, so the duckdb process ends; it is started again, and what is missing is loaded from the lake\n", path, what)
			os.Exit(exitReplaced)
		}
	}
}

// fate is what has become of a file: removed, replaced, or empty for nothing. A path that cannot be looked at
// says nothing of the file.
func fate(path string, opened fs.FileInfo) string {
	switch now, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return "removed"
	case err == nil && !os.SameFile(now, opened):
		return "replaced"
	}
	return ""
}
