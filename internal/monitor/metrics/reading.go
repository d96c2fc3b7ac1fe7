package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/penstock/penstock/internal/monitor"
)

// readings shows the monitor's last reading at each scrape, and what else is read rather than counted.
type readings struct{ from Sources }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
}

var (
	ledgerEvents      = describe("ledger_events", "Events of the pipeline's stream by where they are: accepted is the sum of the others when the ledger balances.", "figure")
	contractEvents    = describe("contract_events", "The ledger of each contract; events that no contract has taken, or not yet, have an empty contract.", "contract", "figure")
	ledgerBalanced    = describe("ledger_balanced", "1 when the ledger of the whole and that of every contract add up, else 0.")
	ledgerImbalance   = describe("ledger_imbalance_events", "Accepted events less all others: how many are missing, or if negative too many.")
	contractImbalance = describe("contract_imbalance_events", "The same for each contract.", "contract")
	stepEvents        = describe("step_events_total", "Events that have passed each step of the path, ever.", "step")
	stepErrors        = describe("step_errors_total", "Failures of each step since the start.", "step")
	stepLagEvents     = describe("step_lag_events", "Events that have passed the step before and not this one.", "step")
	stepLagSeconds    = describe("step_lag_seconds", "The age of the oldest of them.", "step")
	stepUp            = describe("step_up", "1 when the step does its work, or was paused by a person; 0 when it fails.", "step")
	freshness         = describe("freshness_seconds", "How long ago the moment is up to which every event can be queried.")
	ready             = describe("ready", "1 when events are accepted, delivered and loaded, else 0.")
	alarmFiring       = describe("alarm_firing", "1 while one of the pipeline's own alarms is firing, else 0.", "alarm")
	diskFree          = describe("disk_free_bytes", "Free space on the data folder's disk.")
	diskReserve       = describe("disk_reserve_bytes", "The free space below which producers are slowed.")
	backlogBytes      = describe("backlog_bytes", "Estimated size of what waits for delivery and loading.")
	backlogLimit      = describe("backlog_limit_bytes", "The backlog from which on producers are slowed.")
	restarts          = describe("warehouse_restarts_total", "How often the warehouse's process ended by itself and was started again.")
	liveStreams       = describe("live_streams", "Live views that are open.")
)

// Describe implements prometheus.Collector.
func (r *readings) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		ledgerEvents, contractEvents, ledgerBalanced, ledgerImbalance, contractImbalance, stepEvents, stepErrors, stepLagEvents,
		stepLagSeconds, stepUp, freshness, ready, alarmFiring, diskFree, diskReserve, backlogBytes, backlogLimit, restarts, liveStreams,
	} {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (r *readings) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	now := r.from.Reading()
	figures(now.Ledger, func(figure string, n int64) { gauge(ledgerEvents, float64(n), figure) })
	gauge(ledgerBalanced, truth(now.Balanced))
	gauge(ledgerImbalance, float64(now.Ledger.Imbalance()))
	for _, c := range append([]monitor.ContractLedger{now.Unclassified}, now.Contracts...) {
		figures(c.Ledger, func(figure string, n int64) { gauge(contractEvents, float64(n), c.Contract, figure) })
		gauge(contractImbalance, float64(c.Imbalance()), c.Contract)
	}
	for _, s := range now.Steps {
		counter(stepEvents, float64(s.Events), s.Name)
		counter(stepErrors, float64(s.Errors), s.Name)
		gauge(stepLagEvents, float64(s.LagEvents), s.Name)
		gauge(stepLagSeconds, s.LagSeconds, s.Name)
		gauge(stepUp, truth(s.State != monitor.StateFail), s.Name)
	}
	for _, a := range now.Alarms {
		gauge(alarmFiring, truth(a.State == monitor.AlarmFiring), a.Name)
	}
	gauge(freshness, max(now.At.Sub(now.CompleteTo).Seconds(), 0))
	gauge(ready, truth(now.Ready))
	gauge(diskFree, float64(now.Disk.FreeBytes))
	gauge(diskReserve, float64(now.Disk.ReserveBytes))
	waiting, limit := r.from.Backlog()
	gauge(backlogBytes, float64(waiting))
	gauge(backlogLimit, float64(limit))
	counter(restarts, float64(r.from.WarehouseRestarts()))
	gauge(liveStreams, float64(r.from.LiveStreams()))
}

func figures(l monitor.Ledger, show func(figure string, n int64)) {
	show("accepted", l.Accepted)
	show("loaded", l.Loaded)
	show("quarantined", l.Quarantined)
	show("dropped", l.Dropped)
	show("in_flight", l.InFlight)
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
