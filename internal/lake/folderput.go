package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Put writes the object aside, syncs it, gives it its name without replacing, and syncs the folder
// that holds the name. Only then it returns nil.
func (f *folder) Put(ctx context.Context, name string, body []byte) error {
	if err := errors.Join(ctx.Err(), CheckName(name)); err != nil {
		return err
	}
	err := f.put(name, body)
	if errors.Is(err, fs.ErrNotExist) {
		// A folder on the way was removed by somebody since we last saw it. Once more, trusting
		// nothing we remember; if the root itself is gone, fault says so.
		f.forget()
		err = f.put(name, body)
	}
	switch {
	case errors.Is(err, ErrDiffers):
		return fmt.Errorf("put %s: %w", name, err)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%w: put %s: an object stands where a folder must be: %w", ErrName, name, err)
	}
	err = f.fault("put "+name, err)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: a folder was removed: %w", ErrUnavailable, err)
	}
	return err
}

func (f *folder) put(name string, body []byte) error {
	dir, err := f.makeFolders(name)
	if err != nil {
		return err
	}
	temp, err := f.writeTemp(body)
	if err != nil {
		return err
	}
	to := f.path(name)
	err = f.disk.publish(temp.path, to)
	if err == nil {
		return errors.Join(f.disk.syncDir(dir), temp.file.Close())
	}
	err = errors.Join(err, temp.remove())
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := sameContent(to, body); err != nil {
		return err
	}
	// Ours of an earlier Put that may have ended between the name and its sync.
	return f.disk.syncDir(dir)
}

// makeFolders makes the folders of an object durable and returns the innermost. The root is not
// made again: where it is gone, a disk may have been unmounted, and its place must stay empty.
func (f *folder) makeFolders(name string) (string, error) {
	parent := f.root
	for i, c := range name {
		if c != '/' {
			continue
		}
		dir := filepath.Join(f.root, filepath.FromSlash(name[:i]))
		if !f.isDurable(name[:i]) {
			if err := f.disk.mkdir(dir); err != nil && !errors.Is(err, fs.ErrExist) {
				return "", err
			}
			// Synced even if it was there: whoever made it may have died before the sync.
			if err := f.disk.syncDir(parent); err != nil {
				return "", err
			}
			f.setDurable(name[:i])
		}
		parent = dir
	}
	return parent, nil
}

func (f *folder) isDurable(name string) bool {
	f.durable.Lock()
	defer f.durable.Unlock()
	_, ok := f.durable.names[name]
	return ok
}

func (f *folder) setDurable(name string) {
	f.durable.Lock()
	defer f.durable.Unlock()
	if f.durable.names == nil || len(f.durable.names) >= maxDurable {
		f.durable.names = make(map[string]struct{})
	}
	f.durable.names[name] = struct{}{}
}

func (f *folder) forget() {
	f.durable.Lock()
	defer f.durable.Unlock()
	f.durable.names = nil
}

// tempFile is an object without its name yet, open and locked.
type tempFile struct {
	file *os.File
	path string
}

func (t tempFile) remove() error { return errors.Join(os.Remove(t.path), t.file.Close()) }

// writeTemp writes body to a new file and syncs it; what fails leaves no file.
func (f *folder) writeTemp(body []byte) (tempFile, error) {
	file, err := f.disk.create(filepath.Join(f.root, tempName))
	if errors.Is(err, fs.ErrNotExist) {
		if err := f.disk.mkdir(filepath.Join(f.root, tempName)); err != nil {
			return tempFile{}, err
		}
		file, err = f.disk.create(filepath.Join(f.root, tempName))
	}
	if err != nil {
		return tempFile{}, err
	}
	temp := tempFile{file: file, path: file.Name()}
	err = f.disk.write(file, body)
	if err == nil {
		err = f.disk.syncFile(file)
	}
	if err != nil {
		return tempFile{}, errors.Join(err, temp.remove())
	}
	return temp, nil
}

// sameContent returns ErrDiffers unless the file holds body.
func sameContent(path string, body []byte) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // only read
	if info, err := file.Stat(); err != nil || info.Size() != int64(len(body)) {
		return errors.Join(err, ErrDiffers)
	}
	chunk := make([]byte, min(len(body)+1, 64<<10))
	for {
		n, err := file.Read(chunk)
		if n > len(body) || !bytes.Equal(chunk[:n], body[:n]) {
			return ErrDiffers
		}
		body = body[n:]
		switch {
		case errors.Is(err, io.EOF) && len(body) == 0:
			return nil
		case errors.Is(err, io.EOF):
			return ErrDiffers
		case err != nil:
			return err
		}
	}
}
