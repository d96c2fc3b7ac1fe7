package monitor

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"
)

// began prepares for the evaluation when Run begins: what was before is not judged.
func (m *Monitor) began() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mu.clock = newClock(m.cfg.Now(), m.cfg.Elapsed())
}

// evaluate looks at the condition of every alarm, from figures that cost next to nothing.
func (m *Monitor) evaluate() {
	var disk Disk
	var diskErr error
	if m.deps.Storage != nil {
		disk, diskErr = m.deps.Storage.Disk()
	}
	now := m.cfg.Now()
	limits := m.cfg.Alarms
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mu.counted.number == 0 {
		return // nobody knows yet where the events are
	}
	m.mu.window.add(now, m.mu.path.inFlight())
	m.mu.clock.look(now, m.cfg.Elapsed(), limits.Clock)
	found := map[string]finding{
		AlarmFreshness:  m.freshLocked(now),
		AlarmLag:        m.lagLocked(now),
		AlarmQuarantine: m.quarantineLocked(now),
		AlarmLedger:     m.ledgerLocked(),
		AlarmDisk:       diskFinding(disk, limits.Disk, m.deps.Storage == nil || diskErr != nil),
		AlarmClock:      m.clockLocked(now),
	}
	for _, step := range steps()[1:] {
		found[step] = m.failingLocked(step, now)
	}
	for _, w := range m.mu.alarms.all {
		if notice, turned := m.mu.alarms.update(w.Name, found[w.Name], now); turned {
			m.cfg.Logger.Warn("alarm", "alarm", notice.Name, "state", notice.State, "message", notice.Message)
		}
	}
}

// behind is the step at which the oldest events wait; the caller holds mu.
func (m *Monitor) behindLocked(now time.Time) string {
	step, longest := StepWarehouse, time.Duration(-1)
	for _, name := range []string{StepWarehouse, StepDelivery, StepLake} {
		if _, age := m.mu.path.lag(name, now); age > longest {
			step, longest = name, age
		}
	}
	return step
}

func (m *Monitor) freshLocked(now time.Time) finding {
	complete, guessed := m.mu.path.completeTo(now)
	age := now.Sub(complete)
	f := finding{value: age.Seconds(), bad: age > m.cfg.Alarms.Freshness, step: m.behindLocked(now)}
	f.unknown = guessed && !f.bad // events wait since before the start
	f.message = fmt.Sprintf("events that arrived %s ago cannot be queried yet; they wait for the %s", span(age, time.Second), f.step)
	return f
}

func (m *Monitor) lagLocked(now time.Time) finding {
	n := m.mu.path.inFlight()
	f := finding{value: float64(n), step: m.behindLocked(now)}
	f.bad = n >= m.cfg.Alarms.Lag && m.mu.window.growing()
	f.message = fmt.Sprintf("%s are waiting for the %s, and they became more for %s", counts(n, "event"), f.step, span(m.cfg.Alarms.Window, time.Second))
	return f
}

func (m *Monitor) quarantineLocked(now time.Time) finding {
	share, n, contract, delivered := m.mu.window.share()
	f := finding{value: share, bad: share > m.cfg.Alarms.Quarantine}
	// After a restart nothing is known of the window before it.
	f.unknown = !delivered && !m.mu.window.full(now)
	of := "the events"
	if contract != "" {
		of = "the events of " + contract
	}
	f.message = fmt.Sprintf("%.3g%% of %s of the last %s went to the quarantine: %s", 100*share, of, span(m.cfg.Alarms.Window, time.Second), humanize.Comma(n))
	return f
}

func (m *Monitor) ledgerLocked() finding {
	n := m.mu.uneven
	return finding{
		value: float64(n), bad: n >= ledgerCounts, unknown: m.mu.counted.err != nil || n > 0 && n < ledgerCounts,
		sure: true, message: m.mu.unevenFor,
	}
}

func diskFinding(d Disk, limit int64, unknown bool) finding {
	return finding{
		unknown: unknown, value: float64(d.FreeBytes), bad: d.FreeBytes < limit,
		message: fmt.Sprintf("%s are free on the data folder's disk; below %s producers are slowed",
			humanize.IBytes(uint64(max(d.FreeBytes, 0))), humanize.IBytes(uint64(max(d.ReserveBytes, 0)))),
	}
}

func (m *Monitor) clockLocked(now time.Time) finding {
	if jump, recently := m.mu.clock.recent(clockHold); recently {
		way := "forward"
		if jump < 0 {
			way = "back"
		}
		return finding{bad: true, sure: true, value: jump.Abs().Seconds(),
			message: fmt.Sprintf("the machine's clock was set %s by %s, or the machine slept", way, span(jump.Abs(), time.Millisecond))}
	}
	ahead := time.Duration(0)
	if last := m.mu.path.lastArrived(); last > 0 {
		ahead = max(time.UnixMilli(last).Sub(now), 0)
	}
	return finding{bad: ahead > m.cfg.Alarms.Clock, value: ahead.Seconds(),
		message: fmt.Sprintf("the newest events arrived %s in the clock's future: it was set back", span(ahead, time.Millisecond))}
}

// failingLocked looks for a failure of a step that lasts; the caller holds mu.
func (m *Monitor) failingLocked(step string, now time.Time) finding {
	var f finding
	if part, failed, _, ok := m.mu.failures.longest(step); ok {
		lasted := now.Sub(failed.since)
		f.value, f.message = lasted.Seconds(), fmt.Sprintf("the %s has been failing for %s: %v", part, span(lasted, time.Second), failed.err)
	}
	if gone := m.mu.warehouseGone; step == StepWarehouse && !gone.IsZero() && now.Sub(gone).Seconds() > f.value {
		f.value = now.Sub(gone).Seconds()
		f.message = fmt.Sprintf("the warehouse has not answered for %s: %v", span(now.Sub(gone), time.Second), m.mu.counted.err)
	}
	f.bad = f.value > m.cfg.Alarms.Failing.Seconds()
	return f
}
