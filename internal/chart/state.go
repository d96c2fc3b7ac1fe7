package chart

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// State is what a reader has chosen: a range, whether to compare, and filter values.
type State struct {
	// Range is one of Ranges; empty when From and To are given.
	Range    string
	From, To time.Time
	// Compare asks for the period before as well. RangeAll has none.
	Compare bool
	// Filters has the values of each filter that is set, sorted, without repetition.
	Filters map[string][]string
}

// maxChosen is how many values of one filter may be chosen.
const maxChosen = 100

// State reads a reader's choice from a query string; what is not there is the dashboard's default.
// The error is an *event.Error with the code bad_state.
func (d *Dashboard) State(query url.Values) (State, error) {
	s := State{Range: d.Range, Compare: query.Get("compare") == "1", Filters: map[string][]string{}}
	if query.Has("from") || query.Has("to") {
		if err := s.custom(query); err != nil {
			return State{}, err
		}
	} else if name := query.Get("range"); name != "" {
		if _, ok := rangeLength(name); !ok {
			return State{}, badState("there is no range %q", name)
		}
		s.Range = name
	}
	for key, values := range query {
		name, isFilter := strings.CutPrefix(key, "f.")
		if !isFilter {
			continue
		}
		if d.Filter(name) == nil {
			return State{}, badState("the dashboard has no filter %q", name)
		}
		if len(values) > maxChosen {
			return State{}, badState("%d values of the filter %s are chosen, and %d is the most", len(values), name, maxChosen)
		}
		for _, value := range values {
			if err := checkValue(value); err != nil {
				return State{}, err
			}
		}
		values = slices.Clone(values)
		slices.Sort(values)
		s.Filters[name] = slices.Compact(values)
	}
	return s, nil
}

// The times a custom range may have: those that both warehouses can tell.
var (
	earliest = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
)

func (s *State) custom(query url.Values) error {
	from, err := time.Parse(time.RFC3339, query.Get("from"))
	if err != nil {
		return badState("from= is not a time such as 2026-11-22T05:00:00Z")
	}
	to, err := time.Parse(time.RFC3339, query.Get("to"))
	if err != nil {
		return badState("to= is not a time such as 2026-11-22T06:00:00Z")
	}
	if !from.Before(to) {
		return badState("to= is not after from=")
	}
	if from.Before(earliest) || to.After(latest) {
		return badState("from= and to= lie between the years 1900 and 9999")
	}
	s.Range, s.From, s.To = "", from.UTC(), to.UTC()
	return nil
}

// Key tells states apart in which the chart shows something else, and no others.
func (c *Chart) Key(s State) string {
	var b strings.Builder
	if c.template.usesTime() {
		b.WriteString(s.Range)
		if s.Range == "" {
			b.WriteString(s.From.Format(time.RFC3339Nano) + "/" + s.To.Format(time.RFC3339Nano))
		}
		if c.compared(s) {
			b.WriteString(" compared")
		}
	}
	for _, f := range c.filters {
		if values := s.Filters[f.Name]; len(values) > 0 {
			b.WriteString("\x00" + f.Name)
			for _, v := range values {
				b.WriteString("=" + strconv.Quote(v))
			}
		}
	}
	return b.String()
}

// Key tells states of a dashboard apart.
func (s State) Key() string {
	names := make([]string, 0, len(s.Filters))
	for name := range s.Filters {
		names = append(names, name)
	}
	slices.Sort(names)
	key := s.Range + s.From.Format(time.RFC3339Nano) + s.To.Format(time.RFC3339Nano) + strconv.FormatBool(s.Compare)
	for _, name := range names {
		key += "\x00" + name
		for _, v := range s.Filters[name] {
			key += "=" + strconv.Quote(v)
		}
	}
	return key
}

// compared reports whether the chart shows the period before as well.
func (c *Chart) compared(s State) bool {
	return s.Compare && s.Range != RangeAll && c.template.usesTime()
}
