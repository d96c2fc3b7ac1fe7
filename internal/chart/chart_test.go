package chart

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

var tables = []*contract.Table{
	{Name: "orders", Columns: []contract.Column{
		{Name: "order_date", Type: contract.Type{Kind: contract.Timestamp}},
		{Name: "country", Type: contract.Type{Kind: contract.Varchar}},
		{Name: "quantity", Type: contract.Type{Kind: contract.Integer}},
	}},
	{Name: "visits", Columns: []contract.Column{{Name: "seen_at", Type: contract.Type{Kind: contract.Timestamp}}}},
}

func compiled(t *testing.T, text string) *Dashboard {
	t.Helper()
	d := Compile([]contract.Source{{Name: "dashboards/shop.yaml", Text: []byte(text)}}, tables)[0]
	if len(d.Faults) > 0 {
		t.Fatal(d.Faults)
	}
	return d
}

const head = `title: Shop
time: order_date
filters:
  - {name: country, table: orders}
  - {name: quantity, table: orders}
charts:
`

// one is a dashboard of one chart of a query.
func one(t *testing.T, query string) (*Dashboard, *Chart) {
	t.Helper()
	d := compiled(t, head+"  - {title: C, type: table, sql: '"+query+"'}\n")
	return d, d.Charts[0]
}

var now = time.Date(2026, 11, 22, 14, 3, 5, 0, time.UTC)

func TestPlaceholdersBecomeSQL(t *testing.T) {
	bounded := Window{From: now.Add(-time.Hour), To: now, Bucket: Hour}
	const from, to = "cast('2026-11-22 13:03:05.000000+00:00' as timestamptz)", "cast('2026-11-22 14:03:05.000000+00:00' as timestamptz)"
	for query, want := range map[string]string{
		"select 1 where {{period}}":           "select 1 where (order_date >= " + from + " and order_date < " + to + ")",
		"select 1 where {{ period:seen_at }}": "select 1 where (seen_at >= " + from + " and seen_at < " + to + ")",
		"select 1 where {{period:o.seen_at}}": "select 1 where (o.seen_at >= " + from + " and o.seen_at < " + to + ")",
		"select {{bucket}}":                   "select to_timestamp(floor(extract(epoch from order_date) / 3600) * 3600)",
		"select {{from}}, {{to}}":             "select " + from + ", " + to,
		"select 1 where {{filters}}":          "select 1 where (country in (''a'', ''b'') and cast(quantity as varchar) in (''7''))",
		"select 1 where {{filters:quantity}}": "select 1 where (cast(quantity as varchar) in (''7''))",
		"select 1;\n":                         "select 1",
	} {
		_, c := one(t, query)
		state := State{Range: "1h", Filters: map[string][]string{"country": {"a", "b"}, "quantity": {"7"}}}
		sql, previous := c.Queries(state, bounded)
		if want := strings.ReplaceAll(want, "''", "'"); sql != want || previous != "" {
			t.Errorf("%s\n got %s\nwant %s", query, sql, want)
		}
	}
	_, c := one(t, "select {{from}}, {{to}} where {{period}} and {{filters}}")
	sql, _ := c.Queries(State{Range: RangeAll, Compare: true}, Window{})
	if want := "select cast('1900-01-01 00:00:00.000000+00:00' as timestamptz), cast('9999-12-31 00:00:00.000000+00:00' as timestamptz) where true and true"; sql != want {
		t.Errorf("without bounds: %s", sql)
	}
}

func TestWeeksBeginOnMonday(t *testing.T) {
	if got := bucketOf("t", Week); got != "to_timestamp(floor((extract(epoch from t) - 345600) / 604800) * 604800 + 345600)" {
		t.Error(got)
	}
	monday := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for at, want := range map[time.Time]time.Time{
		now: monday, monday: monday, monday.Add(1): monday.Add(week),
		time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC): time.Date(1970, 1, 5, 0, 0, 0, 0, time.UTC),
	} {
		if got := Week.ceil(at); !got.Equal(want) {
			t.Errorf("%v: %v", at, got)
		}
	}
}

func TestTheWindowAndTheOneBeforeAreOfOneLength(t *testing.T) {
	_, plain := one(t, "select count(*) where {{period}}")
	_, steps := one(t, "select {{bucket}} where {{period}}")
	for _, c := range []struct {
		name     string
		chart    *Chart
		from, to string
		bucket   Bucket
	}{
		{"15m", plain, "2026-11-22T13:48:05Z", "2026-11-22T14:03:05Z", Minute},
		{"15m", steps, "2026-11-22T13:49:00Z", "2026-11-22T14:04:00Z", Minute},
		{"24h", plain, "2026-11-21T14:03:05Z", "2026-11-22T14:03:05Z", Hour},
		{"24h", steps, "2026-11-21T15:00:00Z", "2026-11-22T15:00:00Z", Hour},
		{"30d", steps, "2026-10-24T00:00:00Z", "2026-11-23T00:00:00Z", Day},
		{"1y", steps, "2025-11-24T00:00:00Z", "2026-11-23T00:00:00Z", Week},
	} {
		w := c.chart.Window(State{Range: c.name}, now, Span{})
		before := w.Previous()
		length, _ := rangeLength(c.name)
		if w.From.Format(time.RFC3339) != c.from || w.To.Format(time.RFC3339) != c.to || w.Bucket != c.bucket {
			t.Errorf("%s: %v to %v by %s", c.name, w.From, w.To, w.Bucket)
		}
		if w.To.Sub(w.From) != length || !before.To.Equal(w.From) || before.To.Sub(before.From) != length {
			t.Errorf("%s: the period before is %v to %v", c.name, before.From, before.To)
		}
	}
	w := steps.Window(State{Range: RangeAll}, now, Span{First: now.Add(-3 * day), Last: now})
	if !w.All() || w.Bucket != Hour {
		t.Errorf("all: %+v", w)
	}
}

