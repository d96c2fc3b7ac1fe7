package trace

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// Report is what is known of the events a key stands for.
type Report struct {
	Key string `json:"key"`
	// Found has at most 20 events: those found by a contract's key first.
	Found []Event `json:"found"`
	// Searched says in a sentence what was looked at.
	Searched string `json:"searched"`
	// Complete: nothing else that the pipeline still has can be what was asked for.
	Complete bool `json:"complete"`
}

// How an event was found.
const (
	ByKey      = "key"
	BySequence = "sequence"
	ByText     = "text"
)

// Where an event is. The ledger counts it under the same word.
const (
	Loaded      = "loaded"
	Quarantined = "quarantined"
	Dropped     = "dropped"
	InFlight    = "in_flight"
)

// Event is one event and its way.
type Event struct {
	By     string `json:"by"`
	Stream string `json:"stream"`
	Shard  string `json:"shard"`
	// Sequence is the Kinesis sequence number; empty while it is not known, because neither the log
	// nor the warehouse has the event.
	Sequence string `json:"sequence,omitempty"`
	// Position counts the shard's records from 1.
	Position uint64 `json:"position"`
	State    string `json:"state"`
	// Steps are in the order they were taken.
	Steps []Step `json:"steps"`
	// Contract is the table of the contract that took the event, Table the one its row is in.
	Contract string `json:"contract,omitempty"`
	Table    string `json:"table,omitempty"`
	// File is the lake file that holds the event's row, or the event as it entered the quarantine.
	File string `json:"file,omitempty"`
	Row  Row    `json:"row,omitempty"`
	// Reason, Field and Detail say why the event is in the quarantine, or was dropped.
	Reason string `json:"reason,omitempty"`
	Field  string `json:"field,omitempty"`
	Detail string `json:"detail,omitempty"`
	// Version is the contracts' under which it was quarantined.
	Version string `json:"contract_version,omitempty"`
	// Raw is the event as it was sent, as far as the quarantine or the log has it, at most maxRaw bytes.
	Raw       string `json:"raw,omitempty"`
	Truncated bool   `json:"truncated,omitempty"`
}

// Step is one thing that happened to an event.
type Step struct {
	// Name is accepted, delivered, quarantined, redriven, loaded or dropped.
	Name string `json:"name"`
	// At is zero, and left out, where nobody wrote the time down.
	At     time.Time `json:"at,omitzero"`
	Detail string    `json:"detail,omitempty"`
}

// Row is a table's row, column by column in the table's order. In JSON it is an object of texts and
// nulls.
type Row []Cell

// Cell is one value of a Row; nil is NULL.
type Cell struct {
	Column string
	Value  *string
}

// MarshalJSON writes an object in the row's order.
func (r Row) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, cell := range r {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(cell.Column)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(cell.Value)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON wrote, in its order.
func (r *Row) UnmarshalJSON(text []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	open, err := decoder.Token()
	if err != nil {
		return err
	}
	*r = nil
	if open == nil { // null
		return nil
	}
	if open != json.Delim('{') {
		return fmt.Errorf("a row is an object, not %v", open)
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		cell := Cell{Column: name.(string)}
		if err := decoder.Decode(&cell.Value); err != nil {
			return err
		}
		*r = append(*r, cell)
	}
	_, err = decoder.Token()
	return err
}

// get is the value of a column; empty where there is none.
func (r Row) get(column string) string {
	for _, cell := range r {
		if cell.Column == column && cell.Value != nil {
			return *cell.Value
		}
	}
	return ""
}
