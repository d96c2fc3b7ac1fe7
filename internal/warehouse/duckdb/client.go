package duckdb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

// Client is the warehouse seen from the parent: a child process that is started again whenever it
// dies. It is safe for concurrent use and satisfies warehouse.Target.
type Client struct {
	cfg  Config
	open openConfig
	stop context.CancelFunc
	done chan struct{}
	// larger is how often the memory was doubled. Belongs to supervise.
	larger int
	// turn is held by the one query that is run again.
	turn chan struct{}
	// replaced says that a child ended for want of its file; it has room for one.
	replaced chan struct{}

	mu struct {
		sync.Mutex
		live *process
		// changed is closed when live changes.
		changed chan struct{}
		closed  bool
		// lastError is why there is no live child.
		lastError error
		// tables are what Prepare was last called with, for the next child.
		tables []*contract.Table
		deaths int64
	}
}

// Start starts the child and opens the database in it. The error says what to do when the file is
// corrupt, locked or out of reach. The child lives until Close.
func Start(ctx context.Context, cfg Config) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configuration of the warehouse: %w", err)
	}
	cfg = cfg.withDefaults()
	open, err := cfg.open()
	if err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	c := &Client{cfg: cfg, open: open, stop: stop, done: make(chan struct{}), turn: make(chan struct{}, 1), replaced: make(chan struct{}, 1)}
	c.mu.changed = make(chan struct{})
	first := make(chan error, 1)
	go c.supervise(ctx, life, first)
	if err := <-first; err != nil {
		<-c.done
		return nil, err
	}
	return c, nil
}

// OpenReadOnly starts a child that reads an existing database file, for queries while no pipeline
// is running. Close it soon: the pipeline cannot start meanwhile.
func OpenReadOnly(ctx context.Context, cfg Config) (*Client, error) {
	cfg.ReadOnly = true
	return Start(ctx, cfg)
}

// Close ends the child after the work in hand is stopped, and waits for it.
func (c *Client) Close() error {
	c.stop()
	<-c.done
	return nil
}

// Deaths counts how often the child has ended by itself.
func (c *Client) Deaths() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.deaths
}

// Pid is the child's process id, 0 while there is none.
func (c *Client) Pid() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.live == nil {
		return 0
	}
	return c.mu.live.cmd.Process.Pid
}

// Replaced gets a value when the database file was removed or replaced while it was open: what is in the
// warehouse now is not what it was. It is for one receiver.
func (c *Client) Replaced() <-chan struct{} { return c.replaced }

// supervise starts a child, waits for its end, and starts the next, until life ends.
func (c *Client) supervise(starting, life context.Context, first chan<- error) {
	defer close(c.done)
	runtime.LockOSThread() // see startProcess
	defer runtime.UnlockOSThread()
	p, err := c.startChild(starting)
	first <- err
	if err != nil {
		return
	}
	pause := firstPause
	for {
		started := time.Now()
		if !c.watch(life, p) {
			return
		}
		if time.Since(started) > settled {
			pause = firstPause
		}
		for p = nil; p == nil; {
			select {
			case <-life.Done():
				c.publish(nil, life.Err(), true)
				return
			case <-time.After(pause):
			}
			pause = min(2*pause, lastPause)
			if p, err = c.startChild(life); err != nil && life.Err() == nil {
				c.publish(nil, err, false)
				c.cfg.Logger.Error("the duckdb process does not start", "error", err)
			}
		}
	}
}

// watch waits for the end of the child and reports whether another is wanted.
func (c *Client) watch(life context.Context, p *process) bool {
	defer p.watched(life, c.cfg.Logger)()
	select {
	case <-p.gone:
		c.mu.Lock()
		c.mu.deaths++
		c.mu.Unlock()
		err := fmt.Errorf("the duckdb process ended: %v", p.exit) //nolint:errorlint // it may be nil
		c.publish(nil, err, false)
		if p.cmd.ProcessState.ExitCode() == exitCheckpoint {
			c.larger = min(c.larger+1, mostLarger)
		}
		if p.cmd.ProcessState.ExitCode() == exitReplaced {
			select {
			case c.replaced <- struct{}{}:
			default: // it is said already
			}
		}
		c.cfg.Logger.Warn("the duckdb process ended and is started again", "pid", p.cmd.Process.Pid, "exit", fmt.Sprint(p.exit))
		return true
	case <-life.Done():
		c.publish(nil, errClosed, true)
		_ = p.stop(closePatience)
		return false
	}
}

// closePatience is how long a child may take to fold the log into the database file at the end.
const closePatience = 30 * time.Second

var errClosed = fmt.Errorf("the warehouse is closed")

// startChild starts a child, opens the database, prepares the tables, and publishes it.
func (c *Client) startChild(ctx context.Context) (*process, error) {
	p, err := startProcess(c.cfg)
	if err != nil {
		return nil, err
	}
	// Opening may take long, and a child that hangs in it must not be waited for.
	defer p.watched(ctx, c.cfg.Logger)()
	if _, err = send[none](ctx, p, pathOpen, c.open.larger(c.larger)); err == nil {
		c.mu.Lock()
		tables := c.mu.tables
		c.mu.Unlock()
		if tables != nil {
			_, err = send[none](ctx, p, pathPrepare, tables)
		}
	}
	if err != nil {
		_ = p.stop(time.Second)
		return nil, err
	}
	c.publish(p, nil, false)
	return p, nil
}

func (c *Client) publish(p *process, err error, closed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.live, c.mu.lastError = p, err
	c.mu.closed = c.mu.closed || closed
	close(c.mu.changed)
	c.mu.changed = make(chan struct{})
}

// child waits for a live child.
func (c *Client) child(ctx context.Context) (*process, error) {
	for {
		c.mu.Lock()
		p, changed, closed, last := c.mu.live, c.mu.changed, c.mu.closed, c.mu.lastError
		c.mu.Unlock()
		switch {
		case p != nil:
			return p, nil
		case closed:
			return nil, errClosed
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w: %v", warehouse.ErrUnavailable, ctx.Err(), last) //nolint:errorlint // it may be nil
		}
	}
}

// call sends a request to the live child.
func call[Resp any](ctx context.Context, c *Client, path string, req any) (Resp, error) {
	p, err := c.child(ctx)
	if err != nil {
		var zero Resp
		return zero, err
	}
	return send[Resp](ctx, p, path, req)
}

func send[Resp any](ctx context.Context, p *process, path string, req any) (Resp, error) {
	var resp Resp
	body, err := post(ctx, p, path, req)
	if err != nil {
		return resp, err
	}
	defer body.Close()
	if err := json.NewDecoder(body).Decode(&resp); err != nil {
		return resp, broken(ctx, err)
	}
	_, err = io.Copy(io.Discard, body)
	if err != nil {
		return resp, broken(ctx, err)
	}
	return resp, nil
}

// post sends a request and returns the body of a good answer.
func post(ctx context.Context, p *process, path string, req any) (io.ReadCloser, error) {
	content, err := json.Marshal(req)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, host+path, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	r.GetBody = nil // never send a request twice
	answer, err := p.http.Do(r)
	if err != nil {
		return nil, broken(ctx, err)
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		return nil, readError(answer.Body)
	}
	return answer.Body, nil
}

// broken is the error of a connection that ended in the middle: the child died, or we gave up.
func broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w: %w", warehouse.ErrUnavailable, errEnded, err)
}
