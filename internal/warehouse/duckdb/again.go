package duckdb

import (
	"context"
	"errors"
	"os/exec"
	"syscall"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// errEnded says that the child ended in the middle of a call.
var errEnded = errors.New("the duckdb process ended during the call")

const (
	// againPatience is how long a query waits for its turn to run again.
	againPatience = 5 * time.Second
	// againLeast is how much of its time must be left for that.
	againLeast = 100 * time.Millisecond
)

// shared reports whether an error is about what queries and loads share.
func shared(err error) bool {
	var e *event.Error
	return errors.As(err, &e) && (e.Code == codeMemory || e.Code == codeStopped)
}

// parted waits until the client knows that the process has ended.
func (c *Client) parted(ctx context.Context, p *process) {
	for {
		c.mu.Lock()
		live, changed := c.mu.live, c.mu.changed
		c.mu.Unlock()
		if live != p {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}

// blame is the error of a query that was alone in a process which brought itself down; nil if
// others, or a kill from outside, can have been the reason.
func (p *process) blame() error {
	if p.queries.Load() > 1 || !p.felled() {
		return nil
	}
	switch p.cmd.ProcessState.ExitCode() {
	case exitMemory:
		return errTooBig
	case exitReplaced:
		return nil
	}
	return &event.Error{Code: "query_crashed", Message: "the warehouse's process ended of this query and was started again", Hint: "write the query in another way"}
}

// felled reports whether the process ended for what it did itself: it was not killed from outside.
func (p *process) felled() bool {
	select {
	case <-p.gone:
	default:
		return false // nobody waits for it any more
	}
	var exit *exec.ExitError
	if !errors.As(p.exit, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL
}

// again runs a query once more, within what is left of its time, to which the wait for its first slot did not
// count. One query at a time is run again, so
// that those who failed together show which of them was the cause. failure is what it failed of.
func (c *Client) again(ctx context.Context, sql string, limits Limits, deadline time.Time, failure error) (*Rows, error) {
	turn, cancel := context.WithTimeout(ctx, min(againPatience, time.Until(deadline)))
	defer cancel()
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-turn.Done():
		return nil, failure
	}
	left := min(limits.Timeout, time.Until(deadline))
	if left < againLeast {
		return nil, failure
	}
	rows, _, err := c.query(ctx, sql, limits, left)
	return rows, err
}
