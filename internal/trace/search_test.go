package trace

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/event"
)

// refusals is a warehouse with so many events in the quarantine, of which it shows none.
type refusals struct {
	Warehouse
	events, newest int
	late           bool
	asked          []string
}

func (r *refusals) Select(_ context.Context, sql string) ([]string, [][]*string, error) {
	r.asked = append(r.asked, sql)
	cut := "2026-11-22T05:00:00.25Z"
	switch {
	case strings.HasSuffix(sql, fmt.Sprintf(" OFFSET %d", r.newest)) && r.events > r.newest:
		return []string{"_arrived_at"}, [][]*string{{&cut}}, nil
	case strings.Contains(sql, "contains(") && r.late:
		return nil, nil, &event.Error{Code: "query_timeout"}
	}
	return nil, nil, nil
}

// A text is looked for in so many events of the quarantine, and the answer says how far that went.
func TestATextIsLookedForInTheNewestOfTheQuarantine(t *testing.T) {
	for _, tc := range []struct {
		events   int
		late     bool
		searched string
		cut      bool
	}{
		{3000, false, "the quarantine", false},
		{3001, false, "the newest 3,000 events of the quarantine", true},
		{3000, true, "the quarantine, not to the end", true},
	} {
		w := &refusals{events: tc.events, newest: 3000, late: tc.late}
		s := &search{Tracer: &Tracer{cfg: Config{SearchQuarantined: 3000}, deps: Deps{Warehouse: w}}, key: "it's", seen: map[place]bool{}}
		if err := s.quarantine(t.Context()); err != nil || s.cut != tc.cut || !slices.Equal(s.looked, []string{tc.searched}) {
			t.Errorf("%d events: %q, cut %v, %v", tc.events, s.looked, s.cut, err)
		}
		if bounded := strings.Contains(w.asked[1], "05:00:00.250000"); bounded != (tc.events > 3000) {
			t.Errorf("%d events: asked %s", tc.events, w.asked[1])
		}
	}
}
