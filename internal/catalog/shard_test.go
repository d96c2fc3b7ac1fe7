package catalog_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/catalog/catalogtest"
	"github.com/penstock/penstock/internal/event"
)

func TestStateSurvivesReopening(t *testing.T) {
	st := newStore()
	if got, err := catalog.TotalsOf(t.Context(), st.journal); got != (catalog.Totals{}) || err != nil {
		t.Errorf("totals of an empty journal %+v, %v", got, err)
	}
	s := st.opened(t, 0)
	deliver(t, s, 30)
	pending := plan(31, 35, "orders")
	if err := s.Plan(t.Context(), pending); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), redrive("quarantined-1")); err != nil {
		t.Fatal(err)
	}
	again := st.open(t, 0)
	if again.Position() != 30 || again.LatestVersion() != "v1" || again.LastCommit() != s.LastCommit() {
		t.Errorf("position %d, contracts %q, commit %d", again.Position(), again.LatestVersion(), again.LastCommit())
	}
	if p, ok := again.Pending(); !ok || !cmp.Equal(p, pending) {
		t.Errorf("pending %v %+v, want %+v", ok, p, pending)
	}
	want := catalog.Totals{Commits: 4, Files: 7, Bytes: 3100, Rows: 27, Quarantined: 3, Redriven: 1, RedriveDropped: 1}
	if got := again.Totals(); got != want {
		t.Errorf("totals %+v, want %+v", got, want)
	}
	if got, err := catalog.TotalsOf(t.Context(), st.journal); got != want || err != nil {
		t.Errorf("totals of the journal %+v, %v; want %+v", got, err, want)
	}
	if diff := cmp.Diff(commitsAfter(t, s, 0), commitsAfter(t, again, 0)); diff != "" {
		t.Error(diff)
	}
	wantGapless(t, commitsAfter(t, again, 0), 30)
	if c, err := again.Commit(t.Context(), commit(pending)); err != nil || c.Version != "v1" || c.Format != "csv.gz" || c.Position != 35 {
		t.Errorf("finishing the pending plan: %+v, %v", c, err)
	}
}

func redrive(name string) catalog.Commit {
	return catalog.Commit{
		Kind: catalog.CommitRedrive, Version: "v1", Format: "csv.gz",
		Files:            []catalog.File{{Table: "orders", Name: name, Rows: 1, Bytes: 100, First: 7, Last: 7}},
		DroppedSequences: []string{"49590338271490256608559692538361571095921575989136588898"},
	}
}

func TestPlanRules(t *testing.T) {
	started := plan(11, 20, "orders", "users")
	cases := []struct {
		name string
		plan func(p *catalog.Plan)
		ok   bool
	}{
		{"the same again", func(*catalog.Plan) {}, true},
		{"a higher generation", func(p *catalog.Plan) { p.Generation = 2; p.Files = p.Files[:1] }, true},
		{"a lower generation", func(p *catalog.Plan) { p.Generation = 0 }, false},
		{"other files in the same generation", func(p *catalog.Plan) { p.Files = p.Files[:1] }, false},
		{"another end", func(p *catalog.Plan) { p.Last = 19; p.Generation = 2 }, false},
		{"another start", func(p *catalog.Plan) { p.First = 12; p.Generation = 2 }, false},
		{"an empty range", func(p *catalog.Plan) { p.Last = 10; p.Generation = 2 }, false},
		{"unknown contracts", func(p *catalog.Plan) { p.Version = "v9"; p.Generation = 2 }, false},
		{"two files of a table", func(p *catalog.Plan) { p.Generation = 2; p.Files[1].Table = "orders" }, true},
		{"a name twice", func(p *catalog.Plan) { p.Generation = 2; p.Files[1].Name = p.Files[0].Name }, false},
		{"a file without a name", func(p *catalog.Plan) { p.Generation = 2; p.Files[1].Name = "" }, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newStore().opened(t, 0)
			deliver(t, s, 10)
			if err := s.Plan(t.Context(), started); err != nil {
				t.Fatal(err)
			}
			p := started
			p.Files = slices.Clone(started.Files)
			c.plan(&p)
			err := s.Plan(t.Context(), p)
			if c.ok != (err == nil) || !c.ok && !errors.Is(err, catalog.ErrInvalid) {
				t.Errorf("error %v", err)
			}
			want := started
			if c.ok {
				want = p
			}
			if got, _ := s.Pending(); !cmp.Equal(got, want) {
				t.Errorf("pending is %+v, want %+v", got, want)
			}
		})
	}
}

