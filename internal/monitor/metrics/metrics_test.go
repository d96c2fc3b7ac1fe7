package metrics

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/monitor"
)

var at = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// reading is a pipeline with one thing of each kind, whose ledger misses one event.
func reading() monitor.Reading {
	ledger := monitor.Ledger{Accepted: 10, Loaded: 5, Quarantined: 2, Dropped: 1, InFlight: 1}
	return monitor.Reading{
		At: at, CompleteTo: at.Add(-1500 * time.Millisecond), Ledger: ledger, Ready: true,
		Contracts:    []monitor.ContractLedger{{Contract: "orders", Ledger: ledger}},
		Unclassified: monitor.ContractLedger{Ledger: monitor.Ledger{Accepted: 3, InFlight: 3}},
		Steps: []monitor.Step{
			{Name: monitor.StepLake, State: monitor.StateFail, Events: 9, LagEvents: 4, LagSeconds: 2.5, Errors: 7},
			{Name: monitor.StepDelivery, State: monitor.StateWarn},
		},
		Disk:   monitor.Disk{FreeBytes: 100, ReserveBytes: 40},
		Alarms: []monitor.Alarm{{Name: "lake", State: monitor.AlarmFiring}, {Name: "disk", State: monitor.AlarmOK}},
	}
}

func newMetrics() *Metrics {
	return New("v1", Sources{
		Reading:           reading,
		WarehouseRestarts: func() int64 { return 3 },
		LiveStreams:       func() int { return 4 },
		Backlog:           func() (int64, int64) { return 50, 60 },
	})
}

func TestNamesAndUnitsFollowTheConventions(t *testing.T) {
	problems, err := testutil.GatherAndLint(newMetrics().registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "penstock_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

func TestFactsAndReadingsAreShown(t *testing.T) {
	m := newMetrics()
	m.Hear(event.Quarantined{Reasons: map[event.Reason]int64{event.ReasonLength: 2}})
	m.Hear(event.Quarantined{Reasons: map[event.Reason]int64{event.ReasonLength: 1, event.ReasonNotJSON: 1}})
	m.Hear(event.Flushed{Files: 2, Bytes: 300, Took: 20 * time.Millisecond})
	m.Hear(event.Loaded{Files: 2, Duplicates: 5, Took: time.Second})
	m.Hear(event.Loaded{}) // a range without rows is no load
	m.Hear(event.Refused{Records: 500, Err: errors.New("full")})
	m.Request("PutRecords", 200, 3*time.Millisecond)
	m.Request("PutRecords", 400, time.Millisecond)
	m.Request("made up "+strings.Repeat("x", 1000), 500, time.Millisecond)
	recorder := httptest.NewRecorder()
	m.Handler().ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`penstock_quarantined_events_total{reason="length"} 3`, `penstock_quarantined_events_total{reason="not_json"} 1`, `penstock_quarantined_events_total{reason="pattern"} 0`,
		`penstock_flush_duration_seconds_count 1`, `penstock_flushed_files_total 2`, `penstock_flushed_bytes_total 300`,
		`penstock_load_duration_seconds_sum 1`, `penstock_load_duration_seconds_count 1`, `penstock_loaded_files_total 2`, `penstock_duplicate_rows_total 5`,
		`penstock_refused_records_total 500`,
		`penstock_kinesis_requests_total{operation="PutRecords",result="ok"} 1`, `penstock_kinesis_requests_total{operation="PutRecords",result="rejected"} 1`,
		`penstock_kinesis_requests_total{operation="other",result="failed"} 1`, `penstock_kinesis_request_duration_seconds_count{operation="PutRecords"} 2`,
		`penstock_ledger_events{figure="accepted"} 10`, `penstock_ledger_events{figure="in_flight"} 1`, `penstock_ledger_imbalance_events 1`, `penstock_ledger_balanced 0`,
		`penstock_contract_events{contract="orders",figure="loaded"} 5`, `penstock_contract_events{contract="",figure="in_flight"} 3`, `penstock_contract_imbalance_events{contract="orders"} 1`,
		`penstock_step_events_total{step="lake"} 9`, `penstock_step_errors_total{step="lake"} 7`, `penstock_step_lag_events{step="lake"} 4`, `penstock_step_lag_seconds{step="lake"} 2.5`,
		`penstock_step_up{step="lake"} 0`, `penstock_step_up{step="delivery"} 1`, `penstock_freshness_seconds 1.5`, `penstock_ready 1`,
		`penstock_alarm_firing{alarm="lake"} 1`, `penstock_alarm_firing{alarm="disk"} 0`, `penstock_disk_free_bytes 100`, `penstock_disk_reserve_bytes 40`,
		`penstock_backlog_bytes 50`, `penstock_backlog_limit_bytes 60`, `penstock_warehouse_restarts_total 3`, `penstock_live_streams 4`,
		`version="v1"} 1`, "go_goroutines ", "process_resident_memory_bytes ",
	} {
		if !strings.Contains(recorder.Body.String(), want) {
			t.Errorf("%s is missing in\n%s", want, recorder.Body)
		}
	}
	if strings.Contains(recorder.Body.String(), "made up") {
		t.Error("a caller can make series")
	}
}
