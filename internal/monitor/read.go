package monitor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// Reading returns everything, not older than a second or, in a warehouse that takes long to count,
// twenty times that long. It is the one call for pages, metrics and the command line.
func (m *Monitor) Reading(ctx context.Context) Reading {
	c := m.countSince(ctx, countPause)
	m.observe()
	return m.reading(c)
}

// Last returns everything with the warehouse as it was counted last, and counts nothing: for what must be cheap
// however often it is asked for.
func (m *Monitor) Last() Reading {
	m.observe()
	return m.reading(m.lastCount())
}

// refusedShows is how long after it producers' being refused still shows.
const refusedShows = 5 * time.Second

// reading makes a Reading out of a count and what is known besides.
func (m *Monitor) reading(c counted) Reading {
	now := m.cfg.Now()
	r := Reading{
		At: now.UTC(), Pipeline: m.cfg.Pipeline, Stream: m.cfg.Stream,
		Contracts: []ContractLedger{}, Shards: []ShardProgress{}, Problems: m.problems(),
	}
	r.Ready = c.err == nil && len(r.Problems) == 0
	r.Problems = append(r.Problems, m.cfg.Notices...)
	whole := m.whole(c)
	r.Ledger, r.Balanced = whole.ledger, whole.balanced
	r.Shards = append(r.Shards, whole.shards...)
	r.Problems = append(r.Problems, whole.problems...)
	m.byContract(&r, c)
	if m.deps.Storage != nil {
		if disk, err := m.deps.Storage.Disk(); err == nil {
			r.Disk = disk
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	complete, _ := m.mu.path.completeTo(now)
	r.CompleteTo = complete.UTC()
	r.History = m.mu.rates.past()
	r.Alarms, r.Recent = m.mu.alarms.list()
	for _, name := range steps() {
		r.Steps = append(r.Steps, m.stepLocked(name, c, now))
	}
	return r
}

// byContract fills in the contracts' ledgers.
func (m *Monitor) byContract(r *Reading, c counted) {
	if c.err != nil {
		return
	}
	if c.classifyErr != nil {
		r.Problems = append(r.Problems, fmt.Sprintf("what each contract has is not known: %v", c.classifyErr))
		return
	}
	var contracts []ContractLedger
	contracts, r.Unclassified = contractLedgers(r.Ledger.Accepted, c.classified, c.WarehouseCount)
	r.Contracts = append(r.Contracts, contracts...)
	if names := unbalanced(r.Contracts, r.Unclassified); len(names) > 0 {
		if r.Balanced {
			r.Problems = append(r.Problems, "the ledger does not balance for "+strings.Join(names, ", "))
		}
		r.Balanced = false
	}
}

// stepLocked is one step; the caller holds mu.
func (m *Monitor) stepLocked(name string, c counted, now time.Time) Step {
	p := &m.mu.path
	lag, age := p.lag(name, now)
	s := Step{
		Name: name, State: StateOK, EventsPerSecond: m.mu.rates.of(name), LagEvents: lag, LagSeconds: age.Round(time.Millisecond).Seconds(),
		Events: p.totals()[name], Errors: m.mu.failures.counts[name], Paused: m.mu.paused[name], Detail: m.detailLocked(name, c),
	}
	if s.Paused {
		s.State, s.Problem = StateWarn, "paused by an operator; `penstock resume "+pausedName(name)+"` lets it go on"
	}
	if name == StepWarehouse && c.Unloaded > 0 {
		s.State, s.Problem = StateFail, c.Problems[0]
	}
	if name == StepSource && !m.mu.refused.IsZero() && now.Sub(m.mu.refused) < refusedShows {
		s.State, s.Problem = StateFail, fmt.Sprintf("producers are told to try again later: %v", m.mu.refusedFor)
	}
	if name == StepWarehouse && c.err != nil {
		s.State, s.Problem = StateFail, fmt.Sprintf("the warehouse does not answer: %v", c.err)
	}
	if text := m.mu.failures.problem(name, now, m.cfg.Stuck); text != "" {
		s.State, s.Problem = StateFail, text
	}
	if firing := m.mu.alarms.about(name); len(firing) > 0 {
		s.State = StateFail
		if s.Problem == "" {
			s.Problem = firing[0].Message
		}
	}
	return s
}

// pausedName is how a person calls a step that can be paused.
func pausedName(step string) string {
	if step == StepWarehouse {
		return "loading"
	}
	return step
}

// detailLocked says what a step did last; the caller holds mu.
func (m *Monitor) detailLocked(name string, c counted) string {
	p := &m.mu.path
	switch name {
	case StepStream:
		return counts(int64(len(p.shards)), "shard")
	case StepDelivery:
		if p.flush.Last == 0 {
			return ""
		}
		return fmt.Sprintf("wrote %s of %s in %s", counts(int64(p.flush.Files), "file"), humanize.IBytes(uint64(p.flush.Bytes)), took(p.flush.Took))
	case StepLake:
		if p.commit.Last == 0 {
			return ""
		}
		return fmt.Sprintf("committed %s: %s, %d quarantined, %d dropped",
			counts(int64(p.commit.Last-p.commit.First+1), "event"), counts(p.commit.Rows, "row"), p.commit.Quarantined, p.commit.Dropped)
	case StepWarehouse:
		text := counts(int64(len(c.Tables)), "table")
		if p.load.Through > 0 {
			text += fmt.Sprintf("; loaded %s from %s in %s", counts(p.load.Rows, "row"), counts(int64(p.load.Files), "file"), took(p.load.Took))
		}
		return text
	}
	return ""
}

func took(d time.Duration) string { return span(d, time.Millisecond) }

// counts is a number with its noun.
func counts(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return humanize.Comma(n) + " " + noun
}
