package monitor

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// Log is what the ledger needs of the source stream.
type Log interface {
	// Accepted returns the last position of every shard. It is cheap and never blocks.
	Accepted() map[int]uint64
}

// Lake is what the ledger needs of the catalog.
type Lake interface {
	// Committed returns the committed position of every shard.
	Committed() map[int]uint64
}

// Warehouse is what the ledger needs of the warehouse.
type Warehouse interface {
	// Count reads the warehouse's figures in one transaction.
	Count(ctx context.Context) (WarehouseCount, error)
}

// WarehouseCount is one consistent reading of the warehouse.
type WarehouseCount struct {
	// Tables maps each contract table to the rows in it.
	Tables map[string]int64
	// Quarantined is the number of rows in the quarantine table.
	Quarantined int64
	// Dropped counts contract drops up to the watermarks; Duplicates the rows a key refused.
	Dropped, Duplicates int64
	// Watermarks maps each shard to how far it is loaded.
	Watermarks map[int]Watermark
	// Problems names files that are missing or were refused.
	Problems []string
}

// Watermark is how far one shard is loaded.
type Watermark struct {
	Position uint64
	// Arrived is when the record at Position arrived, in milliseconds since 1970.
	Arrived int64
}

// Status is what `penstock status` shows.
type Status struct {
	Pipeline string `json:"pipeline"`
	Stream   string `json:"stream"`
	// Ready: events are accepted, and delivered and loaded without a step being stuck.
	Ready    bool `json:"ready"`
	Balanced bool `json:"balanced"`
	// CompleteTo is the freshness: every record that arrived before it can be queried.
	CompleteTo time.Time        `json:"complete_to"`
	Ledger     Ledger           `json:"ledger"`
	Tables     map[string]int64 `json:"tables"`
	Shards     []ShardProgress  `json:"shards"`
	// Problems are sentences about what is wrong now, with what to do where that is known.
	Problems []string `json:"problems"`
	Kinesis  string   `json:"kinesis_url,omitempty"`
	HTTP     string   `json:"http_url,omitempty"`
	Data     string   `json:"data,omitempty"`
}

// Config names the pipeline that is watched.
type Config struct {
	Pipeline string
	Stream   string
	// Stuck is how long a step may go on failing before the pipeline counts as not ready.
	// Default 0: a failing step shows at once.
	Stuck time.Duration
	// Now tells the time; default time.Now.
	Now func() time.Time
}

// Monitor computes the status from its three sources and the facts it hears.
type Monitor struct {
	cfg       Config
	log       Log
	lake      Lake
	warehouse Warehouse

	mu struct {
		sync.Mutex
		failing map[string]failure
		gates   []func() error
	}
}

type failure struct {
	since time.Time
	err   error
}

// New returns a Monitor over the given sources.
func New(cfg Config, log Log, lake Lake, warehouse Warehouse) *Monitor {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	m := &Monitor{cfg: cfg, log: log, lake: lake, warehouse: warehouse}
	m.mu.failing = map[string]failure{}
	return m
}

// Gate adds a check that reports why new events are refused at present, or nil.
func (m *Monitor) Gate(check func() error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.gates = append(m.mu.gates, check)
}

// Hear takes a fact. A success of a step ends the failure of that step.
func (m *Monitor) Hear(f event.Fact) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch f := f.(type) {
	case event.Failed:
		since := m.cfg.Now()
		if old, ok := m.mu.failing[f.Step]; ok {
			since = old.since
		}
		m.mu.failing[f.Step] = failure{since: since, err: f.Err}
	case event.Recovered:
		delete(m.mu.failing, f.Step)
	case event.Committed:
		delete(m.mu.failing, "delivery")
		delete(m.mu.failing, "lake")
	case event.Loaded:
		delete(m.mu.failing, "warehouse")
	}
}

// Status reads everything once. An error of the warehouse is part of the status, not of the call.
func (m *Monitor) Status(ctx context.Context) Status {
	s := Status{Pipeline: m.cfg.Pipeline, Stream: m.cfg.Stream, Ready: true, Problems: m.problems()}
	// The warehouse is read before the log: what is accepted meanwhile then counts as in flight.
	count, err := m.warehouse.Count(ctx)
	committed := m.lake.Committed()
	accepted := m.log.Accepted()
	if err != nil {
		s.Problems = append(s.Problems, fmt.Sprintf("the warehouse does not answer: %v", err))
	}
	s.Problems = append(s.Problems, count.Problems...)
	m.fill(&s, count, committed, accepted)
	lost := contradictions(s.Shards)
	s.Problems = append(s.Problems, lost...)
	s.Balanced = err == nil && s.Ledger.Imbalance() == 0 && len(lost) == 0
	if err == nil && s.Ledger.Imbalance() != 0 {
		s.Problems = append(s.Problems, s.Ledger.Explain())
	}
	s.Ready = err == nil && len(m.problems()) == 0
	return s
}

func (m *Monitor) fill(s *Status, count WarehouseCount, committed, accepted map[int]uint64) {
	s.Tables = count.Tables
	s.Ledger.Quarantined = count.Quarantined
	s.Ledger.Dropped = count.Dropped + count.Duplicates
	for _, rows := range count.Tables {
		s.Ledger.Loaded += rows
	}
	for shard := range len(accepted) {
		mark := count.Watermarks[shard]
		s.Ledger.Accepted += int64(accepted[shard])
		s.Ledger.InFlight += int64(accepted[shard]) - int64(mark.Position)
		s.Shards = append(s.Shards, ShardProgress{
			Shard: shard, Accepted: accepted[shard], Committed: committed[shard],
			Loaded: mark.Position, LoadedArrived: mark.Arrived,
		})
	}
	s.CompleteTo = CompleteTo(s.Shards, m.cfg.Now())
}

func (m *Monitor) problems() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []string{}
	for step, f := range m.mu.failing {
		if took := m.cfg.Now().Sub(f.since); took >= m.cfg.Stuck {
			out = append(out, fmt.Sprintf("%s has been failing for %s: %v", step, took.Round(time.Second), f.err))
		}
	}
	for _, gate := range m.mu.gates {
		if err := gate(); err != nil {
			out = append(out, fmt.Sprintf("new events are refused: %v", err))
		}
	}
	return out
}
