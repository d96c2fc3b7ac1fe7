package stream

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A crash can leave folders of streams that were being made or deleted. They are mended by the next
// Open, in two steps: what the server could not read goes before it starts, shards that the registry
// does not know go after it was read.

// removeHalfMade removes folders of streams whose making was cut short: without a complete
// description, and without a byte of content. The server would neither open such a stream nor make
// it anew. A folder with content stays, whatever is missing.
func removeHalfMade(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	removed := false
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if !entry.IsDir() || described(path) || hasContent(path) {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("opening the log: %w", err)
		}
		removed = true
	}
	if !removed {
		return nil
	}
	return syncPath(dir)
}

func described(streamDir string) bool {
	for _, name := range []string{"meta.inf", "meta.sum"} {
		info, err := os.Stat(filepath.Join(streamDir, name))
		if err != nil || info.Size() == 0 {
			return false
		}
	}
	return true
}

func hasContent(streamDir string) bool {
	blocks, err := filepath.Glob(filepath.Join(streamDir, "*", "*.blk"))
	if err != nil {
		return true
	}
	for _, block := range blocks {
		if info, err := os.Stat(block); err != nil || info.Size() > 0 {
			return true
		}
	}
	return false
}

// strayShards lists the shard folders in dir that are not among known.
func strayShards(dir string, known map[string]bool) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("opening the log: %w", err)
	}
	var stray []string
	for _, entry := range entries {
		if name := entry.Name(); entry.IsDir() && strings.HasPrefix(name, "s") && !known[name] {
			stray = append(stray, name)
		}
	}
	return stray, nil
}
