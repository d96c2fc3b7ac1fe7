package recovery_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/snowflake"
	"github.com/penstock/penstock/internal/snowflake/recovery"
	"github.com/penstock/penstock/test/snowflake/double"
)

var update = flag.Bool("update", false, "write golden files")

const orders = "data/orders/dt=2026-11-22/hour=05/a.csv.gz"

// history is what Snowflake says of the files of a table, and which of a file's rows it has.
type history struct {
	files map[string][]snowflake.RefusedFile
	more  bool
	has   map[int64]string // row: its sequence number
	asked int
}

func (h *history) Refused(_ context.Context, t *contract.Table, _ time.Duration) ([]snowflake.RefusedFile, bool, error) {
	return h.files[t.Name], h.more && t.Name == "orders", nil
}

func (h *history) Loaded(_ context.Context, _ *contract.Table, _ string, after int64) (ranges []snowflake.LoadedRange, _ error) {
	h.asked++
	for n := after + 1; n <= 20_000 && len(ranges) < snowflake.LoadedPage; n++ {
		sequence, ok := h.has[n]
		switch last := len(ranges) - 1; {
		case !ok:
		case last >= 0 && ranges[last].Last == n-1:
			ranges[last].Last, ranges[last].LastSequence = n, sequence
		default:
			ranges = append(ranges, snowflake.LoadedRange{First: n, Last: n, FirstSequence: sequence, LastSequence: sequence})
		}
	}
	return ranges, nil
}

func packed(text string) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return out.Bytes()
}

func plain(t *testing.T, object []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(object))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func row(n int, rest string) string {
	return fmt.Sprintf("shardId-000000000003,%d,2026-11-22T05:06:07.%03d000Z,%s\n", 49600+n, n%1000, rest)
}

// world is a lake with one refused file.
type world struct {
	history *history
	lake    *double.Objects
	cfg     recovery.Config
}

func newWorld(object []byte, loaded int64, has ...int64) *world {
	w := &world{lake: double.NewObjects(), history: &history{has: map[int64]string{}, files: map[string][]snowflake.RefusedFile{
		"orders": {{Key: orders, Name: "s3://lake/" + orders, Status: "Partially loaded", Error: "Numeric value 'x' is not recognized", Line: "9", Loaded: loaded}}}}}
	w.lake.Put(orders, object)
	for _, n := range has {
		w.history.has[n] = fmt.Sprint(49600 + n)
	}
	w.cfg = recovery.Config{Tables: []*contract.Table{{Name: "orders"}, contract.QuarantineTable()}, Lake: snowflake.Lake{Bucket: "lake", Prefix: "data/"}}
	return w
}

