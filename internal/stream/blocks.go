package stream

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// resyncBytes is after how many bytes without a new block file the folder is synced all the same.
// The server begins a block file every 8 MiB; this keeps the promise should that change.
const resyncBytes = 32 << 20

// blocks makes the block files of one JetStream stream survive a power loss as files. The server
// fsyncs what it writes into a block file, but not the folder in which the file is new; POSIX keeps
// the file only after both. Belongs to the goroutine that writes the stream.
type blocks struct {
	dir   string // the stream's "msgs" folder
	next  int    // number of the block file that will be made next
	since int    // bytes written since the folder was synced
	sync  func(path string) error
}

// openBlocks syncs the newest block file and the folder, so that whatever can be read now is
// durable: a process killed between write and fsync leaves readable bytes that no fsync covers.
func openBlocks(streamDir string, sync func(path string) error) (*blocks, error) {
	b := &blocks{dir: filepath.Join(streamDir, "msgs"), sync: sync}
	newest, err := newestBlock(b.dir)
	if err != nil {
		return nil, err
	}
	if newest > 0 {
		if err := b.sync(b.path(newest)); err != nil {
			return nil, err
		}
	}
	b.next = newest + 1
	return b, b.sync(b.dir)
}

// wrote is called after the server acknowledged a message of the given size and before anybody
// else hears of it.
func (b *blocks) wrote(size int) error {
	b.since += size
	fresh := b.since >= resyncBytes
	for {
		_, err := os.Lstat(b.path(b.next))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return fmt.Errorf("looking for new files of the log: %w", err)
		}
		b.next++
		fresh = true
	}
	if !fresh {
		return nil
	}
	b.since = 0
	return b.sync(b.dir)
}

func (b *blocks) path(number int) string { return filepath.Join(b.dir, blockFile(number)) }

func blockFile(number int) string { return strconv.Itoa(number) + ".blk" }

// newestBlock is the highest number of a block file in dir, 0 if there is none.
func newestBlock(dir string) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("listing the files of the log: %w", err)
	}
	newest := 0
	for _, entry := range entries {
		digits, ok := strings.CutSuffix(entry.Name(), ".blk")
		if n, err := strconv.Atoi(digits); ok && err == nil {
			newest = max(newest, n)
		}
	}
	return newest, nil
}

// rewriteNewestBlock copies the newest block file of a stream and puts the copy in its place. After
// a failed fsync the kernel calls pages clean that never reached the disk, and a second fsync
// succeeds without writing them; only new pages can be trusted.
func rewriteNewestBlock(streamDir string) error {
	dir := filepath.Join(streamDir, "msgs")
	newest, err := newestBlock(dir)
	if err != nil || newest == 0 {
		return err
	}
	name := filepath.Join(dir, blockFile(newest))
	temporary := name + ".mend"
	if err := copyFile(temporary, name); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	if err := os.Rename(temporary, name); err != nil {
		return fmt.Errorf("putting a copied file of the log in place: %w", err)
	}
	return syncPath(dir)
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copying a file of the log: %w", err)
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("copying a file of the log: %w", err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("copying a file of the log: %w", err)
	}
	return nil
}

// makeFolder makes dir, an absolute path, and what is missing above it, durably. That dir itself is durable is made sure
// of even if it is there: whoever made it may not have synced the folder above.
func makeFolder(dir string) error {
	there := filepath.Dir(dir)
	for there != filepath.Dir(there) {
		if _, err := os.Stat(there); err == nil {
			break
		}
		there = filepath.Dir(there)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return syncFolders(dir, there, syncPath)
}

// syncFolders syncs dir and each folder above it up to and including root.
func syncFolders(dir, root string, sync func(path string) error) error {
	for {
		if err := sync(dir); err != nil {
			return err
		}
		if dir == root || dir == filepath.Dir(dir) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

// errNotSynced says that an fsync failed. It must not be asked for again: the kernel reports the failure
// once, takes the pages for clean, and the second one succeeds.
var errNotSynced = errors.New("what was written may not be on the disk")

// syncPath fsyncs a file or folder.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("syncing the log: %w", err)
	}
	if err := f.Sync(); err != nil {
		return errors.Join(fmt.Errorf("syncing the log: %w: %w", errNotSynced, err), f.Close())
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("syncing the log: %w", err)
	}
	return nil
}
