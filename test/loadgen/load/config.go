package load

import (
	"errors"
	"fmt"
	"time"
)

// Config says what to send, where and how fast.
type Config struct {
	// Address is the endpoint's host and port; it speaks plain HTTP/1.1 and asks for no keys.
	Address string
	// Stream is the stream to send to. Default "orders".
	Stream string
	// Connections is how many requests are under way at once. Default 4.
	Connections int
	// Batch is how many events a request holds, 1 to 500. Default 500.
	Batch int
	// Templates is how many different requests each connection repeats, so that an event's text
	// comes again only after Batch times Templates others. Default 4: beyond a gzip window.
	Templates int
	// Rate is how many events a second to send, all connections together. Default 0: no limit.
	Rate float64
	// Duration and Count end the run, whichever is reached first; at least one is set. Count is
	// rounded up to whole requests.
	Duration time.Duration
	Count    int64
	// RetryFor is how long one request is tried without success. Default 2 minutes.
	RetryFor time.Duration
	// Header are further lines of each request's head, each with \r\n at its end. Default none.
	Header string
	// Seed tells one run's orders from another's. Default 0: random.
	Seed uint64
}

func (c Config) withDefaults() Config {
	if c.Stream == "" {
		c.Stream = "orders"
	}
	if c.Connections == 0 {
		c.Connections = 4
	}
	if c.Batch == 0 {
		c.Batch = 500
	}
	if c.Templates == 0 {
		c.Templates = 4
	}
	if c.RetryFor == 0 {
		c.RetryFor = 2 * time.Minute
	}
	return c
}

// Validate reports every fault of c.
func (c Config) Validate() error {
	c = c.withDefaults()
	var faults []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	check(c.Address != "", "no address is named")
	check(c.Connections >= 1, "%d connections", c.Connections)
	check(c.Batch >= 1 && c.Batch <= 500, "%d events in a request; allowed are 1 to 500", c.Batch)
	check(c.Templates >= 1, "%d templates", c.Templates)
	check(c.Rate >= 0, "a rate of %g", c.Rate)
	check(c.Duration > 0 || c.Count > 0, "neither a duration nor a count ends the run")
	check(c.RetryFor > 0, "requests are tried for %s", c.RetryFor)
	return errors.Join(faults...)
}
