package warehouse

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/penstock/penstock/internal/catalog"
)

// maxAgain bounds the files looked for in one round, so that thousands of missing ones do not hold
// up new ones. The next round goes on behind them.
const maxAgain = 100

// tryUnloaded loads files that were missing or damaged, if they have come back. It is best effort:
// the next round tries again. It says when that is: soon when files have come back, for there may be
// thousands, of a lake that was not mounted.
func (l *Loader) tryUnloaded(ctx context.Context) (next time.Duration) {
	next = l.cfg.RetryEvery
	files, err := l.deps.Target.Unloaded(ctx)
	if err != nil {
		return next
	}
	files = slices.DeleteFunc(files, func(f UnloadedFile) bool { return f.Status != StatusMissing && f.Status != StatusDamaged })
	at := slices.IndexFunc(files, func(f UnloadedFile) bool { return f.Name == l.again }) + 1
	for _, f := range slices.Concat(files[at:], files[:at])[:min(len(files), maxAgain)] {
		if ctx.Err() != nil {
			return next
		}
		if l.tryAgain(ctx, f) {
			next = l.cfg.FirstPause
		}
		l.again = f.Name
	}
	return next
}

// tryAgain reports whether the file is loaded now.
func (l *Loader) tryAgain(ctx context.Context, f UnloadedFile) bool {
	_, release, err := l.deps.Files.Local(ctx, f.Name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.cfg.Logger.Warn("a file that was not loaded cannot be looked for", "file", f.Name, "error", err)
		}
		return false
	}
	release()
	commit, ok := l.commitOf(ctx, f)
	if !ok {
		return false
	}
	known := verdicts{}
	for range 2 {
		done, err := l.attempt(ctx, []catalog.Commit{commit}, known, true)
		if done {
			l.cfg.Logger.Info("a file that was not loaded before is looked at again", "file", f.Name, "was", f.Status)
			return known[f.Name].Status != StatusDamaged && known[f.Name].Status != StatusMissing
		}
		if err != nil || known[f.Name].Status == StatusDamaged {
			return false
		}
	}
	return false
}

// commitOf is the commit of a file, with that file alone.
func (l *Loader) commitOf(ctx context.Context, f UnloadedFile) (catalog.Commit, bool) {
	var found catalog.Commit
	ok := false
	for _, follower := range l.followers {
		if follower.shard.Index != f.Shard {
			continue
		}
		err := follower.shard.Commits.CommitsAfter(ctx, f.Number-1, func(c catalog.Commit) error {
			found, ok = c, c.Number == f.Number
			return errEnough
		})
		if err != nil && !errors.Is(err, errEnough) {
			return catalog.Commit{}, false
		}
	}
	for _, file := range found.Files {
		if ok && file.Name == f.Name {
			found.Files = []catalog.File{file}
			return found, true
		}
	}
	return catalog.Commit{}, false
}
