package chart

import (
	"time"
)

const (
	day  = 24 * time.Hour
	week = 7 * day
)

// rangeLength is how long each range is. A year is 52 weeks, so that weekdays and whole weeks meet
// their like in the period before.
func rangeLength(name string) (time.Duration, bool) {
	switch name {
	case "15m":
		return 15 * time.Minute, true
	case "1h":
		return time.Hour, true
	case "6h":
		return 6 * time.Hour, true
	case "24h":
		return day, true
	case "7d":
		return week, true
	case "30d":
		return 30 * day, true
	case "90d":
		return 90 * day, true
	case "1y":
		return 52 * week, true
	case RangeAll:
		return 0, true
	}
	return 0, false
}

// RangeAll is the range without bounds.
const RangeAll = "all"

// Ranges are the names of the ranges, from the shortest.
func Ranges() []string { return []string{"15m", "1h", "6h", "24h", "7d", "30d", "90d", "1y", RangeAll} }

// Bucket is the width of a step in a chart over time.
type Bucket string

// The buckets. A week begins on Monday.
const (
	Minute Bucket = "minute"
	Hour   Bucket = "hour"
	Day    Bucket = "day"
	Week   Bucket = "week"
)

func (b Bucket) width() time.Duration {
	switch b {
	case Minute:
		return time.Minute
	case Hour:
		return time.Hour
	case Day:
		return day
	}
	return week
}

// offset is where, after 1970-01-01, a first bucket begins: that day was a Thursday.
func (b Bucket) offset() time.Duration {
	if b == Week {
		return 4 * day
	}
	return 0
}

// ceil is the end of the bucket that t is in, or t where one begins.
func (b Bucket) ceil(t time.Time) time.Time {
	width := int64(b.width())
	past := (t.UnixNano() - int64(b.offset())) % width
	if past < 0 {
		past += width
	}
	if past == 0 {
		return t
	}
	return t.Add(time.Duration(width - past))
}

// bucketFor gives a chart over a period of that length some 15 to 400 steps.
func bucketFor(length time.Duration) Bucket {
	switch {
	case length <= 6*time.Hour:
		return Minute
	case length <= 8*day:
		return Hour
	case length <= 180*day:
		return Day
	}
	return Week
}

// Window is the stretch of time a chart shows: From up to, and without, To. Both are zero for all.
type Window struct {
	From, To time.Time
	// Bucket is the step of a chart over time.
	Bucket Bucket
}

// All reports whether the window has no bounds.
func (w Window) All() bool { return w.From.IsZero() && w.To.IsZero() }

// Previous is the period of the same length before.
func (w Window) Previous() Window {
	length := w.To.Sub(w.From)
	return Window{From: w.From.Add(-length), To: w.From, Bucket: w.Bucket}
}

// Span is the first and last time of a table's rows; zero when it has none.
type Span struct{ First, Last time.Time }

// NeedsSpan reports whether Window depends on the span of the data.
func (c *Chart) NeedsSpan(s State) bool { return s.Range == RangeAll && c.template.uses(bucketWord) }

// Window is what the chart shows in a state at a moment.
//
// Of a range that moves with the clock, a chart over time shows whole buckets, the last of them still
// filling; any other chart shows exactly the time up to now. So a chart and the period before
// it are of one length, and the same points of both can be compared.
func (c *Chart) Window(s State, now time.Time, span Span) Window {
	if s.Range == "" {
		return Window{From: s.From, To: s.To, Bucket: bucketFor(s.To.Sub(s.From))}
	}
	if s.Range == RangeAll {
		return Window{Bucket: bucketFor(span.Last.Sub(span.First))}
	}
	length, _ := rangeLength(s.Range)
	w := Window{To: now, Bucket: bucketFor(length)}
	if c.template.uses(bucketWord) {
		w.To = w.Bucket.ceil(now)
	}
	w.From = w.To.Add(-length)
	return w
}

// MovesAfter is how long a chart may stay as it is although nothing was loaded: its window moves. It is 0 for a
// window that does not.
func (c *Chart) MovesAfter(s State) time.Duration {
	length, _ := rangeLength(s.Range)
	if length == 0 || !c.template.usesTime() {
		return 0
	}
	const least, most = 5 * time.Second, time.Minute
	return min(max(length/300, least), most)
}
