package warehouse

import "time"

// Watermark is how far a shard is loaded.
type Watermark struct {
	Shard int
	// Number is the last loaded commit, Position the last record it covers.
	Number   uint64
	Position uint64
	// Arrived is when the last loaded record arrived, in milliseconds since 1970; 0 if unknown.
	Arrived int64
}

// UnloadedFile is a committed file that is not in the warehouse, or not wholly.
type UnloadedFile struct {
	Name   string
	Table  string
	Shard  int
	Number uint64 // of its commit
	Status Status
	Detail string
	// Committed is the number of rows the file was committed with, Rows how many arrived.
	Committed, Rows int64
}

// Snapshot is the warehouse's side of the ledger, taken in one transaction. Every figure is counted
// on its own: rows by counting the tables, not by adding up loads.
type Snapshot struct {
	At     time.Time
	Tables []TableCount
	// Quarantined counts the rows of the quarantine; QuarantinedBy the same by the contract that the
	// row names, catalog.NoContract for none.
	Quarantined   int64
	QuarantinedBy map[string]int64
	// Duplicates counts rows that were not loaded because their key was there already.
	Duplicates int64
	// Dropped counts events filtered by a contract, in the commits loaded so far.
	Dropped int64
	// DroppedBy are Dropped and Duplicates together, by contract.
	DroppedBy map[string]int64
	// Moved is how many more events a contract has than the commits say, because a load gave it events
	// of another (of catalog.NoContract, too); it is negative for the other, and adds up to 0.
	Moved      map[string]int64
	Watermarks []Watermark
	Unloaded   []UnloadedFile
}

// TableCount is the number of rows in one contract table.
type TableCount struct {
	Table string
	Rows  int64
}

// Rows is the sum over all tables.
func (s Snapshot) Rows() int64 {
	var n int64
	for _, t := range s.Tables {
		n += t.Rows
	}
	return n
}

// LoadedFile is a committed file as the table of loads has it.
type LoadedFile struct {
	Name   string
	Table  string
	Number uint64 // of its commit
	Status Status
	Detail string
	// At is when its rows could be queried, as far as that is known.
	At time.Time
}
