// Package monitor watches the pipeline: the ledger, freshness, readiness, and what is wrong.
package monitor

import (
	"fmt"
	"time"
)

// Ledger says where every record of the pipeline's stream is. Each figure is counted on its own,
// so that the sum can fail: accepted = loaded + quarantined + dropped + in flight.
type Ledger struct {
	// Accepted counts records with a position in the pipeline's stream.
	Accepted int64 `json:"accepted"`
	// Loaded counts rows in contract tables, as the tables themselves count them.
	Loaded int64 `json:"loaded"`
	// Quarantined counts events in the quarantine at present.
	Quarantined int64 `json:"quarantined"`
	// Dropped counts events a contract filtered, duplicates of a key, and events that were lost.
	Dropped int64 `json:"dropped"`
	// Lost counts those of Dropped that the log had lost, and whose loss somebody accepted. It stays for
	// ever; only the whole ledger has it.
	Lost int64 `json:"lost_accepted,omitempty"`
	// InFlight counts records behind the last loaded position: waiting in the log, or committed to
	// the lake and not yet loaded.
	InFlight int64 `json:"in_flight"`
}

// Imbalance is accepted minus the other four: positive when records are missing, negative when
// there are more than were accepted, 0 when the ledger balances.
func (l Ledger) Imbalance() int64 {
	return l.Accepted - l.Loaded - l.Quarantined - l.Dropped - l.InFlight
}

// Explain says in a sentence whether the ledger balances.
func (l Ledger) Explain() string {
	switch n := l.Imbalance(); {
	case n == 0:
		return "the ledger balances"
	case n > 0:
		return fmt.Sprintf("the ledger does not balance: %d records are missing", n)
	default:
		return fmt.Sprintf("the ledger does not balance: there are %d records too many", -n)
	}
}

// ShardProgress is how far one shard is.
type ShardProgress struct {
	Shard int `json:"shard"`
	// Accepted, Committed and Loaded are positions: the last record accepted by the log, committed
	// to the lake, and loaded into the warehouse.
	Accepted  uint64 `json:"accepted"`
	Committed uint64 `json:"committed"`
	Loaded    uint64 `json:"loaded"`
	// LoadedArrived is when the last loaded record arrived, in milliseconds since 1970; 0 if none.
	LoadedArrived int64 `json:"-"`
}

// contradictions names the shards that a step is further with than the step before it. What is in
// flight is a difference of positions, so the sum alone does not show that the log lost records.
func contradictions(shards []ShardProgress) []string {
	var found []string
	for _, s := range shards {
		if s.Loaded <= s.Committed && s.Committed <= s.Accepted {
			continue
		}
		found = append(found, fmt.Sprintf("shard %d contradicts itself: %d accepted by the log, %d committed to the lake, %d loaded; "+
			"the data folder was restored in parts or lost some: restore it as a whole", s.Shard, s.Accepted, s.Committed, s.Loaded))
	}
	return found
}

// CompleteTo is the freshness of the pipeline: the smallest arrival time up to which every shard
// is loaded. A shard with nothing in flight counts as now.
func CompleteTo(shards []ShardProgress, now time.Time) time.Time {
	complete := now
	for _, s := range shards {
		if s.Loaded >= s.Accepted {
			continue
		}
		if at := time.UnixMilli(s.LoadedArrived); at.Before(complete) {
			complete = at
		}
	}
	return complete.UTC()
}
