// Package cost tells what a pipeline costs a month on AWS and Snowflake before it is deployed, how many
// shards it needs, and how late its rows will be. It reaches no account: it multiplies list prices.
package cost

import (
	"errors"
	"fmt"
	"time"
)

// HoursPerMonth is the month AWS's own calculator uses: 365 days / 12.
const HoursPerMonth = 730

const (
	secondsPerMonth = HoursPerMonth * 3600
	kib             = 1 << 10
	mib             = 1 << 20
	gib             = 1 << 30
)

// Load is what the services send, and how it is kept.
type Load struct {
	// EventsPerSecond on average; Peak is the most, and what provisioned shards are counted by. Peak
	// 0 is the average.
	EventsPerSecond float64 `json:"events_per_second"`
	Peak            float64 `json:"peak"`
	// Bytes of one event with its partition key, at most 1 MiB (10 MiB where the stream is raised).
	Bytes int `json:"bytes"`
	// Tables the events are spread over; each is a partition with files of its own.
	Tables int `json:"tables"`
	// RowBytes of one event as a CSV line. 0: as large as the event.
	RowBytes int `json:"row_bytes"`
	// Compressed is the size of a gzip file divided by that of its rows, above 0 and at most 1.
	Compressed float64 `json:"compressed"`
	// Retention of the stream, 24h to 8760h.
	Retention time.Duration `json:"retention"`
	// BufferBytes and BufferInterval are the delivery stream's hints (aws.buffer in pipeline.yaml).
	BufferBytes    int64         `json:"buffer_bytes"`
	BufferInterval time.Duration `json:"buffer_interval"`
	// LambdaMiB is the function's memory, LambdaMicros what it takes for one event, in microseconds.
	LambdaMiB    int     `json:"lambda_mib"`
	LambdaMicros float64 `json:"lambda_micros"`
	// Alarms and Metrics of the stack in CloudWatch.
	Alarms  int `json:"alarms"`
	Metrics int `json:"metrics"`
}

// DefaultLoad is a load of which only the rate and the size are not known.
//
// The compression is that of the dummy orders' files. A function with 512 MiB gets under a third of a
// core (Lambda gives one at 1,769 MiB), so 10 us an event leave room over what the contracts take.
func DefaultLoad() Load {
	return Load{
		Tables: 1, Compressed: 0.3, Retention: 24 * time.Hour,
		BufferBytes: 64 * mib, BufferInterval: time.Minute,
		LambdaMiB: 512, LambdaMicros: 10, Alarms: 13, Metrics: 10,
	}
}

var errNoLoad = errors.New("a plan needs the events a second and the bytes of one, such as --events-per-second 200 --bytes 350")

const maxRecord = 10 * mib

func (l *Load) complete() error {
	var faults []error
	bad := func(wrong bool, text string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf(text, args...))
		}
	}
	if l.EventsPerSecond <= 0 || l.Bytes <= 0 {
		return errNoLoad
	}
	if l.Peak == 0 {
		l.Peak = l.EventsPerSecond
	}
	if l.RowBytes == 0 {
		l.RowBytes = l.Bytes
	}
	bad(l.EventsPerSecond > 1e9 || l.Peak > 1e9, "more than a billion events a second are beyond what can be planned here")
	bad(l.Peak < l.EventsPerSecond, "the peak (%g/s) is below the average (%g/s)", l.Peak, l.EventsPerSecond)
	bad(l.Bytes > maxRecord, "an event of %d bytes is beyond the 10 MiB a Kinesis record may have", l.Bytes)
	bad(l.Tables < 1 || l.Tables > 500, "%d tables: a delivery stream has 1 to 500 active partitions", l.Tables)
	bad(l.Compressed <= 0 || l.Compressed > 1, "compressed files are above 0 and at most 1 of their rows' size, not %g", l.Compressed)
	bad(l.RowBytes < 0, "a row has no negative size")
	bad(l.Retention < 24*time.Hour || l.Retention > 8760*time.Hour, "the retention is 24h to 8760h, not %s", l.Retention)
	bad(l.BufferBytes < 64*mib || l.BufferBytes > 128*mib, "with dynamic partitioning a buffer has 64 to 128 MiB, not %d bytes", l.BufferBytes)
	bad(l.BufferInterval < time.Minute || l.BufferInterval > 15*time.Minute, "with dynamic partitioning the interval is 60s to 900s, not %s", l.BufferInterval)
	bad(l.LambdaMiB < 128 || l.LambdaMiB > 10240, "a function has 128 to 10240 MiB, not %d", l.LambdaMiB)
	bad(l.LambdaMicros <= 0, "an event takes the function some time")
	return errors.Join(faults...)
}

func (l Load) eventsPerMonth() float64 { return l.EventsPerSecond * secondsPerMonth }

// rounded is an event's size as a service bills it, in bytes.
func (l Load) rounded(to int) float64 { return float64((l.Bytes + to - 1) / to * to) }

func toGiB(bytes float64) float64 { return bytes / gib }
