package deliver

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
)

// Config of a Worker.
type Config struct {
	// Shard is what the Worker delivers; its stream, index and creation time go into every row.
	Shard event.Shard
	// Format of the files. Default CSV with gzip.
	Format format.Config
	// BufferSize and BufferInterval are the buffering hints: a range is written when its rows reach
	// this many bytes before compression, or when its first record has waited this long. Default
	// 1 MiB and 1 s: a row is queryable within two seconds, and one file a second is what a folder,
	// S3 and a loader bear for long.
	BufferSize     int64
	BufferInterval time.Duration
	// MaxBuffer is how far a range may grow beyond BufferSize while there is a backlog or the range
	// before it is not committed yet. Default 16 MiB: large enough that fsyncs and requests cost
	// little beside it. A Worker holds one such range being filled and one being stored, both
	// compressed already, and at most two chunks of the log: 48 MiB at the very worst, when
	// compression is none.
	MaxBuffer int64
	// BatchSize and BatchInterval are the buffering hints before a Processor: it gets a batch when its data
	// reaches this many bytes, or when its first record has waited this long. Default 1 MiB, and the
	// smaller of 60 s and BufferInterval: Firehose's, as far as the buffer behind it does not wait less.
	BatchSize     int64
	BatchInterval time.Duration
	// ShutdownTimeout is how long Run may take, once its context ends, to commit what the log has
	// accepted by then; it reads for half of that at most. Default 10 s, what container platforms
	// wait before they kill. What does not make it is delivered after the next start.
	ShutdownTimeout time.Duration
	// Logger hears about outages and recoveries. Default: discard.
	Logger *slog.Logger
}

// Validate reports every fault of the configuration.
func (c Config) Validate() error {
	var faults []error
	fault := func(text string, args ...any) { faults = append(faults, fmt.Errorf("deliver: "+text, args...)) }
	if c.Shard.Stream == "" {
		fault("Shard has no stream")
	}
	if c.Shard.Index < 0 {
		fault("Shard index is %d; it counts from 0", c.Shard.Index)
	}
	if err := c.Format.Validate(); err != nil {
		fault("%w", err)
	}
	if c.BufferSize < 0 || c.MaxBuffer < 0 || c.BatchSize < 0 {
		fault("BufferSize, MaxBuffer and BatchSize cannot be negative")
	}
	if c.BufferInterval < 0 || c.BatchInterval < 0 || c.ShutdownTimeout < 0 {
		fault("BufferInterval, BatchInterval and ShutdownTimeout cannot be negative")
	}
	if c.MaxBuffer > 0 && c.MaxBuffer < c.BufferSize {
		fault("MaxBuffer is %d, less than BufferSize %d", c.MaxBuffer, c.BufferSize)
	}
	return errors.Join(faults...)
}

func (c Config) withDefaults() Config {
	if c.BufferSize == 0 {
		c.BufferSize = 1 << 20
	}
	if c.BufferInterval == 0 {
		c.BufferInterval = time.Second
	}
	if c.MaxBuffer == 0 {
		c.MaxBuffer = max(16<<20, c.BufferSize)
	}
	if c.BatchSize == 0 {
		c.BatchSize = 1 << 20
	}
	if c.BatchInterval == 0 {
		c.BatchInterval = min(time.Minute, c.BufferInterval)
	}
	if c.ShutdownTimeout == 0 {
		c.ShutdownTimeout = 10 * time.Second
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// Deps are what a Worker works with. Attempts, Listener and Processor may be nil.
type Deps struct {
	Source  Source
	Catalog Catalog
	Lake    Lake
	// Contracts are the pipeline's present contracts.
	Contracts *contract.Set
	Name      Naming
	// Differs recognises the error of Lake.Put that says that the name is taken by other content.
	Differs func(error) bool
	// Attempts lets an event that kills the process be found and put into the quarantine. Without
	// it such an event kills the process for ever.
	Attempts AttemptStore
	// Processor, if set, transforms records in the place of the contracts, which then only say what
	// tables there are. Results keeps what it returned; it is required with it.
	Processor Processor
	Results   Results
	// Listener hears event.Flushed, Committed, Quarantined, Failed and Recovered.
	Listener event.Listener
}

func (d Deps) validate() error {
	var faults []error
	for _, dep := range []struct {
		name    string
		missing bool
	}{
		{"Source", d.Source == nil},
		{"Catalog", d.Catalog == nil},
		{"Lake", d.Lake == nil},
		{"Contracts", d.Contracts == nil},
		{"Name", d.Name == nil},
		{"Differs", d.Differs == nil},
		{"Results", d.Processor != nil && d.Results == nil},
	} {
		if dep.missing {
			faults = append(faults, fmt.Errorf("deliver: %s is missing", dep.name))
		}
	}
	return errors.Join(faults...)
}