func TestE2CommitRules(t *testing.T) {
	planned := plan(11, 20, "orders", "quarantine")
	cases := []struct {
		name   string
		commit func(c *catalog.Commit)
		want   string // part of the error; empty: accepted
	}{
		{"as planned", func(*catalog.Commit) {}, ""},
		{"dropped instead of rows", func(c *catalog.Commit) { c.Files[1].Rows -= 3; c.Dropped = map[string]int64{"orders": 3} }, ""},
		{"a row missing", func(c *catalog.Commit) { c.Files[1].Rows-- }, "records 11 to 20 are 10, but 9 rows + 0 dropped = 9"},
		{"a row too many", func(c *catalog.Commit) { c.Dropped = map[string]int64{"orders": 1} }, "10 rows + 1 dropped = 11"},
		{"less than nothing dropped", func(c *catalog.Commit) { c.Dropped = map[string]int64{"orders": -1} }, "cannot be"},
		{"a file missing", func(c *catalog.Commit) { c.Files = c.Files[1:] }, "1 files are committed, but 2 are planned"},
		{"a file not planned", func(c *catalog.Commit) { c.Files[0].Name = "other" }, "other of table quarantine is not planned"},
		{"a file for another table", func(c *catalog.Commit) { c.Files[0].Table = "users" }, "not planned"},
		{"an empty file", func(c *catalog.Commit) { c.Files[0].Rows = 0 }, "0 rows"},
		{"another range", func(c *catalog.Commit) { c.Last = 21 }, "records 11 to 21"},
		{"a file out of range", func(c *catalog.Commit) { c.Files[0].Last = 21 }, "records 11 to 21, outside of 11 to 20"},
		{"another contracts version", func(c *catalog.Commit) { c.Version = "v2" }, "v2"},
		{"an unknown kind", func(c *catalog.Commit) { c.Kind = "replay" }, "unknown"},
		{"a redrive with a range", func(c *catalog.Commit) { c.Kind = catalog.CommitRedrive }, "redrive"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			s := newStore().opened(t, 0)
			deliver(t, s, 10)
			if err := s.Plan(t.Context(), planned); err != nil {
				t.Fatal(err)
			}
			c := commit(planned)
			tc.commit(&c)
			_, err := s.Commit(t.Context(), c)
			if tc.want == "" {
				if err != nil || s.Position() != 20 {
					t.Errorf("position %d, %v", s.Position(), err)
				}
				return
			}
			if !errors.Is(err, catalog.ErrInvalid) || !strings.Contains(err.Error(), tc.want) || s.Position() != 10 {
				t.Errorf("position %d, error %v; want one with %q", s.Position(), err, tc.want)
			}
		})
	}
}

func TestCommitNeedsAPlan(t *testing.T) {
	s := newStore().opened(t, 0)
	if _, err := s.Commit(t.Context(), commit(plan(1, 5, "orders"))); !errors.Is(err, catalog.ErrInvalid) {
		t.Errorf("error %v", err)
	}
}

