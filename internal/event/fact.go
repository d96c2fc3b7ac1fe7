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

// Failed: a step could not do its work and will try again.
type Failed struct {
	Step string // "delivery", "lake", "warehouse", ...
	Err  error
}

// Recovered: a step that had failed works again.
type Recovered struct {
	Step string // as in Failed
}

func (Recovered) fact()   {}
func (Flushed) fact()     {}
func (Committed) fact()   {}
func (Loaded) fact()      {}
func (Quarantined) fact() {}
func (Failed) fact()      {}

// Listener receives facts. It is called from the step's own goroutine and must return at once.
type Listener func(Fact)
