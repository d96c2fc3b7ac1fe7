package lambda

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
)

// Function is a function that can be invoked from many goroutines. It starts a process when an invocation
// finds none idle, and keeps it for the next ones, as Lambda keeps its environments.
type Function struct {
	cfg    Config
	code   code
	remote *remote
	remove func()

	slots chan struct{} // one for each process there may be

	mu struct {
		sync.Mutex
		idle   []*instance
		all    map[*instance]struct{}
		closed bool
	}
}

// Open finds out what the source is and prepares it; no process is started yet. Errors are
// *event.Error if a person has to mend something.
func Open(cfg Config) (*Function, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	f := &Function{cfg: cfg.withDefaults(), remove: func() {}, slots: make(chan struct{}, maxInstances)}
	f.mu.all = map[*instance]struct{}{}
	if isURL(cfg.Source) {
		r, err := newRemote(cfg.Source)
		f.remote = r
		return f, err
	}
	scratch, err := os.MkdirTemp(cfg.ScratchDir, "lambda-")
	if err != nil {
		return nil, fmt.Errorf("prepare the function: %w", err)
	}
	f.remove = func() { _ = os.RemoveAll(scratch) } // what is left is removed with the folder it is in
	if f.code, err = findCode(f.cfg, scratch); err != nil {
		f.remove()
		return nil, err
	}
	if f.cfg.Name == "" {
		f.cfg.Name = f.code.name
	}
	return f, nil
}

// ARN names the function as AWS would, with the account 123456789012; an endpoint's is its URL.
func (f *Function) ARN() string {
	if f.remote != nil {
		return f.remote.url
	}
	return fmt.Sprintf("arn:aws:lambda:%s:123456789012:function:%s:$LATEST", f.cfg.Region, f.cfg.Name)
}

// Runtime says what runs the function, for people: "nodejs", "python", "provided" or "endpoint".
func (f *Function) Runtime() string {
	if f.remote != nil {
		return "endpoint"
	}
	return f.code.runtime
}

// Invoke calls the function and waits for its answer, which is JSON unless the function has its own idea.
// The error is an *Error, or ctx's. After a timeout, or when ctx ends, the function's process is ended.
func (f *Function) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	if len(payload) > MaxPayload {
		return nil, &Error{Kind: TooLarge, Type: "RequestTooLargeException",
			Message: fmt.Sprintf("%d byte payload is too large for the RequestResponse invocation type (limit %d bytes)", len(payload), MaxPayload)}
	}
	if f.remote != nil {
		ctx, cancel := context.WithTimeout(ctx, f.cfg.Timeout)
		defer cancel()
		return f.remote.invoke(ctx, payload)
	}
	i, err := f.acquire(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := i.invoke(ctx, payload)
	f.release(i)
	return answer, err
}

// acquire is an idle process, or a new one.
func (f *Function) acquire(ctx context.Context) (*instance, error) {
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for n := len(f.mu.idle); n > 0; n = len(f.mu.idle) {
		i := f.mu.idle[n-1]
		f.mu.idle = f.mu.idle[:n-1]
		if i.alive() {
			return i, nil
		}
		delete(f.mu.all, i)
	}
	if f.mu.closed {
		<-f.slots
		return nil, errors.New("the function is closed")
	}
	i, err := start(f.cfg, f.code, f.ARN())
	if err != nil {
		<-f.slots
		return nil, err
	}
	f.mu.all[i] = struct{}{}
	return i, nil
}

func (f *Function) release(i *instance) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i.alive() && !f.mu.closed {
		f.mu.idle = append(f.mu.idle, i)
	} else {
		delete(f.mu.all, i)
		i.end()
	}
	<-f.slots
}

// Close ends all processes of the function and removes what Open unpacked.
func (f *Function) Close() error {
	f.mu.Lock()
	f.mu.closed = true
	for i := range f.mu.all {
		i.end()
	}
	f.mu.Unlock()
	f.remove()
	return nil
}

// newRequestID is a random UUID, which is what Lambda's request ids are.
func newRequestID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
