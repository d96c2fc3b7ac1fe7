package contract

import "time"

// civil is a date and a time of day as a text gives them.
type civil struct {
	year, month, day     int
	hour, minute, second int
	nanos                int
	// finer: digits other than 0 followed the ninth of the fraction.
	finer bool
	// offset is the distance from UTC in seconds, if hasOffset.
	offset    int
	hasOffset bool
}

// Warehouses agree on these years.
const minYear, maxYear = 1, 9999

// real reports whether there is such a day and time of day. Leap seconds are not real.
func (c *civil) real() bool {
	return c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= daysIn(c.year, c.month) &&
		c.hour >= 0 && c.hour <= 23 && c.minute >= 0 && c.minute <= 59 && c.second >= 0 && c.second <= 59
}

func (c *civil) inRange() bool { return c.year >= minYear && c.year <= maxYear }

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// days counts from 1970-01-01 in the Gregorian calendar.
func (c *civil) days() int64 {
	// Years are counted from March, so that the leap day is a year's last.
	y, m := int64(c.year), int64(c.month)
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yearOfEra := y - era*400
	dayOfYear := (153*(m-3)+2)/5 + int64(c.day) - 1
	dayOfEra := yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear
	return era*146097 + dayOfEra - 719468
}

// seconds counts from 1970-01-01T00:00:00Z. A time without offset is in zone; one that its clocks
// skip or show twice is taken as the time package takes it, always in the same way.
func (c *civil) seconds(zone *time.Location) int64 {
	if !c.hasOffset && zone != time.UTC {
		return time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, 0, zone).Unix()
	}
	return c.days()*86400 + int64(c.hour*3600+c.minute*60+c.second-c.offset)
}

// micros counts microseconds from 1970-01-01T00:00:00Z; finer digits are rounded by mode.
func (c *civil) micros(zone *time.Location, mode rounding) (micros int64, f fit) {
	micros = c.seconds(zone)*1e6 + int64(c.nanos/1000)
	rest := c.nanos % 1000
	if rest == 0 && !c.finer {
		return micros, fits
	}
	switch {
	case mode == exact:
		return 0, inexact
	case mode == halfUp && rest >= 500,
		mode == halfEven && (rest > 500 || rest == 500 && (c.finer || micros%2 != 0)):
		micros++
	}
	return micros, fits
}

// withinYears reports whether microseconds since 1970 are in the years warehouses agree on.
func withinYears(micros int64) bool {
	const first = -62135596800 * 1e6 // 0001-01-01T00:00:00Z
	const end = 253402300800 * 1e6   // 10000-01-01T00:00:00Z
	return micros >= first && micros < end
}

// setEpoch makes c the UTC time of a Unix second.
func (c *civil) setEpoch(seconds int64) {
	t := time.Unix(seconds, 0).UTC()
	c.year, c.month, c.day = t.Year(), int(t.Month()), t.Day()
	c.hour, c.minute, c.second = t.Clock()
	c.offset, c.hasOffset = 0, true
}
