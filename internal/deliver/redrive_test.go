package deliver_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/catalog/catalogtest"
	"github.com/penstock/penstock/internal/deliver"
	"github.com/penstock/penstock/internal/event"
)

const (
	strictYAML = `
table: sales
match: has(event.qty)
columns:
  - {name: qty, type: integer, required: true, maximum: 10}
`
	lenientYAML = `
table: sales
match: has(event.qty)
drop: event.qty > 50 && event.qty <= 100
columns:
  - {name: qty, type: integer, required: true, maximum: 50}
`
)

// warehouse is what a warehouse makes of commits: rows by position. A redriven row takes effect only
// where its position is in the quarantine.
type warehouse struct {
	world   *world
	loaded  uint64
	tables  map[uint64]row
	waiting map[uint64]row // the quarantine
	dropped int64
}

func (h *warehouse) load(t testing.TB) {
	t.Helper()
	if h.tables == nil {
		h.tables, h.waiting = map[uint64]row{}, map[uint64]row{}
	}
	for _, c := range h.world.commits(t) {
		if c.Number <= h.loaded {
			continue
		}
		h.loaded = c.Number
		for _, n := range c.Dropped {
			h.dropped += n
		}
		for _, text := range c.DroppedSequences {
			p, err := event.ParseSequenceNumber(text)
			if err != nil {
				t.Fatal(err)
			}
			if _, here := h.waiting[p.Sequence]; here {
				delete(h.waiting, p.Sequence)
				h.dropped++
			}
		}
		for _, f := range c.Files {
			for _, r := range readFile(t, f, h.world.lake.get(f.Name)) {
				h.insert(t, c.Kind, r)
			}
		}
	}
}

func (h *warehouse) insert(t testing.TB, kind catalog.CommitKind, r row) {
	_, here := h.waiting[r.Sequence]
	switch {
	case kind == catalog.CommitRedrive && !here:
		return
	case kind == catalog.CommitRedrive:
		delete(h.waiting, r.Sequence)
	}
	into := h.tables
	if r.table == "quarantine" {
		into = h.waiting
	}
	if _, twice := into[r.Sequence]; twice {
		t.Fatalf("record %d arrives twice in %s", r.Sequence, r.table)
	}
	into[r.Sequence] = r
}

