package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
)

// QuarantineSource reads the events in the quarantine; the warehouse implements it.
type QuarantineSource interface {
	// Quarantined calls fn for each event that filter selects, ordered by shard and sequence, until
	// fn fails. The event and its bytes are valid during the call.
	Quarantined(ctx context.Context, filter Filter, fn func(QuarantinedEvent) error) error
}

// QuarantinedEvent is an event as the quarantine keeps it.
type QuarantinedEvent struct {
	// Shard is the shard's id, such as "shardId-000000000000"; Sequence the Kinesis sequence number.
	Shard, Sequence string
	ArrivedMillis   int64
	Reason          event.Reason
	// Contract is the table of the contract that refused it, Field the column or field it was refused
	// for; each may be empty.
	Contract, Field string
	PartitionKey    string
	// Raw is the event exactly as it was sent.
	Raw []byte
}

// Filter selects quarantined events; the zero Filter selects all but those that crashed the process.
type Filter struct {
	// Reasons to select; empty for all but event.ReasonCrash, which must be named.
	Reasons []event.Reason
	// Since and Until bound the arrival, Since included and Until not; zero for no bound.
	Since, Until time.Time
	// Contract is the table of the contract that refused the event, Field what it was refused for; nil
	// for all, and an empty text for events without one.
	Contract, Field *string
}

// Selects says whether the filter selects an event with these properties.
func (f Filter) Selects(reason event.Reason, arrived time.Time, contract, field string) bool {
	if len(f.Reasons) == 0 && reason == event.ReasonCrash {
		return false
	}
	chosen := len(f.Reasons) == 0
	for _, r := range f.Reasons {
		chosen = chosen || r == reason
	}
	return chosen && (f.Contract == nil || *f.Contract == contract) && (f.Field == nil || *f.Field == field) &&
		(f.Since.IsZero() || !arrived.Before(f.Since)) && (f.Until.IsZero() || arrived.Before(f.Until))
}

// Report says what a redrive did, or would do. Examined = the sum of Passed, Failing and Dropped.
type Report struct {
	Examined int64 `json:"examined"`
	// Passed counts events that are rows now, by table.
	Passed map[string]int64 `json:"passed"`
	// Failing counts events that stay in the quarantine, by what the present contracts say of them.
	Failing map[event.Reason]int64 `json:"failing"`
	// Stay counts the same events by reason, contract and field, most first. The quarantine itself keeps
	// the first reason an event was refused for; this is the present one.
	Stay []Stay `json:"stay"`
	// Dropped counts events that a contract now drops, by its table.
	Dropped map[string]int64 `json:"dropped"`
	// Commits is how many batches were committed.
	Commits int `json:"commits"`
	// Through is the number of the newest commit of each shard, to wait for until it is loaded.
	Through map[int]uint64 `json:"through,omitempty"`
}

// Stay counts events that stay in the quarantine for one reason.
type Stay struct {
	Reason          event.Reason
	Contract, Field string
	Count           int64
}

// RedriveConfig is the configuration of a Redriver.
type RedriveConfig struct {
	Stream string
	// Format of the files. Default CSV with gzip.
	Format format.Config
	// BatchEvents is how many events of a shard make a commit. Default and most 10,000: the
	// sequence numbers a commit may have to list then fit into a journal entry of 1 MiB.
	BatchEvents int
	// BatchBytes bounds the rows gathered over all shards, before compression. Default 16 MiB.
	BatchBytes int64
	// Patience is how long the lake or the catalog may be away before the redrive gives up; what
	// it has committed stays, and it can be run again. Default one minute: a person is waiting.
	Patience time.Duration
	// Logger hears about retries. Default: discard.
	Logger *slog.Logger
}

const maxBatchEvents = 10_000

// Validate reports every fault of the configuration.
func (c RedriveConfig) Validate() error {
	var faults []error
	if c.Stream == "" {
		faults = append(faults, errors.New("redrive: Stream is empty"))
	}
	if err := c.Format.Validate(); err != nil {
		faults = append(faults, fmt.Errorf("redrive: %w", err))
	}
	if c.BatchEvents < 0 || c.BatchEvents > maxBatchEvents {
		faults = append(faults, fmt.Errorf("redrive: BatchEvents is %d; use 1 to %d", c.BatchEvents, maxBatchEvents))
	}
	if c.BatchBytes < 0 || c.Patience < 0 {
		faults = append(faults, errors.New("redrive: BatchBytes and Patience cannot be negative"))
	}
	return errors.Join(faults...)
}

func (c RedriveConfig) withDefaults() RedriveConfig {
	if c.BatchEvents == 0 {
		c.BatchEvents = maxBatchEvents
	}
	if c.BatchBytes == 0 {
		c.BatchBytes = 16 << 20
	}
	if c.Patience == 0 {
		c.Patience = time.Minute
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// RedriveCatalog is what a Redriver needs of a *catalog.Shard, which describes it.
type RedriveCatalog interface {
	PutContracts(ctx context.Context, version string, sources []catalog.Source) error
	Commit(ctx context.Context, c catalog.Commit) (catalog.Commit, error)
}

// RedriveDeps are what a Redriver works with. All are needed.
type RedriveDeps struct {
	Quarantine QuarantineSource
	Contracts  *contract.Set
	Lake       Lake
	Name       Naming
	// Catalogs are the stream's, by shard index; the same ones that the Workers use.
	Catalogs map[int]RedriveCatalog
}

// Redriver sends quarantined events through the present contracts again. What passes becomes rows
// under its old position; the warehouse moves it out of the quarantine, once, however often the same
// redrive is run. A crash leaves at most files that no commit names. Safe for concurrent use.
type Redriver struct {
	cfg  RedriveConfig
	deps RedriveDeps
}

// NewRedriver returns a Redriver.
func NewRedriver(cfg RedriveConfig, deps RedriveDeps) (*Redriver, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if deps.Quarantine == nil || deps.Contracts == nil || deps.Lake == nil || deps.Name == nil || deps.Catalogs == nil {
		return nil, errors.New("redrive: a dependency is missing")
	}
	return &Redriver{cfg: cfg.withDefaults(), deps: deps}, nil
}

// Redrive runs the present contracts over the events that filter selects, and commits those that pass
// or are dropped. With dryRun it only reports. After an error the report says what was done before it.
func (r *Redriver) Redrive(ctx context.Context, filter Filter, dryRun bool) (Report, error) {
	run := &redriveRun{
		Redriver: r, dry: dryRun,
		processor: r.deps.Contracts.NewProcessor(),
		piles:     map[int]*pile{},
		stay:      stays{},
		report: Report{
			Passed: map[string]int64{}, Failing: map[event.Reason]int64{}, Dropped: map[string]int64{}, Through: map[int]uint64{},
		},
	}
	err := r.deps.Quarantine.Quarantined(ctx, filter, func(e QuarantinedEvent) error { return run.take(ctx, e) })
	if err == nil {
		err = run.flush(ctx)
	}
	run.report.Stay = run.stay.sorted()
	if err != nil {
		return run.report, fmt.Errorf("redrive %s: %w", r.cfg.Stream, err)
	}
	return run.report, nil
}