func TestRedriveRules(t *testing.T) {
	s := newStore().opened(t, 0)
	deliver(t, s, 10)
	for name, change := range map[string]func(c *catalog.Commit){
		"nothing":          func(c *catalog.Commit) { c.Files, c.DroppedSequences = nil, nil },
		"into quarantine":  func(c *catalog.Commit) { c.Files[0].Table = catalog.QuarantineTable },
		"from the future":  func(c *catalog.Commit) { c.Files[0].Last = 11 },
		"no version":       func(c *catalog.Commit) { c.Version = "" },
		"unknown version":  func(c *catalog.Commit) { c.Version = "v7" },
		"with plain drops": func(c *catalog.Commit) { c.Dropped = map[string]int64{"orders": 1} },
	} {
		c := redrive("r")
		change(&c)
		if _, err := s.Commit(t.Context(), c); !errors.Is(err, catalog.ErrInvalid) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestE5SecondShardFencesTheFirst(t *testing.T) {
	st := newStore()
	first := st.opened(t, 0)
	deliver(t, first, 20)
	p := plan(21, 30, "orders")
	if err := first.Plan(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	second := st.open(t, 0)
	if _, err := second.Commit(t.Context(), commit(p)); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := first.Commit(t.Context(), commit(p)); !errors.Is(err, event.ErrFenced) {
			t.Errorf("commit: %v", err)
		}
		if err := first.Plan(t.Context(), p); !errors.Is(err, event.ErrFenced) {
			t.Errorf("plan: %v", err)
		}
		if err := first.PutContracts(t.Context(), "v2", sources("v2")); !errors.Is(err, event.ErrFenced) {
			t.Errorf("contracts: %v", err)
		}
	}
	deliver(t, second, 50)
	wantGapless(t, commitsAfter(t, st.open(t, 0), 0), 50)
}

// lostAnswers is a journal whose appends take effect but answer with an error, every other time.
type lostAnswers struct {
	*catalogtest.Journal
	calls   int
	offline bool // Last fails too
}

var errLost = errors.New("connection lost")

func (j *lostAnswers) Append(ctx context.Context, expect uint64, entry []byte) (uint64, error) {
	j.calls++
	sequence, err := j.Journal.Append(ctx, expect, entry)
	if err == nil && j.calls%2 == 0 {
		return 0, errLost
	}
	return sequence, err
}

func (j *lostAnswers) Last(ctx context.Context) (uint64, []byte, error) {
	if j.offline {
		return 0, nil, errLost
	}
	return j.Journal.Last(ctx)
}

func TestUnknownOutcomeIsLookedUp(t *testing.T) {
	j := &lostAnswers{Journal: catalogtest.NewJournal()}
	s, err := catalog.Open(t.Context(), config(0), j, catalogtest.NewArchive())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutContracts(t.Context(), "v1", sources("v1")); err != nil {
		t.Fatal(err)
	}
	deliver(t, s, 100)
	wantGapless(t, commitsAfter(t, s, 0), 100)
}

func TestUnknownOutcomeThatCannotBeLookedUpMayBeRepeated(t *testing.T) {
	j := &lostAnswers{Journal: catalogtest.NewJournal()}
	s, err := catalog.Open(t.Context(), config(0), j, catalogtest.NewArchive())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.PutContracts(t.Context(), "v1", sources("v1")); err != nil {
		t.Fatal(err)
	}
	p := plan(1, 10, "orders")
	j.offline, j.calls = true, 1
	if err := s.Plan(t.Context(), p); !errors.Is(err, errLost) {
		t.Fatalf("plan: %v", err)
	}
	j.offline, j.calls = false, 0
	if err := s.Plan(t.Context(), p); err != nil {
		t.Fatalf("plan again: %v", err)
	}
	j.offline, j.calls = true, 1
	if _, err := s.Commit(t.Context(), commit(p)); !errors.Is(err, errLost) {
		t.Fatalf("commit: %v", err)
	}
	j.offline, j.calls = false, 0
	var c catalog.Commit
	for range 2 { // the first may only find out that the earlier attempt was stored
		if c, err = s.Commit(t.Context(), commit(p)); err == nil {
			break
		}
	}
	if err != nil || c.Position != 10 || s.Position() != 10 {
		t.Fatalf("commit again: %+v, %v", c, err)
	}
	if n := len(commitsAfter(t, s, 0)); n != 1 {
		t.Errorf("%d commits, want 1", n)
	}
}

func TestRangesAndRedrivesFromManyGoroutines(t *testing.T) {
	s := newStore().opened(t, 20)
	deliver(t, s, 10)
	var group sync.WaitGroup
	const redrives = 50
	group.Go(func() { deliver(t, s, 500) })
	group.Go(func() {
		for range redrives {
			if _, err := s.Commit(t.Context(), redrive("r")); err != nil {
				t.Error(err)
			}
		}
	})
	seen := make(chan int)
	go func() {
		var number uint64
		count := 0
		for count < 50+redrives {
			changed := s.Changed()
			commits := commitsAfter(t, s, number)
			for _, c := range commits {
				number = c.Number
			}
			if count += len(commits); len(commits) == 0 {
				<-changed
			}
		}
		seen <- count
	}()
	group.Wait()
	if got := <-seen; got != 50+redrives {
		t.Errorf("a follower saw %d commits, want %d", got, 50+redrives)
	}
	wantGapless(t, commitsAfter(t, s, 0), 500)
}

func TestContractsByVersion(t *testing.T) {
	st := newStore()
	s := st.opened(t, 5)
	deliver(t, s, 30)
	for _, version := range []string{"v2", "v3", "v2", "v1"} {
		if err := s.PutContracts(t.Context(), version, sources(version)); err != nil {
			t.Fatal(err)
		}
	}
	check := func(s *catalog.Shard) {
		t.Helper()
		if got := s.LatestVersion(); got != "v1" {
			t.Errorf("latest is %q", got)
		}
		for _, version := range []string{"v1", "v2", "v3"} {
			if got, err := s.Contracts(t.Context(), version); err != nil || !cmp.Equal(got, sources(version)) {
				t.Errorf("%s: %v, %v", version, got, err)
			}
		}
		if _, err := s.Contracts(t.Context(), "v4"); !errors.Is(err, event.ErrNotFound) {
			t.Errorf("unknown version: %v", err)
		}
	}
	check(s)
	check(st.open(t, 5))
	deliver(t, s, 300)
	check(s)
	check(st.open(t, 5))
}

func TestOpenRefuses(t *testing.T) {
	st := newStore()
	deliver(t, st.opened(t, 0), 20)
	last, body, err := st.journal.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	open := func(cfg catalog.Config) error {
		_, err := catalog.Open(t.Context(), cfg, st.journal, st.archive)
		return err
	}
	for name, tc := range map[string]struct {
		cfg   catalog.Config
		entry string // appended first
		want  string
	}{
		"another shard":   {cfg: catalog.Config{Stream: "orders", Shard: 1}, want: "belongs to orders shardId-000000000000"},
		"another stream":  {cfg: catalog.Config{Stream: "clicks"}, want: "belongs to orders"},
		"no stream":       {cfg: catalog.Config{Shard: -1}, want: "Stream is empty\ncatalog: Shard is -1"},
		"a newer layout":  {cfg: config(0), entry: strings.Replace(string(body), `"v":1`, `"v":2`, 1), want: "layout version 2"},
		"a damaged entry": {cfg: config(0), entry: string(body[:40]), want: "cannot be read"},
		"lost records":    {cfg: config(0), entry: strings.Replace(string(body), `"rows":18`, `"rows":17`, 1), want: "17 rows + 2 quarantined + 0 dropped = 19, but the position is 20"},
	} {
		if tc.entry != "" {
			if last, err = st.journal.Append(t.Context(), last, []byte(tc.entry)); err != nil {
				t.Fatal(err)
			}
		}
		if err := open(tc.cfg); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want %q", name, err, tc.want)
		}
	}
}

// FuzzOpen: whatever is in the journal, opening says so and does not panic.
func FuzzOpen(f *testing.F) {
	st := newStore()
	s := st.opened(f, 0)
	deliver(f, s, 20)
	if err := s.Plan(f.Context(), plan(21, 25, "orders")); err != nil {
		f.Fatal(err)
	}
	if err := st.journal.Read(f.Context(), 1, func(_ uint64, body []byte) error {
		f.Add(body)
		return nil
	}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		j := catalogtest.NewJournal()
		for n := range uint64(3) {
			if _, err := j.Append(t.Context(), n, body); err != nil {
				t.Fatal(err)
			}
		}
		s, err := catalog.Open(t.Context(), config(0), j, catalogtest.NewArchive())
		if err != nil {
			return
		}
		_ = s.CommitsAfter(t.Context(), 0, func(catalog.Commit) error { return nil })
		_, _ = s.Contracts(t.Context(), s.LatestVersion())
		_, _ = s.Pending()
	})
}
