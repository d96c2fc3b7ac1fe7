package warehouse

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// Config says what a Loader loads, and how much at a time.
type Config struct {
	// Shards of the pipeline's stream. Required.
	Shards []Shard
	// Tables the contracts declare now; they exist before anything is loaded.
	Tables []*contract.Table
	// MaxRows, MaxBytes (as stored) and MaxFiles end the gathering of a transaction; one commit is
	// always taken whole. Defaults: 200,000 rows, enough for DuckDB to write past its log; 64 MiB;
	// 256 files, each of which is open at once.
	MaxRows, MaxBytes int64
	MaxFiles          int
	// MaxWide ends it too: bytes before compression of files with rows of 16 KiB and more, estimated.
	// Default 64 MiB: DuckDB writes 2,048 rows at a time into its log, in memory, and with 192 MiB of it
	// takes 96 MiB of rows of 1 MiB, and does not come through 128 MiB.
	MaxWide int64
	// RetryEvery is how often files that were missing or damaged are looked for again, beside once
	// at the start. Default 1 minute.
	RetryEvery time.Duration
	// FirstPause and LastPause bound the pause after a failure, which doubles. Defaults 100 ms and
	// 5 s: an outage is noticed within seconds of its end.
	FirstPause, LastPause time.Duration
	// Listener, if set, gets event.Loaded, event.Quarantined (of rows the warehouse refused),
	// event.Failed and event.Recovered.
	Listener event.Listener
	// Logger gets what a person should know. Default: slog.Default().
	Logger *slog.Logger
}

// Shard is a shard and where its commits come from.
type Shard struct {
	event.Shard
	Commits Commits
}

// Deps are what a Loader works with.
type Deps struct {
	Target Target
	Files  Files
	Shapes Shapes
	// Raw may be nil; refused rows are then kept as the file has them.
	Raw RawEvents
}

func (c Config) withDefaults() Config {
	if c.MaxRows == 0 {
		c.MaxRows = 200_000
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = 64 << 20
	}
	if c.MaxFiles == 0 {
		c.MaxFiles = 256
	}
	if c.MaxWide == 0 {
		c.MaxWide = 64 << 20
	}
	if c.RetryEvery == 0 {
		c.RetryEvery = time.Minute
	}
	if c.FirstPause == 0 {
		c.FirstPause = 100 * time.Millisecond
	}
	if c.LastPause == 0 {
		c.LastPause = 5 * time.Second
	}
	if c.Listener == nil {
		c.Listener = func(event.Fact) {}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// Validate reports every fault of the configuration.
func (c Config) Validate() error {
	c = c.withDefaults()
	var faults []error
	if len(c.Shards) == 0 {
		faults = append(faults, errors.New("Shards is empty"))
	}
	for _, s := range c.Shards {
		if s.Commits == nil {
			faults = append(faults, fmt.Errorf("shard %d has no Commits", s.Index))
		}
	}
	if c.MaxRows < 1 || c.MaxBytes < 1 || c.MaxFiles < 1 || c.MaxWide < 1 {
		faults = append(faults, errors.New("MaxRows, MaxBytes, MaxFiles and MaxWide must be positive"))
	}
	if c.RetryEvery < 0 || c.FirstPause < 0 || c.LastPause < c.FirstPause {
		faults = append(faults, errors.New("RetryEvery, FirstPause and LastPause must be positive, and LastPause not below FirstPause"))
	}
	return errors.Join(faults...)
}
