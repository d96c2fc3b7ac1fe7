package lake

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// copies are the local copies of objects.
type copies struct {
	dir   string
	limit int64 // bytes

	mu struct {
		sync.Mutex
		used int64 // bytes of copies that exist or are being made
	}
}

// newCopies empties the folder of copies: those of an earlier run have no users.
func newCopies(cfg Config) (*copies, error) {
	dir := filepath.Join(cfg.TempDir, "lake")
	if cfg.TempDir == "" {
		made, err := os.MkdirTemp("", "penstock-lake-")
		if err != nil {
			return nil, fmt.Errorf("make a folder for copies of objects: %w", err)
		}
		return &copies{dir: made, limit: cfg.TempBytes}, nil
	}
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return nil, fmt.Errorf("make a folder for copies of objects: %w", err)
	}
	return &copies{dir: dir, limit: cfg.TempBytes}, nil
}

// reserve takes size bytes of the limit.
func (c *copies) reserve(size int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.used+size > c.limit {
		return fmt.Errorf("a copy of %d bytes does not fit: %d of %d bytes are taken by other copies", size, c.mu.used, c.limit)
	}
	c.mu.used += size
	return nil
}

func (c *copies) free(size int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.used -= size
}

// Local downloads the object and checks it against its stored SHA-256.
func (b *bucket) Local(ctx context.Context, name string) (string, func(), error) {
	got, err := b.get(ctx, name)
	if err != nil {
		return "", func() {}, err
	}
	size := aws.ToInt64(got.ContentLength)
	if err := b.copies.reserve(size); err != nil {
		return "", func() {}, errors.Join(unavailable("copy "+name, err), got.Body.Close())
	}
	path, err := b.copies.save(got.Body, size, got.Metadata[sumKey], filepath.Base(name))
	if err := errors.Join(err, got.Body.Close()); err != nil {
		if path != "" {
			err = errors.Join(err, os.Remove(path))
		}
		b.copies.free(size)
		if !errors.Is(err, ErrUnavailable) && ctx.Err() == nil {
			err = unavailable("copy "+name, err)
		}
		return "", func() {}, err
	}
	release := sync.OnceFunc(func() {
		if err := os.Remove(path); err != nil {
			b.log.Warn("a local copy of an object stays behind", "path", path, "error", err)
		}
		b.copies.free(size)
	})
	return path, release, nil
}

// save writes a copy and returns its path, also when it fails after the file was made. The file's
// name ends like the object's, because readers go by it.
func (c *copies) save(from io.Reader, size int64, sum, base string) (path string, err error) {
	file, err := os.CreateTemp(c.dir, "*-"+base)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, h), io.LimitReader(from, size+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return file.Name(), err
	}
	return file.Name(), checkCopy(n, size, h, sum)
}

func checkCopy(n, size int64, h hash.Hash, sum string) error {
	if n != size {
		return fmt.Errorf("%d bytes came of %d", n, size)
	}
	if got := hex.EncodeToString(h.Sum(nil)); sum != "" && got != sum {
		return fmt.Errorf("the bytes that came have the SHA-256 %s instead of %s", got, sum)
	}
	return nil
}
