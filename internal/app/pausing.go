package app

import (
	"context"
	"fmt"
	"sync"

	"github.com/penstock/penstock/internal/event"
)

// pausable runs a component whenever it is not paused.
type pausable struct {
	component func(context.Context) error
	// tell hears when it is paused and when it goes on.
	tell func(paused bool)

	mu struct {
		sync.Mutex
		paused bool
		// changed is closed when paused changes.
		changed chan struct{}
		// stop ends the component, which closes stopped; nil while it does not run.
		stop    context.CancelFunc
		stopped chan struct{}
	}
}

func newPausable(paused bool, component func(context.Context) error, tell func(bool)) *pausable {
	p := &pausable{component: component, tell: tell}
	p.mu.paused, p.mu.changed = paused, make(chan struct{})
	tell(paused)
	return p
}

func (p *pausable) isPaused() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mu.paused
}

// set pauses the component, or lets it go on, and returns when it has stopped.
func (p *pausable) set(ctx context.Context, paused bool) error {
	p.mu.Lock()
	if p.mu.paused != paused {
		p.mu.paused = paused
		close(p.mu.changed)
		p.mu.changed = make(chan struct{})
	}
	stopped := p.mu.stopped
	if paused && p.mu.stop != nil {
		p.mu.stop()
	}
	p.mu.Unlock()
	if paused && stopped != nil {
		select {
		case <-stopped:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	p.tell(paused)
	return nil
}

// run is the component for a group: it ends with ctx, or when the component ends by itself.
func (p *pausable) run(ctx context.Context) error {
	for {
		inner, changed := p.begin(ctx)
		if inner == nil {
			select {
			case <-ctx.Done():
				return nil
			case <-changed:
				continue
			}
		}
		err := p.component(inner)
		ended := inner.Err() == nil
		p.end()
		if err != nil || ended || ctx.Err() != nil {
			return err
		}
	}
}

// begin returns the context to run the component with, nil while it is paused.
func (p *pausable) begin(ctx context.Context) (inner context.Context, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mu.paused {
		return nil, p.mu.changed
	}
	inner, p.mu.stop = context.WithCancel(ctx)
	p.mu.stopped = make(chan struct{})
	return inner, nil
}

func (p *pausable) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mu.stop()
	close(p.mu.stopped)
	p.mu.stop, p.mu.stopped = nil, nil
}

// pausables are the steps that can be paused, by name, for the HTTP API.
type pausables map[string]*pausable

func (p pausables) Pause(ctx context.Context, step string, paused bool) error {
	one, ok := p[step]
	if !ok {
		return &event.Error{
			Code: "no_such_step", Message: fmt.Sprintf("there is no step %q that can be paused", step),
			Hint: "name " + PauseDelivery + " or " + PauseLoading,
		}
	}
	return one.set(ctx, paused)
}
