package quarantine

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// counted is a warehouse of one group that takes a second to count, and says how often it did.
type counted struct {
	mu             sync.Mutex
	events         string
	groups, states int
}

func (c *counted) Select(ctx context.Context, sql string) ([]string, [][]*string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, reason, absent := "2026-11-22T05:00:00Z", "not_json", (*string)(nil)
	switch {
	case strings.HasPrefix(sql, "SELECT count(*), min"):
		c.states++
		return nil, [][]*string{{&c.events, &at, &at}}, nil
	case strings.HasPrefix(sql, "SELECT reason, contract, field, count"):
		c.groups++
		time.Sleep(time.Second)
		return nil, [][]*string{{&reason, absent, absent, &c.events, &at, &at, &c.events, &at, &at}}, ctx.Err()
	}
	return nil, nil, nil
}

func TestGroupsAreCountedAgainWhenEventsCameOrWent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &counted{events: "5"}
		b, err := New(compiled(t, saleContract), c)
		if err != nil {
			t.Fatal(err)
		}
		look := func(since time.Time) int64 {
			overview, err := b.Overview(t.Context(), since)
			if err != nil || len(overview.Groups) != 1 {
				t.Fatalf("%+v, %v", overview, err)
			}
			return overview.Total
		}
		var together sync.WaitGroup
		for range 20 {
			together.Go(func() { look(time.Time{}) })
		}
		together.Wait()
		if c.groups != 1 || c.states != 20 {
			t.Errorf("20 people at once cost %d counts and %d looks", c.groups, c.states)
		}
		c.events = "6"
		if total := look(time.Time{}); total != 6 || c.groups != 2 {
			t.Errorf("an event came: %d in all after %d counts", total, c.groups)
		}
		time.Sleep(keptFor)
		if look(time.Time{}); c.groups != 3 {
			t.Errorf("after a while: %d counts", c.groups)
		}
		if look(time.Now().Add(-time.Hour)); c.groups != 4 {
			t.Errorf("of the last hour alone: %d counts", c.groups)
		}
	})
}

func TestWhoLeavesDoesNotWaitForTheGroups(t *testing.T) {
	b, err := New(compiled(t, saleContract), &counted{})
	if err != nil {
		t.Fatal(err)
	}
	b.kept.turn <- struct{}{}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := b.Overview(ctx, time.Time{}); err == nil {
		t.Error("somebody who left got the groups")
	}
}
