package running

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const lockName = "lock"

// A look whether a lock is held takes it for an instant, so a lock counts as held only when it is
// so for lockTries looks, lockPause apart.
const (
	lockTries = 20
	lockPause = 5 * time.Millisecond
)

// Lock takes dataDir for this process until release is called or the process ends, and makes the
// folder if it is missing. The error is marked ErrLocked, with the other's process id, or ErrFolder.
func Lock(dataDir string) (release func(), err error) {
	if err := os.MkdirAll(dataDir, 0o700); err != nil {
		return nil, errFolder(dataDir, err)
	}
	file, err := os.OpenFile(filepath.Join(dataDir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errFolder(dataDir, err)
	}
	for try := 1; ; try++ {
		err = tryLock(file, syscall.LOCK_EX)
		if err == nil {
			break
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(errFolder(dataDir, err), file.Close())
		}
		if try == lockTries {
			return nil, errors.Join(errLocked(dataDir, holder(file)), file.Close())
		}
		time.Sleep(lockPause)
	}
	folder, err := lockFolder(dataDir)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := errors.Join(probe(dataDir, file), disown(dataDir)); err != nil {
		return nil, errors.Join(errFolder(dataDir, err), folder.Close(), file.Close())
	}
	return func() { _, _ = folder.Close(), file.Close() }, nil // closing gives the locks up
}

// lockFolder locks the folder itself: people take a lock file for a stale one and delete it, and the
// next process would find a new file that nobody holds. Network file systems that cannot lock a
// folder leave it at the file.
func lockFolder(dataDir string) (*os.File, error) {
	folder, err := os.Open(dataDir)
	if err != nil {
		return nil, errFolder(dataDir, err)
	}
	if errors.Is(tryLock(folder, syscall.LOCK_EX), syscall.EWOULDBLOCK) {
		return nil, errors.Join(errLocked(dataDir, ""), folder.Close())
	}
	return folder, nil
}

// disown removes the description that a killed pipeline left. Its process id does not tell it from
// the present one's: in a container every start may have the same.
func disown(dataDir string) error {
	err := os.Remove(filepath.Join(dataDir, infoName))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// probe writes the process id into the lock file, and makes sure that files can be made beside it:
// what a file that exists already cannot tell.
func probe(dataDir string, lock *os.File) error {
	if err := lock.Truncate(0); err != nil {
		return err
	}
	if _, err := lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return err
	}
	test, err := os.CreateTemp(dataDir, ".probe-*")
	if err != nil {
		return err
	}
	return errors.Join(test.Close(), os.Remove(test.Name()))
}

// tryLock takes a lock without waiting; syscall.EWOULDBLOCK says that another holds it.
func tryLock(file *os.File, how int) error {
	for {
		err := syscall.Flock(int(file.Fd()), how|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// holder is the process id in a lock file, or "".
func holder(lock *os.File) string {
	content := make([]byte, 32)
	n, _ := lock.ReadAt(content, 0)
	return strings.TrimSpace(string(content[:n]))
}

// locked says which process holds dataDir, "" when none does.
func locked(dataDir string) (pid string, err error) {
	file, err := os.Open(filepath.Join(dataDir, lockName))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // it was only read
	switch err := tryLock(file, syscall.LOCK_SH); {
	case err == nil:
		return "", nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		return holder(file), nil
	default:
		return "", fmt.Errorf("asking for the lock of %s: %w", dataDir, err)
	}
}
