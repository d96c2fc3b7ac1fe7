package lake

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// disk is what Put does to a file system, apart so that a test can see the order and let a step
// fail. Nothing is retried below it: a failed sync may have dropped the data it was for.
type disk interface {
	mkdir(dir string) error
	// create makes a new file that only its writer uses.
	create(dir string) (*os.File, error)
	write(file *os.File, body []byte) error
	// syncFile and syncDir return when the file's bytes, or the folder's entries, are durable.
	syncFile(file *os.File) error
	syncDir(dir string) error
	// publish renames from to to, or fails with fs.ErrExist.
	publish(from, to string) error
}

// realDisk is the operating system's.
type realDisk struct{}

func (realDisk) mkdir(dir string) error { return os.Mkdir(dir, 0o755) }

// create locks the file, so that another process cleaning up does not take it for abandoned.
func (realDisk) create(dir string) (*os.File, error) {
	file, err := os.CreateTemp(dir, "put-*")
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		err = &fs.PathError{Op: "lock", Path: file.Name(), Err: err}
		return nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	// Readers of the lake need not be this user.
	return file, file.Chmod(0o644)
}

func (realDisk) write(file *os.File, body []byte) error {
	_, err := file.Write(body)
	return err
}

func (realDisk) syncFile(file *os.File) error { return file.Sync() }

func (realDisk) syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func (realDisk) publish(from, to string) error {
	err := renameNoReplace(from, to)
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return publishByLink(from, to)
	}
	return err
}

// publishByLink is for file systems that can only rename by replacing: a hard link never replaces.
// A crash between the two steps leaves an unfinished object to be cleaned up.
func publishByLink(from, to string) error {
	if err := os.Link(from, to); err != nil {
		return err
	}
	return os.Remove(from)
}

// removeAbandoned removes the unfinished objects in dir that no process holds a lock on.
func removeAbandoned(dir string) (removed int, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	for _, entry := range entries {
		gone, entryErr := removeUnlocked(filepath.Join(dir, entry.Name()))
		if gone {
			removed++
		}
		if !errors.Is(entryErr, fs.ErrNotExist) {
			err = errors.Join(err, entryErr)
		}
	}
	return removed, err
}

func removeUnlocked(path string) (removed bool, err error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return false, nil // its writer lives
	}
	err = os.Remove(path)
	return err == nil, err
}
