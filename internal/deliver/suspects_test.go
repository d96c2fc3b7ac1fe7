package deliver_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock/penstock/internal/catalog/catalogtest"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/deliver"
)

// deadly kills the process at certain events, as a fault of ours that no recover catches would.
type deadly struct {
	deliver.ContractProcessor
	crash  *catalogtest.Crash
	poison [][]byte
	met    *int // how often poison was processed
}

func (d deadly) Process(data []byte) contract.Outcome {
	for _, p := range d.poison {
		if bytes.Equal(data, p) && !d.crash.Dead() {
			*d.met++
			d.crash.Kill()
		}
	}
	return d.ContractProcessor.Process(data)
}

func TestE5EventThatKillsTheProcessIsQuarantined(t *testing.T) {
	cases := map[string]struct {
		events uint64
		poison []uint64
		deaths int // most
	}{
		"alone":               {1, []uint64{1}, 4},
		"among others":        {2000, []uint64{1234}, 4},
		"first":               {700, []uint64{1}, 4},
		"two":                 {2000, []uint64{600, 1700}, 8},
		"two neighbours":      {1000, []uint64{600, 601}, 8},
		"one of a small span": {deliver.DoubtSpan + 2, []uint64{deliver.DoubtSpan + 2}, 4},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.log.chunk = 700
				w.log.append(events(1, tc.events)...)
				var poison [][]byte
				for _, n := range tc.poison {
					poison = append(poison, eventNumber(n))
				}
				met := 0
				for lives := 0; ; lives++ {
					if _, err := w.live(t, life{wrap: func(crash *catalogtest.Crash, p deliver.ContractProcessor) deliver.ContractProcessor {
						return deadly{p, crash, poison, &met}
					}}); err != nil && !errors.Is(err, catalogtest.ErrDied) {
						t.Fatal(err)
					}
					if met == lives { // this one did not die of poison
						break
					}
					if lives > 20 {
						t.Fatal("it dies again and again")
					}
				}
				w.wantEverything(t, tc.poison...)
				if met > tc.deaths {
					t.Errorf("%d deaths, want at most %d", met, tc.deaths)
				}
			})
		})
	}
}

// The process dies three times while it works on an event, the last time on it alone, but not of it:
// the fourth time all goes well, and nothing is left of the suspicion. (Kills at random moments:
// TestE5RealProcessKilledAtRandom.)
func TestE5EventThatGetsThroughIsNotCondemned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.log.append(events(1, 1000)...)
		met := 0
		for range 3 {
			if _, err := w.live(t, life{wrap: func(crash *catalogtest.Crash, p deliver.ContractProcessor) deliver.ContractProcessor {
				return deadly{p, crash, [][]byte{eventNumber(600)}, &met}
			}}); err != nil && !errors.Is(err, catalogtest.ErrDied) {
				t.Fatal(err)
			}
		}
		if met != 3 {
			t.Fatalf("%d deaths", met)
		}
		if _, span, err := w.attempts.Load(); err != nil || span.First != 600 || span.Last != 600 {
			t.Fatalf("marked is %+v, %v; want record 600 alone", span, err)
		}
		if _, err := w.live(t, life{}); err != nil {
			t.Fatal(err)
		}
		w.wantEverything(t)
		if a, span, err := w.attempts.Load(); err != nil || !cmp.Equal(a, deliver.Attempt{}) || span != (deliver.Span{}) {
			t.Errorf("left behind: %+v %+v, %v", a, span, err)
		}
	})
}

// Without doubt there is no marker, so the hot path pays nothing.
func TestNoMarkersAfterAGoodEnd(t *testing.T) {
	w := newWorld(t)
	for last := uint64(100); last <= 300; last += 100 {
		w.log.append(events(last-99, last)...)
		steps, err := w.live(t, life{})
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			if step == "attempt mark" {
				t.Fatalf("steps %v", steps)
			}
		}
	}
}

func TestFileAttempts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "attempt")
	f := deliver.NewFileAttempts(path)
	want := func(a deliver.Attempt, s deliver.Span) {
		t.Helper()
		gotA, gotS, err := deliver.NewFileAttempts(path).Load()
		if err != nil || !cmp.Equal(gotA, a) || gotS != s {
			t.Errorf("loaded %+v %+v, %v; want %+v %+v", gotA, gotS, err, a, s)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want(deliver.Attempt{}, deliver.Span{})
	a := deliver.Attempt{Running: true, Narrow: deliver.Span{First: 5, Last: 9, Deaths: 1}, Crashed: []uint64{3, 4}}
	must(f.Save(a))
	must(f.Mark(deliver.Span{First: 7, Last: 8}))
	want(a, deliver.Span{First: 7, Last: 8})
	must(f.Unmark())
	must(f.Unmark())
	want(a, deliver.Span{})
	must(f.Save(deliver.Attempt{}))
	want(deliver.Attempt{}, deliver.Span{})
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	must(f.Mark(deliver.Span{First: 18446744073709551615, Last: 18446744073709551615, Deaths: 1}))
	must(f.Mark(deliver.Span{First: 7, Last: 8})) // over a longer one
	want(deliver.Attempt{}, deliver.Span{First: 7, Last: 8})
	for _, torn := range []string{"", "7 8", "7 8 0 00000000", "17" + strings.Repeat("\x00", 78)} {
		must(os.WriteFile(path+".span", []byte(torn), 0o600))
		want(deliver.Attempt{}, deliver.Span{})
	}
	must(os.WriteFile(path, []byte("{"), 0o600))
	if _, _, err := f.Load(); err == nil {
		t.Error("a damaged file was read")
	}
}

// A marker that a loss of power brought back is of records that got through long ago.
func TestMarkerOfCommittedRecordsCondemnsNobody(t *testing.T) {
	w := newWorld(t)
	w.log.append(events(1, 100)...)
	if _, err := w.live(t, life{}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.attempts.Save(deliver.Attempt{Running: true}), w.attempts.Mark(deliver.Span{First: 50, Last: 50, Deaths: 1})); err != nil {
		t.Fatal(err)
	}
	w.attempts = deliver.NewFileAttempts(w.attempts.Path())
	w.log.append(events(101, 200)...)
	if _, err := w.live(t, life{wrap: func(_ *catalogtest.Crash, p deliver.ContractProcessor) deliver.ContractProcessor {
		if a, _, err := w.attempts.Load(); err != nil || len(a.Crashed) > 0 {
			t.Errorf("%+v, %v", a, err)
		}
		return p
	}}); err != nil {
		t.Fatal(err)
	}
	w.wantEverything(t)
}

func TestUnwritableAttemptsHoldUpNothing(t *testing.T) {
	w := newWorld(t)
	w.attempts = deliver.NewFileAttempts(filepath.Join(t.TempDir(), "no", "such", "folder"))
	w.log.append(events(1, 100)...)
	if _, err := w.live(t, life{}); err != nil {
		t.Fatal(err)
	}
	w.wantEverything(t)
}