func (w *world) run(t *testing.T) recovery.Report {
	t.Helper()
	report, err := recovery.Run(t.Context(), w.cfg, w.history, w.lake)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// TestGoldenQuarantine has a text with a line break, one that is no UTF-8, and one that is plain.
func TestGoldenQuarantine(t *testing.T) {
	w := newWorld(packed(row(1, "fine")+row(2, "\"two\nlines, \"\"quoted\"\"\"")+row(3, "fine")+row(4, "\xff")+row(5, "plain")), 2, 1, 3)
	report := w.run(t)
	if len(report.Files) != 1 || report.Rows != 3 || report.Files[0].Missing != 3 || report.Files[0].Rows != 5 || report.Files[0].Outcome != recovery.Recovered {
		t.Fatalf("%+v", report)
	}
	const folder = "data/quarantine/dt=2026-11-22/hour=05/refused-orders-"
	if !strings.HasPrefix(report.Files[0].Object, folder) {
		t.Errorf("it was written to %s", report.Files[0].Object)
	}
	got := plain(t, w.lake.Get(report.Files[0].Object))
	path := filepath.Join("testdata", "quarantine.csv")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || got != string(want) {
		t.Errorf("%v\n%s", err, got)
	}

	// Again there is nothing to do, and the file is not read again.
	calls := len(w.lake.Calls())
	if again := w.run(t); again.Rows != 0 || again.Files[0].Outcome != recovery.Before || len(w.lake.Calls()) != calls {
		t.Errorf("the second time: %+v %v", again, w.lake.Calls())
	}
}

func TestWhatBecomesOfAFile(t *testing.T) {
	two := row(1, "a") + row(2, "b")
	for name, c := range map[string]struct {
		world   *world
		outcome string
		says    string
		rows    int64
	}{
		"all of it was refused":     {newWorld(packed(two), 0), recovery.Recovered, "", 2},
		"a dry run":                 {func() *world { w := newWorld(packed(two), 0); w.cfg.DryRun = true; return w }(), recovery.WouldRecover, "", 2},
		"another load brought all":  {newWorld(packed(two), 1, 1, 2), recovery.Complete, "", 0},
		"it is not packed":          {newWorld([]byte(two), 1, 1), recovery.Recovered, "", 1},
		"rows were deleted since":   {newWorld(packed(two), 2, 1), recovery.Fault, "rows were deleted", 0},
		"the gzip ends early":       {newWorld(packed(strings.Repeat(two, 9))[:40], 0), recovery.Fault, "unexpected EOF", 0},
		"the gzip is no gzip":       {newWorld([]byte("\x1f\x8bno"), 0), recovery.Fault, "cannot be unpacked", 0},
		"it is no CSV":              {newWorld(packed(two+"\"a\"b\n"), 2, 1, 2), recovery.Fault, "row 3: it is not CSV", 0},
		"the refused row is no row": {newWorld(packed(two+"one cell\n"), 2, 1, 2), recovery.Fault, "has 1 columns", 0},
		"its time is none":          {newWorld(packed("s,1,yesterday\n"), 0), recovery.Fault, "_arrived_at is no time", 0},
		"the table has other rows":  {newWorld(packed(row(5, "a")+row(6, "b")), 1, 1), recovery.Fault, "another in the table", 0},
		"the table has more rows":   {newWorld(packed(two), 1, 2, 3), recovery.Fault, "has row 3 of it, and it has 2 rows", 0},
		"it is gone":                {func() *world { w := newWorld(nil, 0); w.lake = double.NewObjects(); return w }(), recovery.Fault, "does not have it any more", 0},
		"it unpacks to too much":    {func() *world { w := newWorld(packed(two), 0); w.cfg.MaxObject = int64(len(two)) - 1; return w }(), recovery.Fault, "unpacks to more", 0},
		"a row is too long":         {func() *world { w := newWorld(packed(two), 0); w.cfg.MaxRow = len(row(1, "a")) - 2; return w }(), recovery.Fault, "more than", 0},
		"all is as long as allowed": {func() *world {
			w := newWorld(packed(two), 0)
			w.cfg.MaxRow, w.cfg.MaxObject = len(row(1, "a"))-1, int64(len(two))
			return w
		}(), recovery.Recovered, "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			// Another file behind it is done whatever is wrong with this one.
			next := snowflake.RefusedFile{Key: orders + ".next"}
			c.world.lake.Put(next.Key, packed(""))
			c.world.history.files["orders"] = append(c.world.history.files["orders"], next)
			report := c.world.run(t)
			f := report.Files[0]
			if f.Outcome != c.outcome || !strings.Contains(f.Fault, c.says) || report.Rows != c.rows || len(report.Files) != 2 {
				t.Errorf("%+v", report)
			}
			if (f.Outcome == recovery.Fault) != (report.Faults > 0) && c.outcome == recovery.Fault {
				t.Errorf("%d faults", report.Faults)
			}
			writes := strings.Count(strings.Join(c.world.lake.Calls(), "\n"), "PutObject")
			if (writes == 1) != (c.outcome == recovery.Recovered) {
				t.Errorf("%v", c.world.lake.Calls())
			}
		})
	}
}

func TestFilesThatAreNotRecovered(t *testing.T) {
	w := newWorld(packed(row(1, "a")), 0)
	w.history.more = true
	w.history.files = map[string][]snowflake.RefusedFile{
		"orders":     {{Name: "s3://other/orders/x.csv"}},
		"quarantine": {{Key: "data/quarantine/dt=2026-11-22/hour=05/q.csv.gz", Status: "Load failed"}},
	}
	report := w.run(t)
	if len(report.Files) != 2 || report.Files[0].Outcome != recovery.Fault || !strings.Contains(report.Files[0].Fault, "none of the pipeline's") ||
		report.Files[1].Outcome != recovery.Quarantine || report.Faults != 2 || len(report.More) != 1 || len(w.lake.Calls()) != 0 {
		t.Errorf("%+v %v", report, w.lake.Calls())
	}
}

// TestManyGapsAreAskedForPageByPage: every second row of a page and one more are missing.
func TestManyGapsAreAskedForPageByPage(t *testing.T) {
	for _, gaps := range []int{snowflake.LoadedPage - 1, snowflake.LoadedPage, snowflake.LoadedPage + 1} {
		var file strings.Builder
		var has []int64
		for n := 1; n <= 2*gaps; n++ {
			file.WriteString(row(n, "x"))
			if n%2 == 1 {
				has = append(has, int64(n))
			}
		}
		w := newWorld(packed(file.String()), int64(len(has)), has...)
		report := w.run(t)
		if report.Rows != int64(gaps) || report.Files[0].Rows != int64(2*gaps) {
			t.Errorf("%d gaps: %+v", gaps, report)
		}
		if want := 1 + gaps/snowflake.LoadedPage; w.history.asked != want {
			t.Errorf("%d gaps: asked %d times, not %d", gaps, w.history.asked, want)
		}
		text := plain(t, w.lake.Get(report.Files[0].Object))
		if n := strings.Count(text, "\n"); n != gaps || !strings.Contains(text, fmt.Sprintf("row %d of ", 2*gaps)) || strings.Contains(text, "row 1 of ") {
			t.Errorf("%d gaps: %d rows", gaps, n)
		}
	}
}
