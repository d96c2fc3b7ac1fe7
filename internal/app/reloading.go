package app

import "context"

// reloading is load, begun anew whenever the warehouse's file was replaced: load begins with what the
// warehouse has, and would otherwise hear of it with the next event only.
func reloading(replaced <-chan struct{}, load func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			again, err := untilReplaced(ctx, replaced, load)
			if err != nil || !again {
				return err
			}
		}
	}
}

// untilReplaced runs load once, and returns when it has ended.
func untilReplaced(ctx context.Context, replaced <-chan struct{}, load func(context.Context) error) (again bool, _ error) {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- load(inner) }()
	select {
	case err := <-ended:
		return false, err
	case <-replaced:
		cancel()
		return ctx.Err() == nil, <-ended
	}
}
