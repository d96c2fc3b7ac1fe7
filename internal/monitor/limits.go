package monitor

import "time"

// Limits are the conditions of the alarms. A zero limit switches its alarm off.
type Limits struct {
	// Freshness: the oldest event that cannot be queried yet is older. Default 60s: rows are there
	// two seconds after their events, so this is an outage and no hiccup.
	Freshness time.Duration
	// Lag: at least so many events are waiting, and they have become more over the whole Window.
	// Default 1,000: less is worked off in a moment.
	Lag int64
	// Quarantine is the share of the events of the last Window that went to the quarantine, of all or
	// of one contract; at least five did. Default 0.01.
	Quarantine float64
	// Window is the time over which Lag and Quarantine look. Default 5m.
	Window time.Duration
	// Ledger: the ledger does not balance, of the whole or of a contract, in three counts in a row.
	// Default true.
	Ledger bool
	// Disk: less space, in bytes, is free on the data folder's disk. Default twice the reserve below
	// which producers are slowed.
	Disk int64
	// Clock: the machine's clock jumped by more, or events arrive that much in its future. Default 2s:
	// what slews a clock gently moves it less than a millisecond a second.
	Clock time.Duration
	// Failing: a step (stream, delivery, lake, warehouse) has been failing for longer. Default 10s:
	// a child that died is back sooner.
	Failing time.Duration
}

// DefaultLimits are the limits of a pipeline that says nothing, with the given reserve of disk space.
func DefaultLimits(reserve int64) Limits {
	return Limits{
		Freshness: time.Minute, Lag: 1000, Quarantine: 0.01, Window: 5 * time.Minute, Ledger: true,
		Disk: 2 * reserve, Clock: 2 * time.Second, Failing: 10 * time.Second,
	}
}

// The alarms.
const (
	AlarmFreshness  = "freshness"
	AlarmLag        = "lag"
	AlarmQuarantine = "quarantine"
	AlarmLedger     = "ledger"
	AlarmDisk       = "disk"
	AlarmClock      = "clock"
	// Those of a failing step are called as the step is, but for the source, which cannot fail.
)

const (
	// holdOn is how long a condition must hold before its alarm starts, and holdOff how long it must
	// not hold before the alarm ends, so that one at its limit does not go to and fro.
	holdOn  = 2 * time.Second
	holdOff = 5 * time.Second
	// clockHold is how long the alarm of a clock that jumped lasts.
	clockHold = time.Minute
	// ledgerCounts is how many counts in a row must not balance.
	ledgerCounts = 3
	// fewest is how many events must have gone to the quarantine in a window.
	fewest = 5
)
