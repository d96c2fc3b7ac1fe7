package deliver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/klauspost/compress/gzip"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/catalog/catalogtest"
	"github.com/penstock/penstock/internal/deliver"
	"github.com/penstock/penstock/internal/event"
)

// moody is a Processor that never answers the same twice. It puts records where place says; quarantined
// ones to an object beside, too.
type moody struct{ calls int }

func (m *moody) Process(_ context.Context, records []event.Record) ([]deliver.Processed, error) {
	m.calls++
	processed := make([]deliver.Processed, len(records))
	for i, r := range records {
		line := fmt.Appendf(nil, "%s,%d\n", place(r.Sequence), r.Sequence)
		mood := fmt.Appendf(nil, "mood %d\n", m.calls)
		switch where := place(r.Sequence); where {
		case "dropped":
		case "quarantine":
			processed[i].Outputs = []deliver.Output{
				{Object: "errors", Plain: true, Line: append(line, mood...)},
				{Object: where, Table: where, Line: append(line, mood...), Reason: event.ReasonTransformer},
			}
		default:
			half := fmt.Sprint(where, r.Sequence%2) // a table in two objects
			processed[i].Outputs = []deliver.Output{{Object: half, Table: where, Line: append(line, mood...)}}
		}
	}
	return processed, nil
}

func (m *moody) Name(object string, f deliver.NewFile, seed string) string {
	return object + "/" + strings.ReplaceAll(seed, " ", "-")
}

func (m *moody) Sealed() {}

// TestE5DeathAtEveryStepOfAProcessor: whatever a process dies at, each record is committed once, and the
// lake holds nothing but what is committed and what lies beside it.
func TestE5DeathAtEveryStepOfAProcessor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		run := func(deaths []int, after bool) *world {
			w := newWorld(t)
			w.log.append(events(1, 120)...)
			l := life{processor: &moody{}, results: deliver.NewFileResults(filepath.Join(t.TempDir(), "kept")), after: after}
			for _, l.dieAt = range deaths {
				if _, err := w.live(t, l); err != nil && !errors.Is(err, catalogtest.ErrDied) {
					t.Fatalf("deaths %v (after: %v): %v", deaths, after, err)
				}
			}
			return w
		}
		probe := newWorld(t)
		probe.log.append(events(1, 120)...)
		steps, err := probe.live(t, life{processor: &moody{}, results: deliver.NewFileResults(filepath.Join(t.TempDir(), "kept"))})
		if all := strings.Join(steps, " "); err != nil || !strings.Contains(all, "results save journal append lake put") || !strings.Contains(all, "journal append results remove") {
			t.Fatalf("steps are %v, %v", steps, err)
		}
		for at := 1; at <= len(steps); at++ {
			for _, after := range []bool{false, true} {
				wantRelayed(t, run([]int{at, 1 + at%7, 0}, after))
			}
		}
	})
}

// wantRelayed checks that each record is in its place once, in committed files and in the lake.
func wantRelayed(t *testing.T, w *world) {
	t.Helper()
	committed := map[string]string{} // name -> table
	var dropped int64
	for _, c := range w.commits(t) {
		for _, f := range c.Files {
			committed[f.Name] = f.Table
		}
		dropped += c.Dropped[catalog.NoContract]
	}
	found := map[string]int{}
	for name, body := range w.lake.files {
		table, ok := committed[name]
		if ok {
			z, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		} else if !strings.HasPrefix(name, "errors/") {
			t.Fatalf("%s is in no commit", name)
		}
		for line := range strings.Lines(string(body)) {
			if !strings.HasPrefix(line, "mood") {
				found[table+" "+strings.TrimSpace(line)]++
			}
		}
	}
	want := map[string]int{}
	for n := uint64(1); n <= 120; n++ {
		switch where := place(n); where {
		case "dropped":
			dropped--
		case "quarantine":
			want[fmt.Sprintf(" quarantine,%d", n)] = 1 // the error output
			fallthrough
		default:
			want[fmt.Sprintf("%s %s,%d", where, where, n)] = 1
		}
	}
	if fmt.Sprint(found) != fmt.Sprint(want) || dropped != 0 {
		t.Fatalf("the lake holds\n%v, want\n%v; %d dropped too many", found, want, dropped)
	}
}

// TestResultsThatAreGoneAreMadeAgain: without what was kept, a planned range is processed again and
// committed under other names.
func TestResultsThatAreGoneAreMadeAgain(t *testing.T) {
	for name, spoil := range map[string]func(path string, text []byte) error{
		"removed": func(path string, _ []byte) error { return os.Remove(path) },
		"cut":     func(path string, text []byte) error { return os.WriteFile(path, text[:len(text)-1], 0o600) },
		"changed": func(path string, text []byte) error {
			text[len(text)-1] ^= 1
			return os.WriteFile(path, text, 0o600)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			var w *world
			var l life
			for dieAt := 1; ; dieAt++ { // the first death that leaves a plan
				w = newWorld(t)
				w.log.append(events(1, 40)...)
				path := filepath.Join(t.TempDir(), "kept")
				l = life{processor: &moody{}, results: deliver.NewFileResults(path), dieAt: dieAt}
				if _, err := w.live(t, l); err != nil && !errors.Is(err, catalogtest.ErrDied) || dieAt > 30 {
					t.Fatalf("death %d: %v", dieAt, err)
				}
				shards, err := w.catalog(t, catalogtest.NewCrash(0, false, nil))
				if err != nil {
					t.Fatal(err)
				}
				text, err := os.ReadFile(path)
				if _, pending := shards.Pending(); err != nil || !pending {
					continue
				}
				if err := spoil(path, text); err != nil {
					t.Fatal(err)
				}
				break
			}
			l.dieAt = 0
			if _, err := w.live(t, l); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, c := range w.commits(t) {
				for _, f := range c.Files {
					if c.First == 1 && !strings.HasSuffix(f.Name, "-2") {
						t.Errorf("%s: %s is of the first generation", name, f.Name)
					}
				}
			}
		})
	}
}
