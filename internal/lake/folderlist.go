package lake

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// List reads one folder at a time and holds the entries of those on its way down only.
func (f *folder) List(ctx context.Context, prefix string, fn func(name string, size int64) error) error {
	dir := ""
	if i := strings.LastIndexByte(prefix, '/'); i >= 0 {
		dir = prefix[:i]
	}
	if dir != "" {
		if err := CheckName(dir); err != nil {
			return err
		}
	}
	if err := f.walk(ctx, dir, prefix, fn); !errors.Is(err, errGone) {
		return err
	}
	return nil // there is nothing with that prefix
}

// errGone says that a folder is not there while the root is.
var errGone = errors.New("the folder is gone")

// walk lists the objects below dir whose names begin with prefix.
func (f *folder) walk(ctx context.Context, dir, prefix string, fn func(name string, size int64) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(f.path(dir))
	if err = f.fault("list "+dir, err); errors.Is(err, fs.ErrNotExist) {
		return errGone
	}
	if err != nil {
		return err
	}
	// In the order of whole names a folder stands where its name with a "/" belongs: after "a-b",
	// before "a0".
	key := func(e fs.DirEntry) string {
		if e.IsDir() {
			return e.Name() + "/"
		}
		return e.Name()
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(key(a), key(b)) })
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		switch {
		case dir == "" && e.Name()[0] == '.':
			continue // our own, or some tool's
		case e.IsDir():
			whole := name + "/"
			if !strings.HasPrefix(whole, prefix) && !strings.HasPrefix(prefix, whole) {
				continue
			}
			err = f.walk(ctx, name, prefix, fn)
			if errors.Is(err, errGone) {
				err = nil // removed while we walked
			}
		case e.Type().IsRegular() && strings.HasPrefix(name, prefix):
			err = f.visit(name, e, fn)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (f *folder) visit(name string, e fs.DirEntry, fn func(name string, size int64) error) error {
	info, err := e.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed while we walked
	}
	if err != nil {
		return f.fault("list "+name, err)
	}
	return fn(name, info.Size())
}
