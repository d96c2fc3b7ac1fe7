package contract

import "github.com/penstock/penstock/internal/event"

// Verdict is what becomes of an event.
type Verdict uint8

// The verdicts; every outcome has one of them.
const (
	// Accepted: the event is Row of Table.
	Accepted Verdict = iota + 1
	// Quarantined: the event is kept whole, for Reason.
	Quarantined
	// Dropped: the drop condition of Table's contract holds; the event is counted and forgotten.
	Dropped
)

// Outcome says what the contracts made of one event.
type Outcome struct {
	Verdict Verdict
	// Table is the contract's that took the event; nil when none did.
	Table *Table
	// Row holds a value for each of Table's columns if the event was accepted. It is valid until
	// the processor handles its next event, and as long as the event's bytes are.
	Row []Value
	// Reason, Field and Detail say why the event is in quarantine. Field is the column, or for
	// unknown_field the event's field; it may be empty. Detail is for people: at most 200 bytes,
	// valid UTF-8, and without the values of columns marked as personal data.
	Reason        event.Reason
	Field, Detail string
	// Contract names the contract that took the event, by its table; empty when none did.
	Contract string
}
