package stream

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ShardsIn says how many shards a stream has in the log in dir, whether or not a process has that open; 0 if there is no
// such stream. It looks at the names of folders only, and changes nothing.
func ShardsIn(dir, stream string) (int, error) {
	entries, err := os.ReadDir(streamsDir(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("looking for the shards of stream %s: %w", stream, err)
	}
	if !hasContent(filepath.Join(streamsDir(dir), journalName(registryJournal))) {
		return 0, nil // the first stream was being made
	}
	shards := map[uint64]int{}
	latest := uint64(0)
	for _, entry := range entries {
		var id uint64
		var index int
		if _, err := fmt.Sscanf(entry.Name(), "s%d-%d-", &id, &index); err != nil || entry.Name() != shardName(id, index, stream) {
			continue
		}
		shards[id]++
		latest = max(latest, id)
	}
	return shards[latest], nil
}
