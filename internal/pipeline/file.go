package pipeline

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// errNotRegular: a device has no end, and a pipe is waited for.
var errNotRegular = errors.New("it is not a regular file")

// readLimited reads a file, but no more than one byte beyond limit.
func readLimited(path string, limit int64) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // opening a pipe would wait for its writer
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	return io.ReadAll(io.LimitReader(file, limit+1))
}
