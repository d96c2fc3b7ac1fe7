package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// tempName is the folder below the root where objects are written before they get their name. It
// lies on the same file system, so that giving the name is one atomic step.
const tempName = ".tmp"

// folder is a lake on a folder.
type folder struct {
	root string
	disk disk
	log  *slog.Logger

	// durable are the folders known to survive a loss of power, as names below the root.
	durable struct {
		sync.Mutex
		names map[string]struct{}
	}
}

// maxDurable bounds the folders remembered; past it they are forgotten and synced once more. A
// table gets a new folder every hour.
const maxDurable = 10_000

func openFolder(location string, cfg Config) (*folder, error) {
	root, err := filepath.Abs(location)
	if err != nil {
		return nil, fmt.Errorf("the lake's folder %s: %w", location, err)
	}
	if _, err := os.Stat(root); cfg.Expected && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrMissing, root)
	}
	f := &folder{root: root, disk: realDisk{}, log: cfg.Logger}
	if err := f.prepare(); err != nil {
		return nil, err
	}
	return f, nil
}

// prepare makes the root and the folder of unfinished objects, and empties the latter.
func (f *folder) prepare() error {
	temp := filepath.Join(f.root, tempName)
	if err := os.MkdirAll(temp, 0o755); err != nil {
		return unavailable("make the folder "+f.root, err)
	}
	// Synced even where it was there: whoever made it may have died before the sync.
	for dir := temp; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		err := f.disk.syncDir(filepath.Dir(dir))
		if err != nil && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EINVAL) {
			return unavailable("sync the folder "+filepath.Dir(dir), err)
		}
	}
	removed, err := removeAbandoned(temp)
	if err != nil {
		return unavailable("remove unfinished objects in "+f.root, err)
	}
	if removed > 0 {
		f.log.Info("removed unfinished objects of an earlier run", "lake", f.root, "objects", removed)
	}
	return nil
}

func (f *folder) URL() string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(f.root)}
	return u.String()
}

func (f *folder) path(name string) string { return filepath.Join(f.root, filepath.FromSlash(name)) }

func (f *folder) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	file, err := f.open(ctx, name)
	if err != nil {
		return nil, err
	}
	return file, nil
}

func (f *folder) open(ctx context.Context, name string) (*os.File, error) {
	if err := errors.Join(ctx.Err(), CheckName(name)); err != nil {
		return nil, err
	}
	file, err := os.Open(f.path(name))
	if err != nil {
		return nil, f.fault("open "+name, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist // a folder is no object
	}
	if err != nil {
		_ = file.Close() // nothing was written to it
		return nil, f.fault("open "+name, err)
	}
	return file, nil
}

func (f *folder) Local(ctx context.Context, name string) (string, func(), error) {
	if _, err := f.Stat(ctx, name); err != nil {
		return "", func() {}, err
	}
	return f.path(name), func() {}, nil
}

func (f *folder) Stat(ctx context.Context, name string) (int64, error) {
	if err := errors.Join(ctx.Err(), CheckName(name)); err != nil {
		return 0, err
	}
	info, err := os.Stat(f.path(name))
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		return 0, f.fault("stat "+name, err)
	}
	return info.Size(), nil
}

func (f *folder) Probe(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	temp, err := f.writeTemp([]byte("probe"))
	if err != nil {
		return f.fault("probe "+f.root, err)
	}
	return f.fault("probe "+f.root, temp.remove())
}

// fault classifies an error of the file system. An object that is missing is only believed missing
// while the root is there: a lake that was unmounted must not look empty. A name the file system
// cannot hold is the caller's; all else is an outage.
func (f *folder) fault(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		if info, err := os.Stat(f.root); err != nil || !info.IsDir() {
			return fmt.Errorf("%w: %s: the folder %s is not there", ErrUnavailable, what, f.root)
		}
		return fmt.Errorf("%s: %w", what, fs.ErrNotExist)
	case errors.Is(err, syscall.ENAMETOOLONG):
		return fmt.Errorf("%w: %s: %w", ErrName, what, err)
	}
	return unavailable(what, err)
}
