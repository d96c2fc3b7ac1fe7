package catalog

import "context"

// Plan is one contiguous range of one shard with the outputs it will have. It is durable before
// any of its files is written, so that a crash ends in the same files.
type Plan struct {
	// Generation is part of every file name; it grows when a range must be written under new names.
	Generation uint32
	// First and Last are the range, both included.
	First, Last uint64
	// Version is the contracts the range is processed under (contract.Set.Version).
	Version string
	// Format names how files are encoded, such as "csv.gz".
	Format string
	Files  []PlannedFile
}

// PlannedFile is one output of a plan.
type PlannedFile struct {
	Table string
	Name  string // its name in the lake
}

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
	// DroppedSequences are the sequence numbers (Kinesis decimal text) a redrive found to be
	// dropped by the present contracts; they leave the quarantine and count as dropped.
	DroppedSequences []string `json:"droppedSequences,omitempty"`
	// CommittedAt is in milliseconds since 1970.
	CommittedAt int64 `json:"committedAt"`
}

// Journal is a durable, append-only log with compare-and-set; one per shard of a pipeline.
// Implementations are safe for concurrent use. An entry is durable when Append returns nil.
type Journal interface {
	// Append adds entry if the last sequence is expect (0: empty), and returns the new last
	// sequence; event.ErrConflict if the last sequence is another.
	Append(ctx context.Context, expect uint64, entry []byte) (uint64, error)
	// Last returns the last sequence and entry; 0 and nil when empty.
	Last(ctx context.Context) (uint64, []byte, error)
	// Read calls fn for each retained entry with sequence >= from, in order, until fn fails.
	Read(ctx context.Context, from uint64, fn func(sequence uint64, entry []byte) error) error
	// Trim removes entries with sequence < before.
	Trim(ctx context.Context, before uint64) error
}

// Archive keeps the compacted manifest: immutable objects beside the data.
type Archive interface {
	Put(ctx context.Context, name string, body []byte) error
	Get(ctx context.Context, name string) ([]byte, error)
}
