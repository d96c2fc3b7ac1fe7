package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// newFile is a file to write.
type newFile struct {
	path string
	text []byte
}

// writeNewFiles writes files none of which may be there yet: nothing of a person's is overwritten.
// Folders are made.
func writeNewFiles(files []newFile) error {
	for _, f := range files {
		if _, err := os.Lstat(f.path); err == nil {
			return usageError{fmt.Errorf("%s is there already, and nothing was written; choose another name", f.path)}
		} else if !errors.Is(err, fs.ErrNotExist) {
			return usageError{fmt.Errorf("nothing was written: %w", err)}
		}
	}
	for _, f := range files {
		if err := os.MkdirAll(filepath.Dir(f.path), 0o755); err != nil {
			return err
		}
		// O_EXCL: it may have come into being in between.
		file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if err != nil {
			return err
		}
		_, err = file.Write(f.text)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	return nil
}
