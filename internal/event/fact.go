package event

import "time"

// Fact is something a step did, reported once it is true and never before.
type Fact interface{ fact() }

// Flushed: a plan's files are in the lake, not yet committed.
type Flushed struct {
	Shard       int
	First, Last uint64
	Files       int
	Bytes       int64
	Took        time.Duration
}

// Committed: a range of a shard is committed; its files may be loaded.
type Committed struct {
	Shard       int
	First, Last uint64
	Rows        int64
	Quarantined int64
	Dropped     int64
	// Arrived is when the last record that became a row or went to the quarantine arrived, in
	// milliseconds since 1970; 0 if all were dropped.
	Arrived int64
}

// Loaded: committed files are rows that people can query.
type Loaded struct {
	Shard      int
	Through    uint64 // position up to which the shard is now loaded
	Files      int
	Rows       int64
	Duplicates int64
	Took       time.Duration
}

// Quarantined: events entered the quarantine, counted by reason.
type Quarantined struct {
	Shard   int
	Reasons map[Reason]int64
}

// AllShards is the Shard of a fact that concerns no shard more than another.
const AllShards = -1

// Failed: a step could not do its work and will try again.
type Failed struct {
	Step string // "log", "catalog", "lake", "delivery" or "warehouse"
	// Shard the step was working for, or AllShards. A failure ends with a success of the same step
	// for the same shard.
	Shard int
	Err   error
}

// Recovered: a step that had failed works again.
type Recovered struct {
	// Step and Shard are as in Failed.
	Step  string
	Shard int
}

// Refused: producers were told to try again later, because the pipeline takes no more at present.
type Refused struct {
	Records int
	Err     error
}

func (Refused) fact()     {}
func (Recovered) fact()   {}
func (Flushed) fact()     {}
func (Committed) fact()   {}
func (Loaded) fact()      {}
func (Quarantined) fact() {}
func (Failed) fact()      {}

// Listener receives facts. It is called from the step's own goroutine and must return at once.
type Listener func(Fact)
