package monitor

import (
	"slices"
	"time"

	"github.com/penstock/penstock/internal/event"
)

const (
	// maxMarks bounds the moments remembered for one shard. When there are more, those that are closer
	// together than a fortieth of their age are thinned out, and ages are told that much too high:
	// about 450 are left of a month in which one was taken each second.
	maxMarks   = 512
	marksInAge = 40
)

// mark: at that time, the log had accepted so many records of a shard.
type mark struct {
	at       time.Time
	accepted uint64
}

// shardTrack follows one shard along the path, by positions.
type shardTrack struct {
	accepted, flushed, committed, loaded uint64
	// committedArrived and loadedArrived are the arrival of the last such record, in milliseconds
	// since 1970; 0 if unknown.
	committedArrived, loadedArrived int64
	// marks are in order; the first is the last one that everything loaded covers.
	marks []mark
}

// note remembers how much is accepted at now.
func (t *shardTrack) note(now time.Time, accepted uint64) {
	t.accepted = accepted
	if n := len(t.marks); n > 0 && t.marks[n-1].accepted == accepted {
		t.marks[n-1].at = now
	} else {
		t.marks = append(t.marks, mark{now, accepted})
	}
	first := 0
	for i, m := range t.marks {
		if m.accepted <= t.loaded {
			first = i
		}
	}
	t.marks = t.marks[first:]
	if len(t.marks) > maxMarks {
		t.marks = thinned(t.marks, now)
	}
}

// thinned keeps the first mark, the last, and enough in between.
func thinned(marks []mark, now time.Time) []mark {
	kept := make([]mark, 0, maxMarks)
	last := len(marks) - 1
	for i := last; i >= 0; i-- {
		if i == last || i == 0 || kept[len(kept)-1].at.Sub(marks[i].at) >= now.Sub(marks[i].at)/marksInAge {
			kept = append(kept, marks[i])
		}
	}
	slices.Reverse(kept)
	if len(kept) > maxMarks { // years of backlog
		kept = slices.Delete(kept, 1, 1+len(kept)-maxMarks)
	}
	return kept
}

// completeTo is a moment before which every record has passed the position. arrived is when the
// record at the position arrived, in milliseconds since 1970, 0 if unknown; fallback is for when
// nothing is known.
func (t *shardTrack) completeTo(position uint64, arrived int64, now, fallback time.Time) time.Time {
	if position >= t.accepted {
		return now
	}
	complete := time.Time{}
	for _, m := range t.marks {
		if m.accepted <= position {
			complete = m.at
		}
	}
	if at := time.UnixMilli(arrived); arrived > 0 && (complete.IsZero() || at.After(complete)) {
		complete = at
	}
	switch {
	case complete.IsZero():
		return fallback
	case complete.After(now):
		return now
	}
	return complete
}

// path follows all shards. Not safe for concurrent use.
type path struct {
	shards map[int]*shardTrack
	// began is when the watching did.
	began time.Time
	// load is the last load, for the warehouse's detail; commit and flush alike.
	load   event.Loaded
	commit event.Committed
	flush  event.Flushed
}

func newPath(now time.Time) path { return path{shards: map[int]*shardTrack{}, began: now} }

func (p *path) shard(index int) *shardTrack {
	t := p.shards[index]
	if t == nil {
		t = &shardTrack{}
		p.shards[index] = t
	}
	return t
}

func (p *path) hear(fact event.Fact) {
	switch fact := fact.(type) {
	case event.Flushed:
		t := p.shard(fact.Shard)
		t.flushed = max(t.flushed, fact.Last)
		p.flush = fact
	case event.Committed:
		t := p.shard(fact.Shard)
		t.committed = max(t.committed, fact.Last)
		t.flushed = max(t.flushed, fact.Last)
		t.committedArrived = max(t.committedArrived, fact.Arrived)
		p.commit = fact
	case event.Loaded:
		t := p.shard(fact.Shard)
		t.loaded = max(t.loaded, fact.Through)
		p.load = fact
	}
}

// observe takes the positions of the log and the catalog.
func (p *path) observe(now time.Time, accepted, committed map[int]uint64) {
	for shard, position := range committed {
		t := p.shard(shard)
		t.committed = max(t.committed, position)
		t.flushed = max(t.flushed, position)
	}
	for shard, position := range accepted {
		t := p.shard(shard)
		t.note(now, max(position, t.accepted))
	}
}

// counted takes the watermarks of the warehouse, which may have been replaced by an older one;
// heard are the positions loaded since it was asked.
func (p *path) counted(marks map[int]Watermark, heard map[int]uint64) {
	for shard, t := range p.shards {
		t.loaded = max(marks[shard].Position, heard[shard])
		t.loadedArrived = marks[shard].Arrived
	}
}

// totals are the events that have passed each step.
func (p *path) totals() map[string]int64 {
	sums := map[string]int64{}
	for _, t := range p.shards {
		sums[StepSource] += int64(t.accepted)
		sums[StepStream] += int64(t.accepted)
		sums[StepDelivery] += int64(t.flushed)
		sums[StepLake] += int64(t.committed)
		sums[StepWarehouse] += int64(t.loaded)
	}
	return sums
}

// lag is how many events wait for a step, and for how long the oldest.
func (p *path) lag(step string, now time.Time) (events int64, age time.Duration) {
	oldest := now
	for _, t := range p.shards {
		before, after, arrived := t.accepted, t.accepted, int64(0)
		switch step {
		case StepDelivery:
			after, arrived = t.flushed, t.committedArrived
		case StepLake:
			before, after, arrived = t.flushed, t.committed, t.committedArrived
		case StepWarehouse:
			before, after, arrived = t.committed, t.loaded, t.loadedArrived
		}
		if after >= before {
			continue
		}
		events += int64(before - after)
		if at := t.completeTo(after, arrived, now, p.began); at.Before(oldest) {
			oldest = at
		}
	}
	return events, now.Sub(oldest)
}

// completeTo is the freshness: a moment before which every record is loaded. guessed says that it is
// when the watching began, for want of anything better.
func (p *path) completeTo(now time.Time) (complete time.Time, guessed bool) {
	complete = now
	for _, t := range p.shards {
		if at := t.completeTo(t.loaded, t.loadedArrived, now, p.began); at.Before(complete) {
			complete, guessed = at, at.Equal(p.began)
		}
	}
	return complete, guessed
}

// inFlight is how many events are accepted and not loaded.
func (p *path) inFlight() int64 {
	var n int64
	for _, t := range p.shards {
		if t.loaded < t.accepted {
			n += int64(t.accepted - t.loaded)
		}
	}
	return n
}

// lastArrived is the newest arrival known of, in milliseconds since 1970.
func (p *path) lastArrived() int64 {
	var last int64
	for _, t := range p.shards {
		last = max(last, t.committedArrived, t.loadedArrived)
	}
	return last
}
