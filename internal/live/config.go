package live

import (
	"context"
	"log/slog"
	"time"

	"github.com/penstock/penstock/internal/chart"
)

// Config bounds what charts may use. The zero value has the defaults.
type Config struct {
	// Queries is how many run at once. Default 2: the warehouse takes 3 of all pages, and the third is for
	// traces and the quarantine.
	Queries int
	// Timeout ends a chart's query. Default 10s: what takes longer is no live chart.
	Timeout time.Duration
	// Rows and Bytes are the most a result may have; a longer one is cut and says so. Defaults 10,000,
	// far more than a screen can show, and 2 MiB.
	Rows, Bytes int64
	// States is how many different states of dashboards may be looked at. Default 256. Any number of people may
	// look at one of them.
	States int
	// Memory is how much all results together may hold, in bytes. Default 128 MiB.
	Memory int64
	// Pause is the least time between two computations of one chart. Default 250ms.
	Pause time.Duration
	// Linger is how long the result of a chart that nobody looks at any longer is kept, for a reload.
	// Default 30s.
	Linger time.Duration
	// Metered is how often charts are computed on a warehouse that costs money, for dashboards that
	// say live. Default 60s, the least that Snowflake charges for.
	Metered time.Duration
	// Now tells the time; default time.Now.
	Now    func() time.Time
	Logger *slog.Logger
}

func (c Config) withDefaults() Config {
	def := func(v *time.Duration, value time.Duration) {
		if *v == 0 {
			*v = value
		}
	}
	count := func(v *int64, value int64) {
		if *v == 0 {
			*v = value
		}
	}
	def(&c.Timeout, 10*time.Second)
	def(&c.Pause, 250*time.Millisecond)
	def(&c.Linger, 30*time.Second)
	def(&c.Metered, time.Minute)
	count(&c.Rows, 10_000)
	count(&c.Bytes, 2<<20)
	count(&c.Memory, 128<<20)
	if c.Queries == 0 {
		c.Queries = 2
	}
	if c.States == 0 {
		c.States = 256
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// Limits bound one query.
type Limits struct {
	Timeout     time.Duration
	Rows, Bytes int64
}

// Answer is the result of one query.
type Answer struct {
	chart.Rows
	// Truncated says that a limit cut the result.
	Truncated bool
}

// Warehouse answers the charts' queries. It is safe for concurrent use.
type Warehouse interface {
	// Query runs one SELECT within the limits. An error that people can do something about is an
	// *event.Error; any other says that the warehouse does not answer at present.
	Query(ctx context.Context, sql string, limits Limits) (Answer, error)
	// Metered reports whether each query costs money.
	Metered() bool
}

// Fresh says how complete the warehouse is.
type Fresh struct {
	// CompleteTo: every event that arrived before it can be queried.
	CompleteTo time.Time `json:"complete_to"`
	// Quarantined is how many events are in the quarantine.
	Quarantined int64 `json:"quarantined"`
	// Ready and Problems are the pipeline's readiness and how many things are wrong.
	Ready    bool `json:"ready"`
	Problems int  `json:"problems"`
}

// Freshness tells how complete the warehouse is. It is asked at most once a second, and only while
// somebody looks.
type Freshness interface {
	Freshness(ctx context.Context) Fresh
}
