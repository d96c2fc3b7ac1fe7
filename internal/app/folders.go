package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/penstock/penstock/internal/pipeline"
)

// makeFolders makes the data folder's own folders, for this user alone: they hold every event as it was sent. One that
// is there keeps the rights that somebody gave it.
func (p *parts) makeFolders() error {
	names := []string{"log"}
	if p.file.Lake == pipeline.InsideData {
		names = append(names, "lake")
	}
	if p.file.Warehouse == pipeline.InsideData {
		names = append(names, "warehouse")
	}
	for _, name := range names {
		if err := os.Mkdir(filepath.Join(p.dataDir, name), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("making the data folder's own folders: %w", err)
		}
	}
	return nil
}
