package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestLoadingBeginsAnewWithAReplacedWarehouse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		replaced := make(chan struct{}, 1)
		began, running := 0, 0
		loading := reloading(replaced, func(ctx context.Context) error {
			began++
			running++
			<-ctx.Done()
			running--
			return nil
		})
		ended := make(chan error, 1)
		go func() { ended <- loading(ctx) }()
		for times := 1; times <= 3; times++ {
			synctest.Wait()
			if began != times || running != 1 {
				t.Fatalf("begun %d times and running %d times, want %d and 1", began, running, times)
			}
			replaced <- struct{}{}
		}
		synctest.Wait()
		cancel()
		if err := <-ended; err != nil || running != 0 {
			t.Errorf("%v, still running %d times", err, running)
		}
	})
}

func TestLoadingThatFailsIsNotBegunAnew(t *testing.T) {
	fault := errors.New("a table cannot become what its contract says")
	loading := reloading(make(chan struct{}), func(context.Context) error { return fault })
	if err := loading(t.Context()); !errors.Is(err, fault) {
		t.Error(err)
	}
}
