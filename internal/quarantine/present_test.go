package quarantine

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/dialect"
)

// asked answers every statement with raws, and keeps the last.
type asked struct {
	events
	sql *string
}

func (a asked) Select(ctx context.Context, sql string) ([]string, [][]*string, error) {
	*a.sql = sql
	return a.events.Select(ctx, sql)
}

// Events that the present contracts take need no other contract, and are no reason for one.
func TestASuggestionIsOfThePresentContracts(t *testing.T) {
	set := compiled(t, saleContract)
	refusal := refused(t, set, []string{sale("id", `11`)})
	for name, tc := range map[string]struct {
		raws       []string
		text, yaml string
	}{
		"all are taken":          {[]string{sale("id", `1`), sale("id", `2`)}, "the present ones take all 2 events that arrived last. Redrive this group.", ""},
		"the one is taken":       {[]string{sale()}, "the present ones take the one event that arrived last.", ""},
		"all fail elsewhere":     {[]string{sale("city", `""`), sale("city", `"too long"`)}, "the present ones refuse all 2 events that arrived last for something else, most for length of city.", ""},
		"some fail elsewhere":    {[]string{sale(), sale(), sale("city", `""`)}, "the present ones take 2 of the 3 events that arrived last. Of the others most would be refused for length of city.", ""},
		"one of the reason left": {[]string{sale("id", `12`), sale(), sale("city", `""`)}, "Tried on 1 event: it takes them all. Of the others that arrived last the present contracts take 1: redrive them.", "maximum: 12"},
	} {
		b, err := New(set, events{tc.raws, "0"})
		if err != nil {
			t.Fatal(err)
		}
		s, err := b.suggest(t.Context(), refusal, time.Time{})
		if err != nil || s == nil || !strings.Contains(s.Text, tc.text) || !strings.Contains(s.YAML, tc.yaml) || (s.YAML == "") != (tc.yaml == "") {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// An old fault that nobody makes any more suggests nothing: what arrived last is looked at, of the time that is shown.
func TestASuggestionLooksAtTheNewestEvents(t *testing.T) {
	set := compiled(t, saleContract)
	raws := []string{sale("id", `11`)}
	var sql string
	b, err := New(set, asked{events{raws, "0"}, &sql})
	if err != nil {
		t.Fatal(err)
	}
	since := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	if _, err := b.suggest(t.Context(), refused(t, set, raws), since); err != nil {
		t.Fatal(err)
	}
	if strings.Count(sql, "_arrived_at >= "+dialect.Time(since)) != 2 || !strings.HasSuffix(sql, "ORDER BY _arrived_at DESC, _sequence DESC LIMIT 100") {
		t.Error(sql)
	}
	if _, err := b.suggest(t.Context(), refused(t, set, raws), time.Time{}); err != nil || strings.Contains(sql, "timestamptz") {
		t.Error(sql, err)
	}
}
