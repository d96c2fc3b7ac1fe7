package produce

import (
	"errors"
	"fmt"
	"time"
)

// Config says how a Producer sends. The zero value of every field but Stream stands for its default.
type Config struct {
	// Stream is the name of the stream to send to. Required.
	Stream string
	// InFlight is how many PutRecords calls may be under way at once, 1 to 64. Default 4: enough
	// to keep one connection's fsync wait covered by the others. 1 keeps the order of the whole
	// run, more keep the order of each partition key.
	InFlight int
	// BatchRecords is the most records in a call, 1 to 500. Default 500, the API's limit.
	BatchRecords int
	// BatchBytes is the most bytes of data and keys in a call, 1 to 10 MiB. Default 5 MiB, what
	// every region and every peer takes.
	BatchBytes int
	// Linger is how long a call waits for more records before it goes out with what there is.
	// Default 50 ms: far below a second of freshness, and still 50 records a call at 4,000/s.
	Linger time.Duration
	// Rate is the most events taken from the source in a second. Default 0: as fast as it goes.
	Rate float64
	// RetryFor is how long a batch is retried without one of its records being accepted before
	// the run gives up. Default 2 minutes: a pipeline may restart, or its host.
	RetryFor time.Duration
	// CallTimeout ends a call that gets no answer; it is then retried, so its records may arrive
	// twice. Default 30 s.
	CallTimeout time.Duration
	// FirstPause is the pause before the first retry; each further pause is twice as long, up to
	// LongestPause, and at random up to half shorter, so that producers do not return together.
	// Default 50 ms.
	FirstPause time.Duration
	// LongestPause is the longest pause between retries. Default 3 s: a pipeline that is back
	// is noticed soon.
	LongestPause time.Duration
	// Grace is how long records already taken from the source may still be sent after the run's
	// context has ended. Default 5 s.
	Grace time.Duration
}

// withDefaults returns c with its zero fields set to their defaults.
func (c Config) withDefaults() Config {
	orInt := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	orDuration := func(field *time.Duration, value time.Duration) {
		if *field == 0 {
			*field = value
		}
	}
	orInt(&c.InFlight, 4)
	orInt(&c.BatchRecords, 500)
	orInt(&c.BatchBytes, 5<<20)
	orDuration(&c.Linger, 50*time.Millisecond)
	orDuration(&c.RetryFor, 2*time.Minute)
	orDuration(&c.CallTimeout, 30*time.Second)
	orDuration(&c.FirstPause, 50*time.Millisecond)
	orDuration(&c.LongestPause, 3*time.Second)
	orDuration(&c.Grace, 5*time.Second)
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
	check(c.Stream != "", "no stream is named")
	check(c.InFlight >= 1 && c.InFlight <= 64, "%d calls in flight; allowed are 1 to 64", c.InFlight)
	check(c.BatchRecords >= 1 && c.BatchRecords <= 500, "%d records in a call; allowed are 1 to 500", c.BatchRecords)
	check(c.BatchBytes >= 1 && c.BatchBytes <= MaxRecord, "%d bytes in a call; allowed are 1 to %d", c.BatchBytes, MaxRecord)
	check(c.Rate >= 0, "a rate of %g events a second", c.Rate)
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"linger", c.Linger}, {"retry time", c.RetryFor}, {"call timeout", c.CallTimeout},
		{"first pause", c.FirstPause}, {"longest pause", c.LongestPause}, {"grace", c.Grace},
	} {
		check(d.value > 0, "the %s is %s; it must be positive", d.name, d.value)
	}
	return errors.Join(faults...)
}