func TestRangesGiveAUsefulNumberOfSteps(t *testing.T) {
	for _, name := range Ranges() {
		length, ok := rangeLength(name)
		if !ok {
			t.Fatal(name)
		}
		if steps := length / bucketFor(length).width(); name != RangeAll && (steps < 15 || steps > 400) {
			t.Errorf("%s has %d steps", name, steps)
		}
	}
}

func TestAStateIsReadOrRefused(t *testing.T) {
	d, _ := one(t, "select 1")
	good := func(query string) State {
		t.Helper()
		values, _ := url.ParseQuery(query)
		s, err := d.State(values)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return s
	}
	if s := good(""); s.Range != "24h" || s.Compare {
		t.Errorf("the default: %+v", s)
	}
	if s := good("range=7d&compare=1&f.country=b&f.country=a&f.country=b&unknown=1"); s.Range != "7d" || !s.Compare || strings.Join(s.Filters["country"], "") != "ab" {
		t.Errorf("%+v", s)
	}
	if s := good("from=2026-11-22T05:00:00%2B01:00&to=2026-11-22T06:00:00Z"); s.Range != "" || s.From.Hour() != 4 {
		t.Errorf("%+v", s)
	}
	good("f.country=" + strings.Repeat("x", maxValueBytes))
	good(strings.Repeat("f.country=x&", maxChosen))
	for name, query := range map[string]string{
		"range": "range=2h", "half": "from=2026-11-22T05:00:00Z", "turned": "from=2026-11-22T05:00:00Z&to=2026-11-22T04:00:00Z",
		"no time": "from=yesterday&to=today", "year": "from=0001-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "filter": "f.colour=red",
		"long": "f.country=" + strings.Repeat("x", maxValueBytes+1), "many": strings.Repeat("f.country=x&", maxChosen+1),
		"NUL": "f.country=a%00b", "not UTF-8": "f.country=%ff",
	} {
		values, _ := url.ParseQuery(query)
		_, err := d.State(values)
		if known, ok := errors.AsType[*event.Error](err); !ok || known.Code != "bad_state" || known.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestChartsShareAStateUnlessItChangesThem(t *testing.T) {
	_, timed := one(t, "select 1 where {{period}} and {{filters}}")
	_, fixed := one(t, "select 1")
	a := State{Range: "1h", Compare: true, Filters: map[string][]string{"country": {"a"}}}
	keys := map[string]bool{}
	for _, s := range []State{a, {Range: "6h", Filters: a.Filters}, {Range: "1h", Filters: a.Filters}, {Range: "1h"},
		{From: now, To: now.Add(1)}, {From: now, To: now.Add(2)}, {Range: "1h", Filters: map[string][]string{"country": {"a=b"}}},
		{Range: "1h", Filters: map[string][]string{"country": {"a", "b"}}}} {
		keys[timed.Key(s)] = true
	}
	if len(keys) != 8 {
		t.Errorf("%d keys of 8 states", len(keys))
	}
	if fixed.Key(a) != "" {
		t.Errorf("a chart without placeholders: %q", fixed.Key(a))
	}
}

func TestAShapeThatDoesNotSuitIsExplained(t *testing.T) {
	text, number, moment := Column{"a", "varchar"}, Column{"b", "decimal(12,2)"}, Column{"c", "timestamp with time zone"}
	for _, c := range []struct {
		kind    Type
		columns []Column
		wrong   string
	}{
		{Number, []Column{number}, ""}, {Number, []Column{text, number}, ""}, {Number, []Column{text}, "no column that is a number"},
		{Line, []Column{moment, number}, ""}, {Line, []Column{text, number}, "is no time, but varchar"}, {Area, []Column{moment}, "behind its first"},
		{Bar, []Column{text, number}, ""}, {Bar, []Column{number, number}, ""}, {Bar, []Column{text, text}, "behind its first"}, {Bar, []Column{number}, "behind its first"},
		{Stacked, []Column{moment, text, number}, ""}, {Donut, []Column{text, number}, ""}, {Map, []Column{moment, number}, "no country"},
		{Table, []Column{text}, ""}, {Table, nil, "no columns"},
	} {
		chart := Chart{Type: c.kind}
		message, instead := chart.Shape(c.columns)
		if (message == "") != (c.wrong == "") || !strings.Contains(message, c.wrong) || (message == "") != (instead == "") {
			t.Errorf("%s of %v: %q, %q", c.kind, c.columns, message, instead)
		}
	}
}
