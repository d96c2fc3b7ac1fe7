package monitor

import "time"

// clock compares the machine's clock, which people and programs set, with one nobody sets. Not safe
// for concurrent use.
type clock struct {
	wall    time.Time
	elapsed time.Duration
	// jumped is by how much the clock last jumped, and at when, on the other clock.
	jumped time.Duration
	at     time.Duration
	ever   bool
}

func newClock(wall time.Time, elapsed time.Duration) clock {
	return clock{wall: wall.Round(0), elapsed: elapsed}
}

// look notices a jump of more than limit since the last look.
func (c *clock) look(wall time.Time, elapsed, limit time.Duration) {
	wall = wall.Round(0) // without the monotonic reading
	jump := wall.Sub(c.wall) - (elapsed - c.elapsed)
	c.wall, c.elapsed = wall, elapsed
	if jump.Abs() > limit {
		c.jumped, c.at, c.ever = jump, elapsed, true
	}
}

// recent says whether and by how much the clock jumped within the span.
func (c *clock) recent(span time.Duration) (time.Duration, bool) {
	return c.jumped, c.ever && c.elapsed-c.at < span
}
