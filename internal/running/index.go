package running

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// indexes are the folders that may hold the index, the best first: the second is for users
// without a home.
func indexes() []string {
	var dirs []string
	if cache, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, filepath.Join(cache, "penstock", "running"))
	}
	return append(dirs, filepath.Join(os.TempDir(), fmt.Sprintf("penstock-%d", os.Getuid())))
}

// indexName is the name of a data folder's file in the index.
func indexName(dataDir string) string {
	sum := sha256.Sum256([]byte(dataDir))
	return hex.EncodeToString(sum[:8])
}

// enlist writes dataDir into the first index that takes it.
func enlist(dataDir string) (forget func(), err error) {
	var faults []error
	for _, dir := range indexes() {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			faults = append(faults, err)
			continue
		}
		if err := ours(dir); err != nil {
			faults = append(faults, err)
			continue
		}
		path := filepath.Join(dir, indexName(dataDir))
		if err := replace(path, []byte(dataDir+"\n")); err != nil {
			faults = append(faults, err)
			continue
		}
		return func() { _ = os.Remove(path) }, nil
	}
	return nil, errors.Join(faults...)
}

// listed returns the data folders in the index, those of pipelines long gone included.
func listed() []string {
	var dataDirs []string
	seen := map[string]bool{}
	for _, dir := range indexes() {
		entries, err := os.ReadDir(dir)
		if err != nil || ours(dir) != nil {
			continue
		}
		for _, entry := range entries {
			path := filepath.Join(dir, entry.Name())
			content, err := os.ReadFile(path)
			dataDir := strings.TrimSuffix(string(content), "\n")
			// Anything else is a file that is just being written.
			if err != nil || indexName(dataDir) != entry.Name() || seen[dataDir] {
				continue
			}
			seen[dataDir] = true
			if _, err := os.Stat(dataDir); errors.Is(err, os.ErrNotExist) {
				_ = os.Remove(path) // killed, and its folder deleted since
				continue
			}
			dataDirs = append(dataDirs, dataDir)
		}
	}
	return dataDirs
}

// ours makes sure that nobody else can write to dir: in a folder for temporary files, anybody
// could have made it.
func ours(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || known && int(owner.Uid) != os.Getuid() || info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s may be written by others", dir)
	}
	return nil
}

// replace writes a file that others see either not at all or whole.
func replace(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
