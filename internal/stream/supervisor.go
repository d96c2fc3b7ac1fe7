package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/penstock/penstock/internal/event"
)

const (
	// healthEvery is how often the server is asked for write errors while a write is under way. A
	// server that failed to write says nothing to the writer.
	healthEvery = 250 * time.Millisecond
	// restartPause and restartPauseMax are between attempts to start a failed server again.
	restartPause    = 100 * time.Millisecond
	restartPauseMax = 5 * time.Second
)

var errClosed = errors.New("the log is closed")

// supervisor keeps one engine running and replaces it when it fails. Safe for concurrent use.
type supervisor struct {
	cfg Config
	// prepare mends what the failed engine left on disk, given the cause; no engine runs meanwhile.
	prepare func(cause error) error
	// ours says whether a JetStream stream is one whose write errors matter.
	ours   func(name string) bool
	kicked chan struct{}

	mu struct {
		sync.Mutex
		current *engine
		failed  *engine       // to be closed before another is started
		changed chan struct{} // closed when current or closed changes
		closed  bool
	}
}

func newSupervisor(cfg Config, ours func(string) bool, prepare func(error) error) (*supervisor, error) {
	e, err := startEngine(cfg)
	if err != nil {
		return nil, err
	}
	s := &supervisor{cfg: cfg, prepare: prepare, ours: ours, kicked: make(chan struct{}, 1)}
	s.mu.current, s.mu.changed = e, make(chan struct{})
	return s, nil
}

// current is the running engine; while there is none, event.ErrThrottled.
func (s *supervisor) current() (*engine, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.mu.closed:
		return nil, errClosed
	case s.mu.current == nil:
		return nil, &event.Error{
			Code:    "log_recovering",
			Message: "the log is recovering from a failed write",
			Hint:    "it goes on by itself once the disk takes writes again; its log says what failed",
			Err:     event.ErrThrottled,
		}
	}
	return s.mu.current, nil
}

// wait returns the running engine as soon as there is one.
func (s *supervisor) wait(ctx context.Context) (*engine, error) {
	for {
		s.mu.Lock()
		current, closed, changed := s.mu.current, s.mu.closed, s.mu.changed
		s.mu.Unlock()
		switch {
		case closed:
			return nil, errClosed
		case current != nil:
			return current, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for the log to recover: %w", ctx.Err())
		}
	}
}

// fail reports that e cannot be trusted any more. It is replaced, unless it was already.
func (s *supervisor) fail(e *engine, cause error) {
	s.mu.Lock()
	first := !s.mu.closed && s.mu.current == e
	if first {
		s.mu.current, s.mu.failed = nil, e
		s.announce()
	}
	s.mu.Unlock()
	if !first {
		return
	}
	s.cfg.Logger.Error("the log failed and is opened again", slog.Any("cause", cause))
	e.cancel(cause)
	select {
	case s.kicked <- struct{}{}:
	default:
	}
}

// announce wakes those that wait for a change. The lock is held.
func (s *supervisor) announce() {
	close(s.mu.changed)
	s.mu.changed = make(chan struct{})
}

// run watches the engine until ctx ends, then stops it.
func (s *supervisor) run(ctx context.Context) {
	ticker := time.NewTicker(healthEvery)
	defer ticker.Stop()
	defer s.shut()
	var busy *engine // had a write under way at the last tick
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.kicked:
		case <-ticker.C:
		}
		e, err := s.current()
		if err != nil {
			busy = nil
			s.restart(ctx)
			continue
		}
		writing := e.writing.Load() > 0
		if writing && busy == e {
			if err := e.fault(s.ours); err != nil {
				s.fail(e, err)
			}
		}
		busy = nil
		if writing {
			busy = e
		}
	}
}

// restart stops the failed engine and starts others until one runs or ctx ends.
func (s *supervisor) restart(ctx context.Context) {
	s.mu.Lock()
	failed := s.mu.failed
	s.mu.Unlock()
	cause := context.Cause(failed.ctx)
	failed.close(cause)
	for pause := restartPause; ; pause = min(2*pause, restartPauseMax) {
		err := s.replace(cause)
		if err == nil {
			s.cfg.Logger.Info("the log is open again")
			return
		}
		s.cfg.Logger.Error("the log could not be opened again; it is tried again after a pause",
			slog.Any("cause", err), slog.Duration("pause", pause))
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func (s *supervisor) replace(cause error) error {
	if err := s.prepare(cause); err != nil {
		return err
	}
	e, err := startEngine(s.cfg)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.current, s.mu.failed = e, nil
	s.announce()
	return nil
}

// shut stops whatever engine there is, for good.
func (s *supervisor) shut() {
	s.mu.Lock()
	current, failed := s.mu.current, s.mu.failed
	s.mu.closed, s.mu.current = true, nil
	s.announce()
	s.mu.Unlock()
	for _, e := range []*engine{current, failed} {
		if e != nil {
			e.close(errClosed)
		}
	}
}
