package snowflake

import (
	"context"
	"errors"
	"testing"

	"github.com/penstock/penstock/internal/warehouse"
)

// TestACountDoesNotWaitForALoad: it may take minutes, and the pages and the ledger go on.
func TestACountDoesNotWaitForALoad(t *testing.T) {
	c := &Client{}
	c.mu.Lock() // as a load does
	c.loading.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Snapshot(ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, warehouse.ErrUnavailable) {
		t.Errorf("nothing was counted before: %v", err)
	}
	c.last.Store(&warehouse.Snapshot{Quarantined: 7})
	if s, err := c.Snapshot(t.Context()); err != nil || s.Quarantined != 7 {
		t.Errorf("%+v, %v", s, err)
	}
	// Another count is waited for: it is newer.
	c.loading.Store(false)
	if s, err := c.Snapshot(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%+v, %v", s, err)
	}
}
