package deliver

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// FileAttempts is an AttemptStore of two small files.
type FileAttempts struct {
	attempt, span string
}

// NewFileAttempts keeps the attempt in the file path and the marked span in path + ".span". The
// folder must exist.
func NewFileAttempts(path string) *FileAttempts {
	return &FileAttempts{attempt: path, span: path + ".span"}
}

// Load implements AttemptStore. A file that cannot be read counts as missing, and is reported.
func (f *FileAttempts) Load() (a Attempt, s Span, err error) {
	err = errors.Join(load(f.attempt, &a), load(f.span, &s))
	return a, s, err
}

func load(path string, into any) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// Save implements AttemptStore.
func (f *FileAttempts) Save(a Attempt) error {
	if !a.Running && a.Narrow == (Span{}) && len(a.Crashed) == 0 {
		return remove(f.attempt)
	}
	if err := replace(f.attempt, a); err != nil {
		return err
	}
	return syncFolder(f.attempt)
}

// Mark implements AttemptStore. The content is synced before the file appears; the folder is not
// synced after it, because a marker must survive the death of the process, for which the page cache
// suffices, and every millisecond it stands it may be blamed for a death that has other reasons.
func (f *FileAttempts) Mark(s Span) error { return replace(f.span, s) }

// Unmark implements AttemptStore.
func (f *FileAttempts) Unmark() error { return remove(f.span) }

func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a marker: %w", err)
	}
	return nil
}

// replace writes a file so that it is there whole or not at all.
func replace(path string, content any) (err error) {
	text, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	temporary := path + ".new"
	file, err := os.Create(temporary)
	if err != nil {
		return fmt.Errorf("write a marker: %w", err)
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		return fmt.Errorf("write a marker: %w", err)
	}
	return nil
}

func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("sync a marker: %w", err)
	}
	if err := errors.Join(folder.Sync(), folder.Close()); err != nil {
		return fmt.Errorf("sync a marker: %w", err)
	}
	return nil
}
