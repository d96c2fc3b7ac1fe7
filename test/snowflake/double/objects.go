package double

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"sync"
)

// Objects are those of a bucket, in memory.
type Objects struct {
	mu      sync.Mutex
	objects map[string][]byte
	calls   []string
}

// NewObjects has none.
func NewObjects() *Objects { return &Objects{objects: map[string][]byte{}} }

// Put writes one, in place of one that is there.
func (o *Objects) Put(key string, body []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.objects[key] = body
}

// Get is an object's content, nil without one.
func (o *Objects) Get(key string) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.objects[key]
}

// Calls are those that were made, "PutObject data/...".
func (o *Objects) Calls() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.calls)
}

// Open is s3:GetObject.
func (o *Objects) Open(_ context.Context, key string) (io.ReadCloser, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls = append(o.calls, "GetObject "+key)
	body, ok := o.objects[key]
	if !ok {
		return nil, fmt.Errorf("%s: %w", key, fs.ErrNotExist)
	}
	return io.NopCloser(bytes.NewReader(body)), nil
}

// Exists is s3:HeadObject.
func (o *Objects) Exists(_ context.Context, key string) (bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, ok := o.objects[key]
	return ok, nil
}

// Create is s3:PutObject on the condition that there is no such object.
func (o *Objects) Create(_ context.Context, key string, body io.ReadSeeker) error {
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.calls = append(o.calls, "PutObject "+key)
	if _, ok := o.objects[key]; ok {
		return fmt.Errorf("%s: %w", key, fs.ErrExist)
	}
	o.objects[key] = text
	return nil
}
