package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/penstock/penstock/internal/pipeline"
)

// makeFolders makes the data folder's own folders, all but the lake's. Only the log knows whether the lake is new.
func (p *parts) makeFolders() error {
	names := []string{"log"}
	if p.file.Warehouse == pipeline.InsideData {
		names = append(names, "warehouse")
	}
	for _, name := range names {
		if err := p.makeFolder(name); err != nil {
			return err
		}
	}
	return nil
}

// makeFolder makes a folder of the data folder for this user alone: it holds every event as it was sent. One that is
// there keeps the rights that somebody gave it.
func (p *parts) makeFolder(name string) error {
	if err := os.Mkdir(filepath.Join(p.dataDir, name), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("making the data folder's own folders: %w", err)
	}
	return nil
}
