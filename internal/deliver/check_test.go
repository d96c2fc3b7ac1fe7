package deliver_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/catalog/catalogtest"
	"github.com/penstock/penstock/internal/event"
)

// row is a row of a committed file.
type row struct {
	table string
	event.ParsedSequenceNumber
	fields map[string]string
}

// rows reads all files of the commits, checks them against what the commits say, and returns every
// row by the index of its record.
func (w *world) rows(t testing.TB, commits []catalog.Commit) map[uint64][]row {
	t.Helper()
	return rowsOf(t, commits, w.lake.get)
}

func rowsOf(t testing.TB, commits []catalog.Commit, file func(name string) []byte) map[uint64][]row {
	t.Helper()
	all := map[uint64][]row{}
	for _, c := range commits {
		for _, f := range c.Files {
			rows := readFile(t, f, file(f.Name))
			for _, r := range rows {
				all[r.Sequence] = append(all[r.Sequence], r)
			}
		}
	}
	return all
}

func readFile(t testing.TB, f catalog.File, body []byte) []row {
	t.Helper()
	if int64(len(body)) != f.Bytes {
		t.Fatalf("%s has %d bytes, committed as %d", f.Name, len(body), f.Bytes)
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(lines)-1) != f.Rows {
		t.Fatalf("%s has %d rows, committed as %d", f.Name, len(lines)-1, f.Rows)
	}
	var rows []row
	var before uint64
	for _, line := range lines[1:] {
		r := row{table: f.Table, fields: map[string]string{}}
		for i, name := range lines[0] {
			r.fields[name] = line[i]
		}
		if r.ParsedSequenceNumber, err = event.ParseSequenceNumber(r.fields["_sequence"]); err != nil {
			t.Fatal(err)
		}
		if r.Sequence <= before || r.Sequence < f.First || r.Sequence > f.Last {
			t.Fatalf("%s (records %d to %d): record %d after %d", f.Name, f.First, f.Last, r.Sequence, before)
		}
		before = r.Sequence
		rows = append(rows, r)
	}
	if rows[0].Sequence != f.First || before != f.Last {
		t.Fatalf("%s holds records %d to %d, committed as %d to %d", f.Name, rows[0].Sequence, before, f.First, f.Last)
	}
	if got, want := arrival(t, rows[0]), f.FirstArrived; got != want {
		t.Fatalf("the first record of %s arrived at %d, committed as %d", f.Name, got, want)
	}
	if got, want := arrival(t, rows[len(rows)-1]), f.LastArrived; got != want {
		t.Fatalf("the last record of %s arrived at %d, committed as %d", f.Name, got, want)
	}
	return rows
}

func arrival(t testing.TB, r row) int64 {
	t.Helper()
	arrived, err := time.Parse("2006-01-02T15:04:05.999999999Z07:00", r.fields["_arrived_at"])
	if err != nil {
		t.Fatal(err)
	}
	return arrived.UnixMilli()
}

func (w *world) commits(t testing.TB) []catalog.Commit {
	t.Helper()
	s, err := w.catalog(t, catalogtest.NewCrash(0, false, nil))
	if err != nil {
		t.Fatal(err)
	}
	return commitsOf(t, s)
}

func commitsOf(t testing.TB, s *catalog.Shard) []catalog.Commit {
	t.Helper()
	var all []catalog.Commit
	if err := s.CommitsAfter(t.Context(), 0, func(c catalog.Commit) error {
		all = append(all, c)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// wantEverything is checkEverything for this world.
func (w *world) wantEverything(t testing.TB, crashed ...uint64) {
	t.Helper()
	checkEverything(t, w.commits(t), w.lake.get, w.log.last(), crashed...)
}

// checkEverything checks promises E2 to E4: every event up to last is in exactly one committed file,
// the right one, or is counted as dropped or lost; ranges follow each other. crashed are events that must be
// in the quarantine although nothing is wrong with their text.
func checkEverything(t testing.TB, commits []catalog.Commit, file func(string) []byte, last uint64, crashed ...uint64) {
	t.Helper()
	var position uint64
	lost := map[uint64]bool{}
	for _, c := range commits {
		if c.First != position+1 {
			t.Fatalf("after record %d comes a commit of %d to %d", position, c.First, c.Last)
		}
		position = c.Last
		want := map[string]int64{}
		for n := c.First; n <= c.Last; n++ {
			switch {
			case isLost(c, n):
				want[catalog.NoContract]++
				lost[n] = true
			case place(n) == "dropped":
				want["numbers"]++
			}
		}
		if !maps.Equal(c.Dropped, want) {
			t.Fatalf("of %d to %d, %v are dropped, want %v", c.First, c.Last, c.Dropped, want)
		}
	}
	if position != last {
		t.Fatalf("committed up to %d of %d", position, last)
	}
	rows := rowsOf(t, commits, file)
	for n := uint64(1); n <= position; n++ {
		if lost[n] {
			if len(rows[n]) > 0 {
				t.Fatalf("record %d is lost and has rows %v", n, rows[n])
			}
			continue
		}
		checkPlace(t, n, rows[n], slices.Contains(crashed, n))
	}
}

// isLost says whether a commit counts a record as lost.
func isLost(c catalog.Commit, n uint64) bool {
	return slices.ContainsFunc(c.Lost, func(r catalog.Range) bool { return r.First <= n && n <= r.Last })
}

func checkPlace(t testing.TB, n uint64, got []row, crashed bool) {
	t.Helper()
	want := place(n)
	if crashed {
		want = "quarantine"
	}
	if want == "dropped" {
		if len(got) != 0 {
			t.Fatalf("record %d is dropped and has rows %v", n, got)
		}
		return
	}
	if len(got) != 1 || got[0].table != want {
		t.Fatalf("record %d: %v; want one row of %s", n, got, want)
	}
	r := got[0]
	if r.fields["_shard"] != shard.ID() || r.Shard.Created != shard.Created || r.Seconds != arrival(t, r)/1000 {
		t.Fatalf("record %d has metadata %v", n, r.fields)
	}
	if r.table != "quarantine" {
		if r.fields["n"] != strconv.FormatUint(n, 10) {
			t.Fatalf("record %d has row %v", n, r.fields)
		}
		return
	}
	if r.fields["raw"] != string(eventNumber(n)) || r.fields["partition_key"] != fmt.Sprintf("key-%d", n) ||
		!strings.HasPrefix(r.fields["contract_version"], "c1-") || crashed != (r.fields["reason"] == string(event.ReasonCrash)) {
		t.Fatalf("record %d is in the quarantine as %v", n, r.fields)
	}
}
