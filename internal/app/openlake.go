package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/lake"
	"github.com/penstock/penstock/internal/pipeline"
)

// openLake opens the lake. A folder is made for the first files only: once files are committed, one that is missing was
// moved away or is not mounted, and a new one would look as if every file were lost.
func (p *parts) openLake(ctx context.Context) error {
	files, err := p.committedFiles(ctx)
	if err != nil {
		return err
	}
	location := p.file.Lake
	if location == pipeline.InsideData {
		location = filepath.Join(p.dataDir, "lake")
		if files == 0 {
			if err := p.makeFolder("lake"); err != nil {
				return err
			}
		}
	}
	opened, err := lake.Open(ctx, location, lake.Config{TempDir: p.tempDir(), Expected: files > 0, Logger: p.logger})
	if errors.Is(err, lake.ErrMissing) {
		return &event.Error{
			Code:    "lake_missing",
			Message: fmt.Sprintf("%d files of this pipeline are committed to the lake, and it is not there", files), Err: err,
			Hint: "mount the disk that holds it, or restore the folder, and start again; if the files are lost for good, make the folder " +
				"empty (mkdir): what the warehouse has stays, and `penstock status` names the files that are not loaded yet",
		}
	}
	if err != nil {
		return fmt.Errorf("opening the lake: %w", err)
	}
	p.lake = opened
	return nil
}

// committedFiles is how many files all shards have committed. The catalogs themselves need the lake to open.
func (p *parts) committedFiles(ctx context.Context) (files int64, err error) {
	for shard := range p.info.Shards {
		journal, err := p.journal(ctx, shard)
		if err != nil {
			return 0, err
		}
		totals, err := catalog.TotalsOf(ctx, journal)
		if err != nil {
			return 0, fmt.Errorf("reading what %s has committed: %w", event.ShardID(shard), err)
		}
		files += totals.Files
	}
	return files, nil
}
