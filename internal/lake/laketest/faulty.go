package laketest

import (
	"context"
	"io"

	"github.com/penstock/penstock/internal/lake"
)

// Faulty is a lake whose operations can be made to fail.
type Faulty struct {
	lake.Lake
	// Before is asked before each operation ("put", "open", "local", "stat", "list", "probe") and
	// fails it by returning an error. It may be called from many goroutines.
	Before func(operation, name string) error
	// AfterPut, if set, is asked after a Put that succeeded: its error makes the caller believe the
	// Put failed, as when an answer is lost.
	AfterPut func(name string) error
}

var _ lake.Lake = (*Faulty)(nil)

// Put implements lake.Lake.
func (f *Faulty) Put(ctx context.Context, name string, body []byte) error {
	if err := f.Before("put", name); err != nil {
		return err
	}
	err := f.Lake.Put(ctx, name, body)
	if err == nil && f.AfterPut != nil {
		return f.AfterPut(name)
	}
	return err
}

// Open implements lake.Lake.
func (f *Faulty) Open(ctx context.Context, name string) (io.ReadCloser, error) {
	if err := f.Before("open", name); err != nil {
		return nil, err
	}
	return f.Lake.Open(ctx, name)
}

// Local implements lake.Lake.
func (f *Faulty) Local(ctx context.Context, name string) (string, func(), error) {
	if err := f.Before("local", name); err != nil {
		return "", func() {}, err
	}
	return f.Lake.Local(ctx, name)
}

// Stat implements lake.Lake.
func (f *Faulty) Stat(ctx context.Context, name string) (int64, error) {
	if err := f.Before("stat", name); err != nil {
		return 0, err
	}
	return f.Lake.Stat(ctx, name)
}

// List implements lake.Lake.
func (f *Faulty) List(ctx context.Context, prefix string, fn func(name string, size int64) error) error {
	if err := f.Before("list", prefix); err != nil {
		return err
	}
	return f.Lake.List(ctx, prefix, fn)
}

// Probe implements lake.Lake.
func (f *Faulty) Probe(ctx context.Context) error {
	if err := f.Before("probe", ""); err != nil {
		return err
	}
	return f.Lake.Probe(ctx)
}
