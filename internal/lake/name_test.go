package lake_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/lake"
)

func TestDataNames(t *testing.T) {
	at := time.Date(2026, 11, 22, 5, 59, 59, 0, time.UTC)
	for _, c := range []struct{ table, stream, want string }{
		{"orders", "orders", "data/orders/dt=2026-11-22/hour=05/orders-0003-000000000001-000000001800-0.csv.gz"},
		{"quarantine", "orders", "quarantine/dt=2026-11-22/hour=05/orders-0003-000000000001-000000001800-0.csv.gz"},
		{"order lines", "a-b_c.D", "data/order%20lines/dt=2026-11-22/hour=05/a-b_c.D-0003-000000000001-000000001800-0.csv.gz"},
		{"..", ".hidden", "data/%2E./dt=2026-11-22/hour=05/%2Ehidden-0003-000000000001-000000001800-0.csv.gz"},
		{"a/../b", "x\x00\n", "data/a%2F..%2Fb/dt=2026-11-22/hour=05/x%00%0A-0003-000000000001-000000001800-0.csv.gz"},
		{"dt=1", "ü%", "data/dt%3D1/dt=2026-11-22/hour=05/%C3%BC%25-0003-000000000001-000000001800-0.csv.gz"},
	} {
		got := lake.DataName(c.table, c.stream, 3, at, 1, 1800, 0, "csv.gz")
		if got != c.want {
			t.Errorf("%q of %q is called %s, want %s", c.table, c.stream, got, c.want)
		}
		if err := lake.CheckName(got); err != nil {
			t.Error(err)
		}
	}
	// The hour is UTC's, whatever the time's own zone.
	zone := time.FixedZone("", -7*3600)
	if got := lake.DataName("t", "s", 0, at.In(zone), 1, 1, 0, "csv"); !strings.Contains(got, "dt=2026-11-22/hour=05") {
		t.Error(got)
	}
}

func TestDataNamesNeverRepeatAndSortAsRecords(t *testing.T) {
	at := time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)
	var names []string
	for _, shard := range []int{0, 9, 10, 9999} {
		for _, first := range []uint64{1, 9, 10, 999_999_999_999} {
			for generation := range uint32(3) {
				names = append(names, lake.DataName("t", "s", shard, at, first, first+7, generation, "csv"))
			}
		}
	}
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Error(strings.Join(names, "\n"))
	}
	if got := lake.DataName("t", "s", 123456, at, 1_000_000_000_000, 1<<64-1, 1<<32-1, "csv"); !strings.HasSuffix(got, "s-123456-1000000000000-18446744073709551615-4294967295.csv") {
		t.Error(got)
	}
}

func TestLongNamesStayApart(t *testing.T) {
	seen := map[string]bool{}
	for _, word := range []string{strings.Repeat("x", 200) + "1", strings.Repeat("x", 200) + "2", strings.Repeat("ü", 300), strings.Repeat("ü", 301)} {
		got := lake.DataName(word, word, 0, time.Unix(0, 0), 1<<63, 1<<63, 1<<31, "plain.parquet")
		if err := lake.CheckName(got); err != nil || seen[got] {
			t.Errorf("%s: %v", got, err)
		}
		seen[got] = true
	}
}

func FuzzDataNameIsAName(f *testing.F) {
	f.Add("orders", "orders")
	f.Add("../..", "\x00/")
	f.Fuzz(func(t *testing.T, table, stream string) {
		got := lake.DataName(table, stream, 0, time.Unix(0, 0), 1, 2, 0, "csv")
		if table == "" {
			t.Skip() // contracts have names
		}
		if err := lake.CheckName(got); err != nil {
			t.Error(err)
		}
		if strings.Count(got, "/") > 4 {
			t.Errorf("%q and %q made more folders: %s", table, stream, got)
		}
	})
}
