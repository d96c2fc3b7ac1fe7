package monitor

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/event"
)

// fixed are sources that always say the same.
type fixed struct {
	accepted, committed map[int]uint64
	count               WarehouseCount
	classified          Classified
}

func (f fixed) Accepted() map[int]uint64                      { return f.accepted }
func (f fixed) Committed() map[int]uint64                     { return f.committed }
func (f fixed) Count(context.Context) (WarehouseCount, error) { return f.count, nil }
func (f fixed) Classified(context.Context, map[int]uint64) (Classified, error) {
	if f.classified.Committed != nil {
		return f.classified, nil
	}
	all := Classified{Committed: map[string]int64{"orders": 0}, Loaded: map[string]int64{"orders": 0}}
	for shard, position := range f.committed {
		all.Committed["orders"] += int64(position)
		all.Loaded["orders"] += int64(f.count.Watermarks[shard].Position)
	}
	return all, nil
}

func (f fixed) monitor(t *testing.T) *Monitor {
	t.Helper()
	return New(Config{}, Deps{Log: f, Catalog: f, Warehouse: f})
}

func positions(accepted, committed, loaded uint64, rows int64) *fixed {
	return &fixed{
		accepted: map[int]uint64{0: accepted}, committed: map[int]uint64{0: committed},
		count: WarehouseCount{Tables: map[string]int64{"orders": rows}, Watermarks: map[int]Watermark{0: {Position: loaded}}},
	}
}

func TestBalanceNeedsEveryStepInItsPlace(t *testing.T) {
	for name, c := range map[string]struct {
		sources  *fixed
		balanced bool
	}{
		"at work":                         {positions(10, 8, 7, 7), true},
		"a row is missing":                {positions(10, 8, 7, 6), false},
		"a row too many":                  {positions(10, 8, 7, 8), false},
		"the log lost what was loaded":    {positions(5, 5, 7, 7), false},
		"the log lost what is committed":  {positions(7, 8, 7, 7), false},
		"the catalog lost what is loaded": {positions(10, 6, 7, 7), false},
	} {
		t.Run(name, func(t *testing.T) {
			status := c.sources.monitor(t).Status(t.Context())
			if status.Balanced != c.balanced || (len(status.Problems) == 0) != c.balanced {
				t.Errorf("balanced is %v, with problems %q", status.Balanced, status.Problems)
			}
		})
	}
}

// A step that fails shows until it works again, whether or not there is anything to do for it then.
func TestAFailureShowsUntilItIsOver(t *testing.T) {
	for _, step := range []string{"log", "catalog", "lake", "warehouse"} {
		m := positions(0, 0, 0, 0).monitor(t)
		m.Hear(event.Failed{Step: step, Err: errors.New("it is away")})
		if status := m.Status(t.Context()); status.Ready || !strings.Contains(strings.Join(status.Problems, "\n"), "it is away") {
			t.Errorf("%s fails, and the status is ready with problems %q", step, status.Problems)
		}
		m.Hear(event.Recovered{Step: step})
		if status := m.Status(t.Context()); !status.Ready || len(status.Problems) > 0 {
			t.Errorf("%s works again, and the status has problems %q", step, status.Problems)
		}
	}
}
