package warehouse

import (
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// Batch is what a Target loads in one transaction. Commits of one shard follow each other without
// a gap; commits of several shards are in the order they were committed in.
type Batch struct {
	Commits []CommitLoad
}

// CommitLoad is one commit to load.
type CommitLoad struct {
	catalog.Commit
	// Source is the shard the records came from.
	Source event.Shard
	// Loads has the commit's files with all that is needed to load them.
	Loads []FileLoad
	// Again marks a commit the watermark has passed, of which Loads are files that could not be
	// loaded then. Nothing but these files is loaded.
	Again bool
}

// FileLoad is one committed file to load.
type FileLoad struct {
	catalog.File
	// Status is StatusLoaded for a file that is to be read, or says why it is not.
	Status Status
	// Detail explains a Status other than StatusLoaded.
	Detail string
	// Path is where the file can be read, if it is to be read.
	Path string
	// Format is the file's encoding, such as "csv.gz".
	Format string
	// Columns are the contract columns the file has, in order, metadata columns left out.
	Columns []contract.Column
	// Key and KeyWindow are the table's, as contract.Table has them; a window of 0 means no key.
	Key       string
	KeyWindow time.Duration
	// Refused are rows the Target has refused before; they go to the quarantine.
	Refused []RefusedRow
}

// Status says what became of a file.
type Status string

// The statuses. They are stored in the warehouse.
const (
	// StatusLoaded: each of the file's rows is in its table, in the quarantine, or a counted
	// duplicate.
	StatusLoaded Status = "loaded"
	// StatusMissing: the lake is healthy and does not have the file.
	StatusMissing Status = "missing"
	// StatusDamaged: the file is not the one that was committed, or nothing can read it.
	StatusDamaged Status = "damaged"
	// StatusShort: the file was read and gave another number of rows than were committed.
	StatusShort Status = "short"
)

// RefusedRow is a row the warehouse could not take.
type RefusedRow struct {
	// Sequence is the record's Kinesis sequence number, in decimal.
	Sequence string
	// Arrived is the record's arrival, in milliseconds since 1970.
	Arrived int64
	// Field is the column at fault, if that is known.
	Field string
	// Detail is the warehouse's own message.
	Detail string
	// Version is the contracts the row was made under.
	Version string
	// Row is the row as the file has it, for when the event itself is gone.
	Row string
	// PartitionKey and Raw are the event's; the loader fills them before it loads again.
	PartitionKey string
	Raw          []byte
}

// Result says what a transaction did, after its commit.
type Result struct {
	// Shards has an entry for each shard the transaction moved on.
	Shards []ShardResult
	// Refusals, when not empty, say that nothing was committed: these files have rows that the
	// warehouse refuses, or cannot be read at all. The caller loads the batch again, with
	// FileLoad.Refused or FileLoad.Status set accordingly.
	Refusals []Refusal
}

// Refusal is a file that cannot be loaded as it is.
type Refusal struct {
	// Name of the file in the lake.
	Name string
	// Status the file is to be loaded with: StatusLoaded, with Rows as FileLoad.Refused; StatusShort
	// to take the rows there are; StatusDamaged if it cannot be read at all.
	Status Status
	// Rows that are refused.
	Rows []RefusedRow
	// Detail says what is wrong with a file that is short or damaged.
	Detail string
}

// ShardResult is what a transaction did for one shard.
type ShardResult struct {
	Shard int
	// Through is the position up to which the shard is now loaded.
	Through     uint64
	Files       int
	Rows        int64
	Duplicates  int64
	Quarantined map[event.Reason]int64
}
