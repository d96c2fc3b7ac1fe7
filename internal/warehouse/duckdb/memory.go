package duckdb

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// The size of the process is known, and not whose it is: loads, filters and what the allocator has not
// given back yet are part of it. So a query is blamed for what the process has grown by since the query
// began, and for nothing that was there before. What the filters of keys have grown by meanwhile is known, and
// left out: while a backlog is worked off they take tens of MiB at a time.

const (
	// memoryEvery is how often the process looks at its size.
	memoryEvery = 20 * time.Millisecond
	// blameGrowth is the growth, in bytes, for which a query can be blamed. Loads alone make the process
	// swing by less within the time of a short query.
	blameGrowth = 16 * mib
	// blameAge is how long a query must have run to be blamed while there is still room.
	blameAge = 500 * time.Millisecond
	// letGo is how long those who were stopped may take to give their memory back before others are
	// stopped as well.
	letGo = time.Second
)

// codeMemory is the code of queries that took too much memory, or had too little beside others.
const codeMemory = "query_memory"

var errTooBig = &event.Error{Code: codeMemory, Message: "the query was stopped because it needed too much memory", Hint: "narrow it down, or aggregate before sorting and joining"}

// high is the size above which no more time is given: halfway between soft and hard.
func (g *guard) high() int64 { return g.soft + (g.hard-g.soft)/2 }

// watchMemory stops queries that can be the cause when the process is too large, and ends the
// process when that is not enough.
func (g *guard) watchMemory() {
	size, err := residentBytes()
	if err != nil {
		return // not known on this system; DuckDB's own limit remains
	}
	if size >= g.hard {
		fmt.Fprintf(os.Stderr, "the duckdb process has grown to %d MiB and ends; it is started again\n", size/mib)
		os.Exit(exitMemory)
	}
	g.sized(size, time.Now())
}

// sized acts on the size of the process.
func (g *guard) sized(size int64, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mu.size = size
	if size < g.soft {
		return
	}
	age := blameAge
	if size >= g.high() {
		age = 0
	} else if now.Sub(g.mu.stopped) < letGo {
		return
	}
	for r := range g.mu.queries {
		if r.told.Load() == 0 && now.Sub(r.started) >= age && size-g.filters.Load()-r.size >= blameGrowth {
			r.cancel(errTooBig)
			g.mu.stopped = now
		}
	}
}

// crowded reports whether a query had better wait until others have given back their memory. The
// caller holds g.mu.
func (g *guard) crowded() bool { return g.mu.size >= g.high() && len(g.mu.queries) > 0 }

// residentBytes is the process's resident size; an error where the system does not say.
func residentBytes() (int64, error) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, errors.New("/proc/self/statm has another form")
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
