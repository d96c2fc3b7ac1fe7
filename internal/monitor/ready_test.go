package monitor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/event"
)

// gone is a warehouse that does not answer, and counts how often it is asked.
type gone struct{ asked int }

func (g *gone) Count(context.Context) (WarehouseCount, error) {
	g.asked++
	return WarehouseCount{}, errors.New("open /srv/secret/place.duckdb: no such file")
}

type space struct{ disk Disk }

func (s space) Disk() (Disk, error) { return s.disk, nil }

func TestWhyItIsNotReady(t *testing.T) {
	well := positions(1, 1, 1, 1)
	for name, c := range map[string]struct {
		deps Deps
		hear event.Fact
		want string
	}{
		"well": {Deps{Log: well, Catalog: well, Warehouse: well}, nil, ""},
		"lake": {Deps{Log: well, Catalog: well, Warehouse: well},
			event.Failed{Step: "lake", Err: errors.New("open /srv/secret/lake: permission denied")}, "the lake cannot be written"},
		"warehouse": {Deps{Log: well, Catalog: well, Warehouse: &gone{}}, nil, "the warehouse does not answer"},
		"disk":      {Deps{Log: well, Catalog: well, Warehouse: well, Storage: space{Disk{FreeBytes: 1, ReserveBytes: 2}}}, nil, "the disk is nearly full"},
	} {
		m := New(Config{Alarms: DefaultLimits(2)}, c.deps)
		if c.hear != nil {
			m.Hear(c.hear)
		}
		m.Status(t.Context()) // as Run does by itself
		reasons := strings.Join(m.NotReady(), "\n")
		if (reasons == "") != (c.want == "") || !strings.Contains(reasons, c.want) || strings.Contains(reasons, "secret") {
			t.Errorf("%s: %q", name, reasons)
		}
	}
}

func TestReadinessAndMetricsCountNothing(t *testing.T) {
	well, warehouse := positions(1, 1, 1, 1), &gone{}
	m := New(Config{Notices: []string{"it is a test"}}, Deps{Log: well, Catalog: well, Warehouse: warehouse})
	for range 10 {
		m.NotReady()
		if r := m.Last(); !slices.Contains(r.Problems, "it is a test") || !r.Ready {
			t.Errorf("%v, ready %v", r.Problems, r.Ready)
		}
	}
	if warehouse.asked != 0 {
		t.Errorf("the warehouse was counted %d times", warehouse.asked)
	}
}
