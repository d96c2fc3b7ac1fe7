package monitor

import "time"

// State of a step.
type State string

// The states.
const (
	// StateOK: the step does its work.
	StateOK State = "ok"
	// StateWarn: the step works, or was paused by a person, and needs a look.
	StateWarn State = "warn"
	// StateFail: the step does not work, or an alarm about it is firing.
	StateFail State = "fail"
)

// The steps of the path, in order.
const (
	StepSource    = "source"
	StepStream    = "stream"
	StepDelivery  = "delivery"
	StepLake      = "lake"
	StepWarehouse = "warehouse"
)

// Reading is everything the monitor knows at one moment: the path, the ledger of every contract, and
// the alarms.
type Reading struct {
	At       time.Time `json:"at"`
	Pipeline string    `json:"pipeline"`
	Stream   string    `json:"stream"`
	Ready    bool      `json:"ready"`
	// Balanced: the whole ledger and that of every contract add up.
	Balanced bool `json:"balanced"`
	// CompleteTo is the freshness: every record that arrived before it can be queried.
	CompleteTo time.Time `json:"complete_to"`
	Steps      []Step    `json:"steps"`
	History    History   `json:"history"`
	Ledger     Ledger    `json:"ledger"`
	// Contracts are those of the tables, by name.
	Contracts []ContractLedger `json:"contracts"`
	// Unclassified has the events that no contract took, and those not committed yet.
	Unclassified ContractLedger  `json:"unclassified"`
	Shards       []ShardProgress `json:"shards"`
	Disk         Disk            `json:"disk"`
	Alarms       []Alarm         `json:"alarms"`
	// Recent are the last starts and ends of alarms, newest first.
	Recent   []Notice `json:"recent"`
	Problems []string `json:"problems"`
}

// Step is one step of the path.
type Step struct {
	Name  string `json:"name"`
	State State  `json:"state"`
	// EventsPerSecond passed the step in the last seconds, by its positions.
	EventsPerSecond float64 `json:"events_per_second"`
	// LagEvents have passed the step before and not this one; LagSeconds is the age of the oldest.
	LagEvents  int64   `json:"lag_events"`
	LagSeconds float64 `json:"lag_seconds"`
	// Events have passed the step, ever; Errors counts failures since the start.
	Events int64 `json:"events"`
	Errors int64 `json:"errors"`
	// Paused by a person.
	Paused bool `json:"paused"`
	// Problem says what is wrong, empty if nothing is; Detail what the step did last.
	Problem string `json:"problem"`
	Detail  string `json:"detail"`
}

// History is how many events passed each step, over the last ten minutes.
type History struct {
	// Seconds that each figure covers.
	Seconds int `json:"seconds"`
	// At is the end of the newest.
	At time.Time `json:"at"`
	// Steps has, by step, events a second, oldest first.
	Steps map[string][]float64 `json:"steps"`
}

// ContractLedger is the ledger of one contract.
type ContractLedger struct {
	Contract string `json:"contract,omitempty"`
	Ledger
	Balanced bool `json:"balanced"`
}
