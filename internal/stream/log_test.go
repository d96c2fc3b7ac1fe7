package stream

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/event"
)

func TestAppendAndReadBack(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 2)
	if a := appendRange(t, l, "orders", 0, 0, 10); a.First != 1 {
		t.Fatalf("first sequence %d", a.First)
	}
	if a := appendRange(t, l, "orders", 0, 10, 25); a.First != 11 {
		t.Fatalf("first sequence %d", a.First)
	}
	checkRecords(t, readAll(t, l, "orders", 0, 1), 1, 25)
	checkRecords(t, readAll(t, l, "orders", 0, 7), 7, 19)
	if first, last, err := l.Bounds("orders", 1); first != 1 || last != 0 || err != nil {
		t.Fatalf("bounds of an empty shard: %d, %d, %v", first, last, err)
	}
	for _, c := range []struct {
		from       uint64
		max, bytes int
		want       int
	}{{1, 100, 1 << 20, 25}, {12, 5, 1 << 20, 5}, {8, 100, 1, 1}, {26, 10, 10, 0}, {24, 100, 1 << 20, 2}} {
		records, err := l.Fetch(t.Context(), "orders", 0, c.from, c.max, c.bytes)
		if err != nil {
			t.Fatal(err)
		}
		checkRecords(t, records, c.from, c.want)
	}
}

func TestUnknownStreamsAndShards(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	for _, c := range []struct {
		stream string
		shard  int
	}{{"nothing", 0}, {"orders", 1}, {"orders", -1}} {
		if _, err := l.Append(t.Context(), c.stream, c.shard, putRange(0, 1)); !errors.Is(err, event.ErrNotFound) {
			t.Errorf("append to %s/%d: %v", c.stream, c.shard, err)
		}
		if _, err := l.Tail(t.Context(), c.stream, c.shard, 1); !errors.Is(err, event.ErrNotFound) {
			t.Errorf("tail of %s/%d: %v", c.stream, c.shard, err)
		}
	}
	if err := l.DeleteStream(t.Context(), "nothing"); !errors.Is(err, event.ErrNotFound) {
		t.Error(err)
	}
}

func TestStreamsSurviveReopening(t *testing.T) {
	cfg := testConfig(t)
	l := open(t, cfg)
	create(t, l, "b.with.dots", 2)
	create(t, l, "a", 1)
	create(t, l, "gone", 1)
	if err := l.CreateStream(t.Context(), Info{Name: "a", Shards: 1}); !errors.Is(err, event.ErrExists) {
		t.Fatal(err)
	}
	err := l.UpdateStream(t.Context(), "a", func(i *Info) error {
		i.Tags = map[string]string{"team": "x"}
		i.Retention = time.Hour
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	appendRange(t, l, "gone", 0, 0, 3)
	if err := l.DeleteStream(t.Context(), "gone"); err != nil {
		t.Fatal(err)
	}
	create(t, l, "gone", 1)
	want := l.Streams()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, cfg)
	got := l.Streams()
	if !slices.EqualFunc(got, want, func(a, b Info) bool {
		return a.Name == b.Name && a.Created == b.Created && a.Shards == b.Shards && a.Retention == b.Retention && maps.Equal(a.Tags, b.Tags)
	}) {
		t.Fatalf("after reopening %+v, before %+v", got, want)
	}
	if got[0].Name != "a" || got[1].Name != "b.with.dots" || got[0].Retention != time.Hour {
		t.Fatalf("%+v", got)
	}
	if first, last, err := l.Bounds("gone", 0); first != 1 || last != 0 || err != nil {
		t.Fatalf("a stream made anew has bounds %d, %d, %v", first, last, err)
	}
}

func TestReopenContinues(t *testing.T) {
	cfg := testConfig(t)
	l := open(t, cfg)
	create(t, l, "orders", 1)
	appendRange(t, l, "orders", 0, 0, 100)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, cfg)
	if a := appendRange(t, l, "orders", 0, 100, 150); a.First != 101 {
		t.Fatalf("first sequence after reopening %d", a.First)
	}
	checkRecords(t, readAll(t, l, "orders", 0, 1), 1, 150)
	if gaps := l.Gaps(); len(gaps) != 0 {
		t.Fatalf("gaps %v", gaps)
	}
}

func TestClosedLogRefuses(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), "orders", 0, putRange(0, 1)); !errors.Is(err, errClosed) {
		t.Fatal(err)
	}
}

func TestArrivalNeverDecreases(t *testing.T) {
	cfg := testConfig(t)
	clock := newClock(1_800_000_000_000)
	cfg.Clock = clock.now
	l := open(t, cfg)
	create(t, l, "orders", 1)
	first := appendRange(t, l, "orders", 0, 0, 1)
	clock.millis.Add(-time.Hour.Milliseconds())
	second := appendRange(t, l, "orders", 0, 1, 2)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	clock.millis.Add(-time.Hour.Milliseconds())
	l = open(t, cfg)
	third := appendRange(t, l, "orders", 0, 2, 3)
	if first.Arrived != 1_800_000_000_000 || second.Arrived < first.Arrived || third.Arrived < second.Arrived {
		t.Fatalf("arrivals %d, %d, %d", first.Arrived, second.Arrived, third.Arrived)
	}
	for _, r := range readAll(t, l, "orders", 0, 1) {
		if r.Arrived != first.Arrived {
			t.Fatalf("record %d arrived %d", r.Sequence, r.Arrived)
		}
	}
}

func TestSeekTime(t *testing.T) {
	cfg := testConfig(t)
	clock := newClock(1_000_000)
	cfg.Clock = clock.now
	l := open(t, cfg)
	create(t, l, "orders", 1)
	for i := range 50 { // chunk i holds sequences 3i+1..3i+3 and arrives at 1000000+10i
		appendRange(t, l, "orders", 0, 3*i, 3*i+3)
		clock.millis.Add(10)
	}
	check := func(l *Log) {
		t.Helper()
		for _, c := range []struct {
			millis int64
			want   uint64
		}{{0, 1}, {1_000_000, 1}, {1_000_001, 4}, {1_000_010, 4}, {1_000_255, 79}, {1_000_490, 148}, {1_000_491, 151}, {1 << 50, 151}} {
			if got, err := l.SeekTime(t.Context(), "orders", 0, c.millis); got != c.want || err != nil {
				t.Errorf("seek %d: %d, %v, want %d", c.millis, got, err, c.want)
			}
		}
	}
	check(l)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, cfg) // nothing remembered now
	check(l)
	for from := 1; from <= 150; from += 7 {
		records, err := l.Fetch(t.Context(), "orders", 0, uint64(from), 1, 1)
		if err != nil {
			t.Fatal(err)
		}
		checkRecords(t, records, uint64(from), 1)
	}
}
