package monitor

import (
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// place is where something failed: a success for one shard says nothing about another.
type place struct {
	step  string
	shard int
}

type failure struct {
	since time.Time
	err   error
}

// failures are the steps that fail at present, and how often each has failed. Not safe for
// concurrent use.
type failures struct {
	at     map[place]failure
	counts map[string]int64
}

func newFailures() failures {
	return failures{at: map[place]failure{}, counts: map[string]int64{}}
}

// hear takes a fact. A success of a step ends the failure of that step for that shard.
func (f failures) hear(fact event.Fact, now time.Time) {
	switch fact := fact.(type) {
	case event.Failed:
		since := now
		at := place{fact.Step, fact.Shard}
		if old, ok := f.at[at]; ok {
			since = old.since
		}
		f.at[at] = failure{since: since, err: fact.Err}
		f.counts[stepOf(fact.Step)]++
	case event.Recovered:
		delete(f.at, place{fact.Step, fact.Shard})
	case event.Committed:
		for _, step := range []string{"delivery", "catalog", "lake"} {
			delete(f.at, place{step, fact.Shard})
		}
	case event.Loaded:
		delete(f.at, place{"warehouse", event.AllShards})
		delete(f.at, place{"warehouse", fact.Shard})
	case event.Refused:
		f.counts[StepSource] += int64(fact.Records)
	}
}

// stepOf is the step of the path that a failing part belongs to.
func stepOf(part string) string {
	switch part {
	case "log":
		return StepStream
	case "lake", "warehouse":
		return part
	}
	return StepDelivery
}

// longest is the failure of a step of the path that has lasted longest, with the part that fails and
// how many more places fail. ok is false when none does.
func (f failures) longest(step string) (part string, found failure, more int, ok bool) {
	for at, failed := range f.at {
		if stepOf(at.step) != step {
			continue
		}
		if ok {
			more++
		}
		if !ok || failed.since.Before(found.since) {
			part, found, ok = at.step, failed, true
		}
	}
	return part, found, more, ok
}

// problem says in a sentence what fails in a step, empty if nothing does.
func (f failures) problem(step string, now time.Time, stuck time.Duration) string {
	part, failed, more, ok := f.longest(step)
	if !ok || now.Sub(failed.since) < stuck {
		return ""
	}
	text := fmt.Sprintf("%s has been failing for %s: %v", part, span(now.Sub(failed.since), time.Second), failed.err)
	if more > 0 {
		text += fmt.Sprintf(" (and %d more places)", more)
	}
	return text
}
