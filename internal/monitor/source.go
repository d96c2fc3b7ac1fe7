package monitor

import "context"

// Log is what the ledger needs of the source stream.
type Log interface {
	// Accepted returns the last position of every shard. It is cheap and never blocks.
	Accepted() map[int]uint64
}

// Catalog is what the ledger needs of the commits.
type Catalog interface {
	// Committed returns the committed position of every shard. It is cheap and never blocks.
	Committed() map[int]uint64
	// Classified returns what the commits hold of every contract: of all commits, and of those up to
	// the given commit number of each shard. It is cheap while the warehouse is not far behind.
	Classified(ctx context.Context, loaded map[int]uint64) (Classified, error)
}

// Unclassified is the name, in maps by contract, for events that no contract took.
const Unclassified = ""

// Classified counts the events of commits by the contract that took them.
type Classified struct {
	// Committed has all commits, Loaded those the warehouse has.
	Committed, Loaded map[string]int64
	// Quarantined are those of Committed that went to the quarantine first.
	Quarantined map[string]int64
	// Lost are those of Committed[Unclassified] that the log had lost, and whose loss somebody accepted.
	Lost int64
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
	// Quarantined is the number of rows in the quarantine table, QuarantinedBy the same by contract.
	Quarantined   int64
	QuarantinedBy map[string]int64
	// Dropped counts contract drops up to the watermarks; Duplicates the rows a key refused. DroppedBy
	// has both by contract.
	Dropped, Duplicates int64
	DroppedBy           map[string]int64
	// Moved is how many more events a contract has than its commits say, because a redrive gave it
	// events of another; negative for the other. It adds up to 0.
	Moved map[string]int64
	// Watermarks maps each shard to how far it is loaded.
	Watermarks map[int]Watermark
	// Problems names files that are missing or were refused; Unloaded is how many there are.
	Problems []string
	Unloaded int
}

// Watermark is how far one shard is loaded.
type Watermark struct {
	Position uint64
	// Commit is the number of the last loaded commit.
	Commit uint64
	// Arrived is when the record at Position arrived, in milliseconds since 1970.
	Arrived int64
}

// Storage knows the disk that holds the data folder.
type Storage interface {
	// Disk returns the free space and the reserve below which producers are slowed. It is cheap.
	Disk() (Disk, error)
}

// Disk is the space on the data folder's disk.
type Disk struct {
	FreeBytes    int64 `json:"free_bytes"`
	ReserveBytes int64 `json:"reserve_bytes"`
}
