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
	"time"
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

// listed returns the data folders in the index whose pipelines may be running. The others are struck
// from it: a killed pipeline cannot do that itself, and an index that only grows makes every command
// that looks for a pipeline slower.
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
			if strings.HasPrefix(entry.Name(), newPrefix) {
				removeOld(path, entry)
				continue
			}
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
			if whileIdle(dataDir, func() { _ = os.Remove(path) }) {
				continue
			}
			dataDirs = append(dataDirs, dataDir)
		}
	}
	return dataDirs
}

// whileIdle runs strike if no pipeline holds dataDir, and tells whether it did. A pipeline that
// starts meanwhile waits for its lock until strike is done, so it cannot enlist itself and be
// struck at once.
func whileIdle(dataDir string, strike func()) bool {
	file, err := os.Open(filepath.Join(dataDir, lockName))
	if err != nil {
		return false
	}
	defer file.Close() //nolint:errcheck // closing gives the lock up
	folder, err := os.Open(dataDir)
	if err != nil {
		return false
	}
	defer folder.Close() //nolint:errcheck // closing gives the lock up
	// The lock file may be younger than the pipeline, when people deleted the one it holds.
	if tryLock(file, syscall.LOCK_SH) != nil || errors.Is(tryLock(folder, syscall.LOCK_SH), syscall.EWOULDBLOCK) {
		return false
	}
	strike()
	return true
}

// newPrefix begins the names of files that are being written.
const newPrefix = ".new-"

// leftAfter is when such a file counts as left by a process that was killed: writing it takes
// milliseconds.
const leftAfter = time.Hour

// removeOld removes a file that somebody began to write and never finished.
func removeOld(path string, entry os.DirEntry) {
	if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > leftAfter {
		_ = os.Remove(path)
	}
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
	file, err := os.CreateTemp(filepath.Dir(path), newPrefix+"*") // 0600
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
