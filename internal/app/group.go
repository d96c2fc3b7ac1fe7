package app

import (
	"context"
	"errors"
	"fmt"
)

// group runs components and stops them in the reverse order of their start, so that a component
// never outlives what it depends on. Not for concurrent use.
type group struct {
	parent     context.Context
	components []*component
	failed     chan error
}

type component struct {
	name string
	stop func()
	done chan struct{}
	err  error
}

// newGroup returns an empty group. Components do not end with parent but by stop, in order; they
// share its values.
func newGroup(parent context.Context) *group {
	return &group{parent: context.WithoutCancel(parent), failed: make(chan error, 1)}
}

// start runs a component until stop. A component that ends by itself, or fails, ends the pipeline.
func (g *group) start(name string, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(g.parent)
	c := &component{name: name, stop: cancel, done: make(chan struct{})}
	g.components = append(g.components, c)
	go func() {
		defer close(c.done)
		err := run(ctx)
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			err = nil
		}
		if err != nil {
			c.err = fmt.Errorf("%s: %w", name, err)
		}
		if ctx.Err() == nil && c.err == nil {
			c.err = fmt.Errorf("%s ended unexpectedly", name)
		}
		if c.err != nil {
			g.fail(c.err)
		}
	}()
}

// onStop adds a step of the stop order that runs nothing until then.
func (g *group) onStop(name string, do func() error) {
	g.start(name, func(ctx context.Context) error {
		<-ctx.Done()
		return do()
	})
}

func (g *group) fail(err error) {
	select {
	case g.failed <- err:
	default:
	}
}

// wait returns when ctx ends, with nil, or when a component failed, with its error, which stop
// returns too.
func (g *group) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-g.failed:
		return err
	}
}

// stop ends every component, last started first, and returns what they failed with.
func (g *group) stop() error {
	var all []error
	for i := len(g.components) - 1; i >= 0; i-- {
		c := g.components[i]
		c.stop()
		<-c.done
		all = append(all, c.err)
	}
	g.components = nil
	return errors.Join(all...)
}
