package monitor

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Ages are told from a bounded number of marks: never too low, and over hours of backlog at most by
// a tenth too high.
func TestMarksAreBoundedAndAgesNeverTooLow(t *testing.T) {
	began := time.UnixMilli(0)
	track := shardTrack{}
	const seconds = 100_000
	for s := range seconds {
		track.note(began.Add(time.Duration(s)*time.Second), uint64(s)) // one event a second, none loaded
	}
	if len(track.marks) > maxMarks {
		t.Fatalf("%d marks", len(track.marks))
	}
	now := began.Add(seconds * time.Second)
	for _, position := range []uint64{0, 1, 10, seconds / 2, seconds - 100, seconds - 2} {
		at := track.completeTo(position, 0, now, began)
		// Event n arrived at second n, and the one after the position is the oldest that waits.
		waits := now.Sub(began.Add(time.Duration(position+1) * time.Second))
		if told := now.Sub(at); told < waits || told > waits+waits/10+2*time.Second {
			t.Errorf("position %d: told %s, and the oldest waits for %s", position, told, waits)
		}
	}
	if at := track.completeTo(seconds-1, 0, now, began); !at.Equal(now) {
		t.Errorf("nothing waits, and it is complete to %s", at)
	}
}

func TestRatesOverAGapAndHistoryAreBounded(t *testing.T) {
	r := newRates()
	now := time.UnixMilli(0)
	add := func(seconds int, events int64) {
		now = now.Add(time.Duration(seconds) * time.Second)
		totals := map[string]int64{}
		for _, step := range steps() {
			totals[step] = events
		}
		r.add(now, totals)
	}
	for s := range int64(2000) {
		add(1, 100*s)
	}
	if got := r.of(StepLake); got != 100 {
		t.Errorf("100 a second are told as %v", got)
	}
	if h := r.past(); len(h.Steps[StepSource]) != historyLength || h.Steps[StepSource][7] != 100 {
		t.Errorf("%+v", h)
	}
	add(3600, 100*2000) // the machine slept
	if h := r.past(); len(h.Steps[StepSource]) != historyLength || h.Steps[StepSource][0] > 1 {
		t.Errorf("%+v", h)
	}
	add(1, 0) // a warehouse that was replaced begins anew
	if got := r.of(StepWarehouse); got != 0 {
		t.Errorf("going back is told as %v", got)
	}
}

func TestContractLedgers(t *testing.T) {
	classified := Classified{
		Committed: map[string]int64{"a": 100, "b": 50, "": 10},
		Loaded:    map[string]int64{"a": 90, "b": 50, "": 8},
	}
	count := WarehouseCount{
		Tables: map[string]int64{"a": 82, "b": 53}, QuarantinedBy: map[string]int64{"a": 6, "": 5},
		DroppedBy: map[string]int64{"b": 2}, Moved: map[string]int64{"a": -2, "b": 5, "": -3},
	}
	line := func(c ContractLedger) string {
		return fmt.Sprintf("%s %d %d %d %d %d %v", c.Contract, c.Accepted, c.Loaded, c.Quarantined, c.Dropped, c.InFlight, c.Balanced)
	}
	look := func() []string {
		contracts, rest := contractLedgers(165, classified, count)
		var lines []string
		for _, c := range append(contracts, rest) {
			lines = append(lines, line(c))
		}
		return lines
	}
	want := []string{"a 98 82 6 0 10 true", "b 55 53 0 2 0 true", " 12 0 5 0 7 true"}
	if diff := cmp.Diff(want, look()); diff != "" {
		t.Error(diff)
	}
	count.Tables["b"]--
	classified.Loaded["a"] = 101
	want = []string{"a 98 82 6 0 -1 false", "b 55 52 0 2 0 false", " 12 0 5 0 7 true"}
	if diff := cmp.Diff(want, look()); diff != "" {
		t.Error(diff)
	}
}
