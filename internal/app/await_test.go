package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/penstock/penstock/internal/warehouse"
)

type answersOf func() ([]warehouse.Watermark, error)

func (a answersOf) Watermarks(context.Context) ([]warehouse.Watermark, error) { return a() }

func TestAwaitLoadedTellsWhatIsLoadedFromWhatIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		slow := answersOf(func() ([]warehouse.Watermark, error) {
			switch took := time.Since(start); {
			case took < 10*time.Second:
				return []warehouse.Watermark{{Shard: 0, Number: 7}}, nil
			case took < 20*time.Second:
				return nil, errors.New("it starts again")
			}
			return []warehouse.Watermark{{Shard: 0, Number: 8}}, nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := awaitLoaded(ctx, slow, map[int]uint64{0: 8}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("commit 8 is not loaded, and waiting for it gives %v", err)
		}
		if err := awaitLoaded(t.Context(), slow, map[int]uint64{0: 8}); err != nil {
			t.Errorf("commit 8 was loaded in the end, and waiting for it gives %v", err)
		}
		if took := time.Since(start); took < 20*time.Second || took > 21*time.Second {
			t.Errorf("it was loaded after 20 s, and seen after %v", took)
		}
	})
}
