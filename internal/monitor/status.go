package monitor

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Status is what `penstock status --json` prints.
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

// Status reads everything once. An error of the warehouse is part of the status, not of the call.
func (m *Monitor) Status(ctx context.Context) Status {
	s := Status{Pipeline: m.cfg.Pipeline, Stream: m.cfg.Stream, Ready: true, Problems: append(slices.Clone(m.cfg.Notices), m.problems()...)}
	// The warehouse is read before the log: what is accepted meanwhile then counts as in flight.
	c := m.count(ctx)
	w := m.whole(c)
	s.CompleteTo, s.Ledger, s.Shards, s.Tables = w.completeTo, w.ledger, w.shards, c.Tables
	s.Problems = append(s.Problems, w.problems...)
	s.Balanced = c.err == nil && w.balanced
	s.Ready = c.err == nil && len(m.problems()) == 0
	return s
}

// whole is the ledger of all contracts together.
type whole struct {
	ledger     Ledger
	shards     []ShardProgress
	completeTo time.Time
	balanced   bool
	problems   []string
}

// whole makes the ledger out of a count and the positions now.
func (m *Monitor) whole(c counted) whole {
	var w whole
	committed := m.deps.Catalog.Committed()
	accepted := m.deps.Log.Accepted()
	if c.err != nil {
		w.problems = append(w.problems, fmt.Sprintf("the warehouse does not answer: %v", c.err))
	}
	w.problems = append(w.problems, c.Problems...)
	w.ledger.Quarantined = c.Quarantined
	w.ledger.Dropped = c.Dropped + c.Duplicates
	w.ledger.Lost = c.classified.Lost
	for _, rows := range c.Tables {
		w.ledger.Loaded += rows
	}
	for shard := range len(accepted) {
		at := c.Watermarks[shard]
		w.ledger.Accepted += int64(accepted[shard])
		w.ledger.InFlight += int64(accepted[shard]) - int64(at.Position)
		w.shards = append(w.shards, ShardProgress{
			Shard: shard, Accepted: accepted[shard], Committed: committed[shard],
			Loaded: at.Position, LoadedArrived: at.Arrived,
		})
	}
	w.completeTo = CompleteTo(w.shards, m.cfg.Now())
	lost := contradictions(w.shards)
	w.problems = append(w.problems, lost...)
	w.balanced = w.ledger.Imbalance() == 0 && len(lost) == 0
	if c.err == nil && w.ledger.Imbalance() != 0 {
		w.problems = append(w.problems, w.ledger.Explain())
	}
	return w
}

// problems are the steps that fail, and why new events are refused.
func (m *Monitor) problems() []string {
	now := m.cfg.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []string{}
	for _, step := range steps() {
		if text := m.mu.failures.problem(step, now, m.cfg.Stuck); text != "" {
			out = append(out, text)
		}
	}
	for _, gate := range m.mu.gates {
		if err := gate(); err != nil {
			out = append(out, fmt.Sprintf("new events are refused: %v", err))
		}
	}
	return out
}
