package warehouse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sync/errgroup"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// localAtOnce is how many files are made local at the same time; it matters when they are
// downloaded.
const localAtOnce = 8

// batch makes commits into what a Target loads. release gives the local files back.
func (l *Loader) batch(ctx context.Context, commits []catalog.Commit, known verdicts, again bool) (batch Batch, release func(), err error) {
	var releases []func()
	release = func() {
		for _, r := range releases {
			r()
		}
	}
	defer func() {
		if err != nil {
			release()
		}
	}()
	for _, c := range commits {
		load, err := l.commitLoad(ctx, c)
		if err != nil {
			return Batch{}, nil, err
		}
		load.Again = again
		batch.Commits = append(batch.Commits, load)
	}
	var group errgroup.Group
	group.SetLimit(localAtOnce)
	found := make(chan func(), filesOf(commits))
	for i := range batch.Commits {
		for j := range batch.Commits[i].Loads {
			file := &batch.Commits[i].Loads[j]
			if known.apply(file); file.Status == StatusLoaded || file.Status == StatusShort {
				group.Go(func() error { return l.localize(ctx, file, found) })
			}
		}
	}
	err = group.Wait()
	close(found)
	for r := range found {
		releases = append(releases, r)
	}
	return batch, release, err
}

func filesOf(commits []catalog.Commit) int {
	n := 0
	for _, c := range commits {
		n += len(c.Files)
	}
	return n
}

// localize finds a path to read the file at. A file that a healthy lake does not have is missing;
// anything else is an outage of the lake.
func (l *Loader) localize(ctx context.Context, file *FileLoad, found chan<- func()) error {
	path, release, err := l.deps.Files.Local(ctx, file.Name)
	switch {
	case err == nil:
		file.Path = path
		found <- release
		return nil
	case !errors.Is(err, fs.ErrNotExist):
		return &outage{"lake", fmt.Errorf("fetch lake file %s: %w", file.Name, err)}
	}
	if probe := l.deps.Files.Probe(ctx); probe != nil {
		return &outage{"lake", fmt.Errorf("fetch lake file %s: %w", file.Name, probe)}
	}
	file.Status, file.Detail = StatusMissing, "the lake does not have the file"
	l.cfg.Logger.Error("a committed file is missing from the lake; it is loaded when it returns", "file", file.Name, "table", file.Table, "rows", file.Rows)
	return nil
}

func (l *Loader) commitLoad(ctx context.Context, c catalog.Commit) (CommitLoad, error) {
	load := CommitLoad{Commit: c, Source: l.source(c.Shard)}
	for _, f := range c.Files {
		table, err := l.shape(ctx, c, f.Table)
		if err != nil {
			return CommitLoad{}, &outage{"catalog", fmt.Errorf("columns of table %s in contracts %s: %w", f.Table, c.Version, err)}
		}
		load.Loads = append(load.Loads, FileLoad{
			File: f, Status: StatusLoaded, Format: c.Format, Columns: table.Columns, Key: table.Key, KeyWindow: table.KeyWindow,
		})
	}
	return load, nil
}

func (l *Loader) source(shard int) event.Shard {
	for _, f := range l.followers {
		if f.shard.Index == shard {
			return f.shard.Shard
		}
	}
	return event.Shard{Index: shard}
}

// shape is the table as it was under the commit's contracts.
func (l *Loader) shape(ctx context.Context, c catalog.Commit, table string) (*contract.Table, error) {
	if table == contract.QuarantineName {
		return contract.QuarantineTable(), nil
	}
	key := shapeKey{c.Version, table}
	if t, ok := l.shapes[key]; ok {
		return t, nil
	}
	t, err := l.deps.Shapes.Shape(ctx, c.Shard, c.Version, table)
	if err == nil {
		l.shapes[key] = t
	}
	return t, err
}
