package deliver

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
)

// FileAttempts is an AttemptStore of two small files: the attempt, replaced and synced as a whole, and
// the marker, written over in place.
type FileAttempts struct {
	attempt, span string

	marker *os.File // open from the first Mark to the end of the run
	line   []byte   // scratch
}

// NewFileAttempts keeps the attempt in the file path and the marked span in path + ".span". The
// folder must exist.
func NewFileAttempts(path string) *FileAttempts {
	return &FileAttempts{attempt: path, span: path + ".span"}
}

// Load implements AttemptStore. A file that cannot be read counts as missing, and is reported.
func (f *FileAttempts) Load() (a Attempt, s Span, err error) {
	failed := load(f.attempt, &a)
	s, err = loadSpan(f.span)
	return a, s, errors.Join(failed, err)
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

// Save implements AttemptStore. With the end of a run the marker goes too.
func (f *FileAttempts) Save(a Attempt) error {
	var err error
	if !a.Running {
		err = f.endMarker()
	}
	if !a.Running && a.Narrow == (Span{}) && len(a.Crashed) == 0 {
		return errors.Join(err, remove(f.attempt))
	}
	if err := errors.Join(err, replace(f.attempt, a)); err != nil {
		return err
	}
	return syncFolder(f.attempt)
}

func (f *FileAttempts) endMarker() error {
	if f.marker == nil {
		return nil
	}
	err := errors.Join(f.marker.Close(), remove(f.span))
	f.marker = nil
	return err
}

// markerSize is that of a marker in bytes, with room for three numbers of 20 digits and the checksum.
const markerSize = 80

// Mark implements AttemptStore. It is one write in place, of about a microsecond, without a sync: the
// page cache survives the death of the process, which is all that a marker is for. What a loss of
// power leaves of it is told by the checksum.
func (f *FileAttempts) Mark(s Span) error {
	if f.marker == nil {
		marker, err := os.Create(f.span)
		if err != nil {
			return fmt.Errorf("write a marker: %w", err)
		}
		f.marker = marker
	}
	f.line = fmt.Appendf(f.line[:0], "%d %d %d ", s.First, s.Last, s.Deaths)
	f.line = fmt.Appendf(f.line, "%08x", crc32.ChecksumIEEE(f.line))
	for len(f.line) < markerSize-1 {
		f.line = append(f.line, ' ')
	}
	f.line = append(f.line, '\n')
	if _, err := f.marker.WriteAt(f.line, 0); err != nil {
		return fmt.Errorf("write a marker: %w", err)
	}
	return nil
}

// Unmark implements AttemptStore.
func (f *FileAttempts) Unmark() error {
	if f.marker == nil {
		return remove(f.span)
	}
	return f.Mark(Span{})
}

// loadSpan reads a marker. One that is not whole is none: a loss of power can leave that.
func loadSpan(path string) (s Span, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Span{}, nil
	}
	if err != nil {
		return Span{}, fmt.Errorf("read a marker: %w", err)
	}
	var sum uint32
	if _, err := fmt.Sscanf(string(text), "%d %d %d %x", &s.First, &s.Last, &s.Deaths, &sum); err != nil {
		return Span{}, nil //nolint:nilerr // not whole
	}
	if sum != crc32.ChecksumIEEE(fmt.Appendf(nil, "%d %d %d ", s.First, s.Last, s.Deaths)) {
		return Span{}, nil
	}
	return s, nil
}

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
