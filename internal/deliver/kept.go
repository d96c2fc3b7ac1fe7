package deliver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
)

// Kept is a range that was processed and is about to be planned.
type Kept struct {
	First       uint64                 `json:"first"`
	Last        uint64                 `json:"last"`
	Generation  uint32                 `json:"generation"`
	Version     string                 `json:"version"`
	Format      string                 `json:"format"`
	Dropped     map[string]int64       `json:"dropped,omitempty"`
	Lost        []catalog.Range        `json:"lost,omitempty"`
	Quarantined map[string]int64       `json:"quarantined,omitempty"`
	Reasons     map[event.Reason]int64 `json:"reasons,omitempty"`
	// Files are loaded; Beside are not. Bodies are those of Files, then those of Beside.
	Files  []catalog.File `json:"files,omitempty"`
	Beside []catalog.File `json:"beside,omitempty"`
	Bodies [][]byte       `json:"-"`
}

func (s *sealed) kept() Kept {
	k := Kept{First: s.first, Last: s.last, Generation: s.generation, Version: s.version, Format: s.format,
		Dropped: s.dropped, Lost: s.lost, Quarantined: s.quarantined, Reasons: s.reasons}
	for _, f := range s.files {
		k.Files, k.Bodies = append(k.Files, f.File), append(k.Bodies, f.body)
	}
	for _, f := range s.beside {
		k.Beside, k.Bodies = append(k.Beside, f.File), append(k.Bodies, f.body)
	}
	return k
}

func (k Kept) sealed() *sealed {
	s := &sealed{first: k.First, last: k.Last, generation: k.Generation, version: k.Version, format: k.Format,
		dropped: k.Dropped, lost: k.Lost, quarantined: k.Quarantined, reasons: k.Reasons}
	for i, f := range k.Files {
		s.files = append(s.files, sealedFile{f, k.Bodies[i]})
	}
	for i, f := range k.Beside {
		s.beside = append(s.beside, sealedFile{f, k.Bodies[len(k.Files)+i]})
	}
	return s
}

// FileResults is a Results in one file: a line of JSON, and the bodies behind it.
type FileResults struct{ path string }

// NewFileResults keeps results in the file path, whose folder must exist.
func NewFileResults(path string) *FileResults { return &FileResults{path} }

// Save implements Results.
func (f *FileResults) Save(k Kept) (err error) {
	head, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("keep what was processed: %w", err)
	}
	temporary := f.path + ".new"
	file, err := os.OpenFile(temporary, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep what was processed: %w", err)
	}
	_, err = file.Write(append(head, '\n'))
	for _, body := range k.Bodies {
		if err == nil {
			_, err = file.Write(body)
		}
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(temporary, f.path)
	}
	if err != nil {
		return fmt.Errorf("keep what was processed: %w", err)
	}
	return syncFolder(f.path)
}

// Load implements Results. What was cut short or damaged counts as missing: the range is processed again.
func (f *FileResults) Load() (Kept, bool) {
	text, err := os.ReadFile(f.path)
	if err != nil {
		return Kept{}, false
	}
	head, rest, found := bytes.Cut(text, []byte{'\n'})
	var k Kept
	if !found || json.Unmarshal(head, &k) != nil {
		return Kept{}, false
	}
	for _, files := range [][]catalog.File{k.Files, k.Beside} {
		for _, file := range files {
			if file.Bytes < 0 || file.Bytes > int64(len(rest)) || checksum(rest[:file.Bytes]) != file.SHA256 {
				return Kept{}, false
			}
			k.Bodies = append(k.Bodies, rest[:file.Bytes:file.Bytes])
			rest = rest[file.Bytes:]
		}
	}
	return k, true
}

// Remove implements Results.
func (f *FileResults) Remove() error {
	if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget what was processed: %w", err)
	}
	return nil
}
