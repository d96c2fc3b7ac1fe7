package catalog

import "context"

// Plan is one contiguous range of one shard with the outputs it will have. It is durable before
// any of its files is written, so that a crash ends in the same files.
type Plan struct {
	// Generation is part of every file name; it grows when a range must be written under new names.
	Generation uint32 `json:"generation"`
	// First and Last are the range, both included.
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	// Version is the contracts the range is processed under (contract.Set.Version).
	Version string `json:"version"`
	// Format names how files are encoded, such as "csv.gz".
	Format string `json:"format"`
	// Files may have several of a table, and are none when every event of the range is dropped.
	Files []PlannedFile `json:"files,omitempty"`
}

// PlannedFile is one output of a plan.
type PlannedFile struct {
	Table string `json:"table"`
	Name  string `json:"name"` // its name in the lake
}

// Source is the text of one contract file.
type Source struct {
	Name string `json:"name"`
	Text []byte `json:"text"`
}

// QuarantineTable is the File.Table of quarantine files; all other tables belong to contracts.
const QuarantineTable = "quarantine"

// Totals count everything committed to a shard since it began. Rows + Quarantined + Dropped equals
// the shard's position: that is promise E2, and Open refuses a journal where it does not hold.
type Totals struct {
	Commits int64 `json:"commits"`
	Files   int64 `json:"files"`
	// Bytes of the files as stored.
	Bytes int64 `json:"bytes"`
	// Rows, Quarantined and Dropped count the records of ranges by where they went first.
	Rows        int64 `json:"rows"`
	Quarantined int64 `json:"quarantined"`
	Dropped     int64 `json:"dropped"`
	// Lost counts those of Dropped that the log had lost before they were delivered, and whose loss a
	// person accepted.
	Lost int64 `json:"lost,omitempty"`
	// Redriven counts rows that redrives wrote into table files, and RedriveDropped the sequence
	// numbers they listed as dropped. A redrive run twice is counted twice here; the warehouse
	// decides which of them take effect.
	Redriven       int64 `json:"redriven"`
	RedriveDropped int64 `json:"redriveDropped"`
}

// NoContract stands in maps by contract for events that no contract took.
const NoContract = ""

// Counts are the events of one contract, in the ranges committed to a shard, by where they went
// first. A redrive changes none of them.
type Counts struct {
	Rows        int64 `json:"rows,omitempty"`
	Quarantined int64 `json:"quarantined,omitempty"`
	Dropped     int64 `json:"dropped,omitempty"`
}

// Events is how many there are.
func (c Counts) Events() int64 { return c.Rows + c.Quarantined + c.Dropped }

// File is one committed lake file.
type File struct {
	Table string `json:"table"`
	Name  string `json:"name"`
	// Rows in the file, without header; always at least 1.
	Rows int64 `json:"rows"`
	// Bytes of the file as stored.
	Bytes int64 `json:"bytes"`
	// SHA256 of the file as stored, in hex.
	SHA256 string `json:"sha256"`
	// LongestRow is an upper bound of the bytes of one encoded row; loaders size buffers by it.
	LongestRow int64 `json:"longestRow"`
	// First and Last record of the file, and their arrival times in milliseconds.
	First        uint64 `json:"first"`
	Last         uint64 `json:"last"`
	FirstArrived int64  `json:"firstArrived"`
	LastArrived  int64  `json:"lastArrived"`
}

// Range is a stretch of a shard's records, both ends included.
type Range struct {
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
}

// Records is how many there are.
func (r Range) Records() uint64 { return r.Last - r.First + 1 }

// CommitKind says what a commit does to the rows of its files.
type CommitKind string

const (
	// CommitRange delivers a range of records for the first time.
	CommitRange CommitKind = "range"
	// CommitRedrive moves records from the quarantine to tables, or to dropped.
	CommitRedrive CommitKind = "redrive"
)

// Commit makes files part of the lake for good and moves the shard's position.
type Commit struct {
	// Number orders the commits of a shard; it grows, with gaps. Catalog assigns it.
	Number uint64     `json:"number"`
	Kind   CommitKind `json:"kind"`
	// Shard index the records came from.
	Shard int `json:"shard"`
	// Position is the last record committed so far, this commit included.
	Position uint64 `json:"position"`
	// First and Last are the range of a CommitRange.
	First   uint64 `json:"first,omitempty"`
	Last    uint64 `json:"last,omitempty"`
	Version string `json:"version"`
	Format  string `json:"format"`
	Files   []File `json:"files,omitempty"`
	// Dropped counts events a contract filtered, per table it would have gone to.
	Dropped map[string]int64 `json:"dropped,omitempty"`
	// Lost are the records of a CommitRange that the log had lost, in order. Somebody has accepted that
	// (AcceptLoss), and they are counted in Dropped, under NoContract.
	Lost []Range `json:"lost,omitempty"`
	// Quarantined counts the rows of a CommitRange's quarantine file by the contract that took the
	// event (its table), NoContract for none. Commits of older versions do not have it.
	Quarantined map[string]int64 `json:"quarantined,omitempty"`
	// DroppedSequences are the sequence numbers (Kinesis decimal text) a redrive found to be
	// dropped by the present contracts; they leave the quarantine and count as dropped.
	DroppedSequences []string `json:"droppedSequences,omitempty"`
	// DroppedContract is the contract that drops them, by its table. Commits of older versions do
	// not have it.
	DroppedContract string `json:"droppedContract,omitempty"`
	// CommittedAt is in milliseconds since 1970.
	CommittedAt int64 `json:"committedAt"`
}

// Journal is a durable, append-only log with compare-and-set; one per shard of a pipeline.
// Implementations are safe for concurrent use. An entry is durable when Append returns nil; after any
// other error than event.ErrConflict it may or may not have been stored. Sequences have no gaps: the
// entry appended with expect n gets n+1, also after everything was trimmed. Entries of at least 1 MiB fit.
type Journal interface {
	// Append adds entry if the last sequence is expect (0: empty), and returns the new last
	// sequence; event.ErrConflict if the last sequence is another.
	Append(ctx context.Context, expect uint64, entry []byte) (uint64, error)
	// Last returns the last sequence and entry; 0 and nil when nothing was ever appended. The last
	// entry is never trimmed by Catalog.
	Last(ctx context.Context) (uint64, []byte, error)
	// Read calls fn for each retained entry with sequence >= from, in order, until fn fails.
	Read(ctx context.Context, from uint64, fn func(sequence uint64, entry []byte) error) error
	// Trim removes entries with sequence < before.
	Trim(ctx context.Context, before uint64) error
}

// Archive keeps the compacted manifest: immutable objects beside the data, in the lake. Names are
// full lake names, below "manifest/", and hold a checksum of the content.
type Archive interface {
	// Put stores body durably; putting the same content again succeeds.
	Put(ctx context.Context, name string, body []byte) error
	// Get returns the whole object.
	Get(ctx context.Context, name string) ([]byte, error)
}