func (h *warehouse) Quarantined(_ context.Context, filter deliver.Filter, fn func(deliver.QuarantinedEvent) error) error {
	for _, n := range slices.Sorted(maps.Keys(h.waiting)) {
		r := h.waiting[n]
		raw := []byte(r.fields["raw"])
		if exact := r.fields["raw_base64"]; exact != "" {
			raw, _ = base64.StdEncoding.DecodeString(exact)
		}
		e := deliver.QuarantinedEvent{
			Shard: r.fields["_shard"], Sequence: r.fields["_sequence"], ArrivedMillis: firstArrival + int64(n),
			Reason: event.Reason(r.fields["reason"]), Contract: r.fields["contract"], Field: r.fields["field"], PartitionKey: r.fields["partition_key"], Raw: raw,
		}
		if !filter.Selects(e.Reason, time.UnixMilli(e.ArrivedMillis), e.Contract, e.Field) {
			continue
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

// strictWorld has 120 sales of 1 to 120 pieces, of which ten meet the strict contract, and a broken
// event as record 121.
func strictWorld(t testing.TB) (*world, *warehouse) {
	t.Helper()
	w := newWorld(t)
	w.set = compile(t, strictYAML)
	for n := range 120 {
		w.log.append(fmt.Appendf(nil, `{"qty":%d}`, n+1))
	}
	w.log.append([]byte("\xff\x00"))
	if _, err := w.live(t, life{}); err != nil {
		t.Fatal(err)
	}
	w.set = compile(t, lenientYAML)
	h := &warehouse{world: w}
	h.load(t)
	if len(h.tables) != 10 || len(h.waiting) != 111 {
		t.Fatalf("%d rows and %d in quarantine to begin with", len(h.tables), len(h.waiting))
	}
	return w, h
}

func (w *world) redriver(t testing.TB, h *warehouse, crash *catalogtest.Crash) (*deliver.Redriver, error) {
	t.Helper()
	s, err := w.catalog(t, crash)
	if err != nil {
		return nil, err
	}
	r, err := deliver.NewRedriver(
		deliver.RedriveConfig{Stream: shard.Stream, BatchEvents: 30, Patience: time.Second},
		deliver.RedriveDeps{
			Quarantine: h, Contracts: w.set, Lake: crashLake{crash, w.lake}, Name: fileName,
			Catalogs: map[int]deliver.RedriveCatalog{shard.Index: s},
		})
	if err != nil {
		t.Fatal(err)
	}
	return r, nil
}

func (h *warehouse) wantRedriven(t testing.TB) {
	t.Helper()
	h.load(t)
	for n := uint64(1); n <= 121; n++ {
		r, loaded := h.tables[n]
		_, waits := h.waiting[n]
		if loaded != (n <= 50) || waits != (n > 100) || loaded && r.fields["qty"] != fmt.Sprint(n) {
			t.Fatalf("record %d: loaded %v (%v), in quarantine %v", n, loaded, r.fields, waits)
		}
	}
	if h.dropped != 50 {
		t.Fatalf("%d dropped, want 50", h.dropped)
	}
}

func TestE2RedriveMovesEachEventOnce(t *testing.T) {
	w, h := strictWorld(t)
	r, err := w.redriver(t, h, catalogtest.NewCrash(0, false, nil))
	if err != nil {
		t.Fatal(err)
	}
	files := w.lake.len()
	dry, err := r.Redrive(t.Context(), deliver.Filter{}, true)
	if err != nil || w.lake.len() != files || dry.Commits != 0 {
		t.Fatalf("dry run: %+v, %v, %d new files", dry, err, w.lake.len()-files)
	}
	first, err := r.Redrive(t.Context(), deliver.Filter{}, false)
	if err != nil {
		t.Fatal(err)
	}
	want := deliver.Report{
		Examined: 111, Passed: map[string]int64{"sales": 40}, Dropped: map[string]int64{"sales": 50},
		Failing: map[event.Reason]int64{event.ReasonOutOfRange: 20, event.ReasonNotJSON: 1}, Commits: 3,
		Stay: []deliver.Stay{
			{Reason: event.ReasonOutOfRange, Contract: "sales", Field: "qty", Count: 20},
			{Reason: event.ReasonNotJSON, Count: 1},
		},
		Through: first.Through,
	}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Error(diff)
	}
	want.Commits, want.Through = 0, map[int]uint64{}
	if diff := cmp.Diff(want, dry); diff != "" {
		t.Error("the dry run promised something else:", diff)
	}
	// Once more before anything is loaded: the same events, committed twice.
	if again, err := r.Redrive(t.Context(), deliver.Filter{}, false); err != nil || again.Passed["sales"] != 40 {
		t.Errorf("again: %+v, %v", again, err)
	}
	h.wantRedriven(t)
	last, err := r.Redrive(t.Context(), deliver.Filter{}, false)
	if err != nil || last.Examined != 21 || last.Commits != 0 {
		t.Errorf("after loading: %+v, %v", last, err)
	}
	h.wantRedriven(t)
}

func TestE5RedriveDiesAtEveryStep(t *testing.T) {
	w, h := strictWorld(t)
	probe := catalogtest.NewCrash(0, false, nil)
	r, err := w.redriver(t, h, probe)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Redrive(t.Context(), deliver.Filter{}, false); err != nil {
		t.Fatal(err)
	}
	steps := probe.Steps()
	for at := 1; at <= len(steps); at++ {
		for _, after := range []bool{false, true} {
			w, h := strictWorld(t)
			ctx, cancel := context.WithCancel(t.Context())
			r, err := w.redriver(t, h, catalogtest.NewCrash(at, after, cancel))
			if err == nil {
				_, err = r.Redrive(ctx, deliver.Filter{}, false)
			}
			cancel()
			if !errors.Is(err, catalogtest.ErrDied) {
				t.Fatalf("death at step %d (%s): %v", at, steps[at-1], err)
			}
			h.load(t)
			r, err = w.redriver(t, h, catalogtest.NewCrash(0, false, nil))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := r.Redrive(t.Context(), deliver.Filter{}, false); err != nil {
				t.Fatal(err)
			}
			h.wantRedriven(t)
		}
	}
}

func TestRedriveGivesUpWithAMessage(t *testing.T) {
	w, h := strictWorld(t)
	r, err := w.redriver(t, h, catalogtest.NewCrash(0, false, nil))
	if err != nil {
		t.Fatal(err)
	}
	w.lake.setAway(true)
	_, err = r.Redrive(t.Context(), deliver.Filter{}, false)
	if !errors.Is(err, errAway) || !strings.Contains(err.Error(), "run it again") {
		t.Errorf("error %v", err)
	}
}

func TestRedriveRefusesForeignShards(t *testing.T) {
	w, h := strictWorld(t)
	r, err := deliver.NewRedriver(deliver.RedriveConfig{Stream: shard.Stream}, deliver.RedriveDeps{
		Quarantine: h, Contracts: w.set, Lake: w.lake, Name: fileName, Catalogs: map[int]deliver.RedriveCatalog{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Redrive(t.Context(), deliver.Filter{}, false); err == nil || !strings.Contains(err.Error(), "does not have") {
		t.Errorf("error %v", err)
	}
}

func TestFilterSelects(t *testing.T) {
	at := time.UnixMilli(1000)
	for name, tc := range map[string]struct {
		filter deliver.Filter
		reason event.Reason
		want   bool
	}{
		"everything":          {deliver.Filter{}, event.ReasonNotJSON, true},
		"but not crashed":     {deliver.Filter{}, event.ReasonCrash, false},
		"crashed by name":     {deliver.Filter{Reasons: []event.Reason{event.ReasonCrash}}, event.ReasonCrash, true},
		"another reason":      {deliver.Filter{Reasons: []event.Reason{event.ReasonCrash}}, event.ReasonNotJSON, false},
		"since, included":     {deliver.Filter{Since: at}, event.ReasonNotJSON, true},
		"since, too old":      {deliver.Filter{Since: at.Add(1)}, event.ReasonNotJSON, false},
		"until, not included": {deliver.Filter{Until: at}, event.ReasonNotJSON, false},
		"the contract":        {deliver.Filter{Contract: new("sales")}, event.ReasonNotJSON, true},
		"another contract":    {deliver.Filter{Contract: new("orders")}, event.ReasonNotJSON, false},
		"the field":           {deliver.Filter{Contract: new("sales"), Field: new("qty")}, event.ReasonNotJSON, true},
		"another field":       {deliver.Filter{Field: new("Qty")}, event.ReasonNotJSON, false},
		"without a contract":  {deliver.Filter{Contract: new("")}, event.ReasonNotJSON, false},
		"without a field":     {deliver.Filter{Field: new("")}, event.ReasonNotJSON, false},
	} {
		if got := tc.filter.Selects(tc.reason, at, "sales", "qty"); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	without := deliver.Filter{Contract: new(""), Field: new("")}
	if !without.Selects(event.ReasonNotJSON, at, "", "") || without.Selects(event.ReasonNotJSON, at, "", "qty") {
		t.Error("an empty contract and field do not select exactly the events without them")
	}
}

func TestRedriveConfigReportsEveryFault(t *testing.T) {
	_, err := deliver.NewRedriver(deliver.RedriveConfig{BatchEvents: 10_001, Patience: -1}, deliver.RedriveDeps{})
	for _, want := range []string{"Stream", "BatchEvents is 10001", "Patience"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not speak of %q", err, want)
		}
	}
}
