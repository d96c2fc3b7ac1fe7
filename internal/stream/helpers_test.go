package stream

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
)

var _ catalog.Journal = (*Journal)(nil)

// patience bounds what does not end only when something is broken. It is long, since a machine at work
// on other things takes a multiple of what an idle one does.
const patience = 5 * time.Minute

// testConfig is a log in a fresh folder whose messages go to the test's log.
func testConfig(t testing.TB) Config {
	return Config{Dir: t.TempDir(), DiskReserve: 1 << 20, Logger: testLogger(t)}
}

func testLogger(t testing.TB) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
}

func open(t testing.TB, cfg Config) *Log {
	t.Helper()
	l, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func create(t testing.TB, l *Log, name string, shards int) {
	t.Helper()
	err := l.CreateStream(t.Context(), Info{Name: name, Shards: shards, Retention: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
}

func kv(key string, data []byte) Put { return Put{PartitionKey: key, Data: data} }

// put is record number n as tests write it.
func put(n int) Put {
	return Put{PartitionKey: fmt.Sprintf("key-%d", n), Data: fmt.Appendf(nil, `{"n":%d}`, n)}
}

func putRange(from, to int) []Put {
	puts := make([]Put, 0, to-from)
	for n := from; n < to; n++ {
		puts = append(puts, put(n))
	}
	return puts
}

func appendRange(t testing.TB, l *Log, stream string, shard, from, to int) Appended {
	t.Helper()
	a, err := l.Append(t.Context(), stream, shard, putRange(from, to))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// checkRecords wants records first, first+1, ... whose contents are put(n), n being sequence-1.
func checkRecords(t testing.TB, records []event.Record, first uint64, count int) {
	t.Helper()
	if len(records) != count {
		t.Fatalf("%d records, want %d", len(records), count)
	}
	for i, r := range records {
		want := put(int(first) + i - 1)
		if r.Sequence != first+uint64(i) || r.PartitionKey != want.PartitionKey || !bytes.Equal(r.Data, want.Data) {
			t.Fatalf("record %d is %d %q %q, want %d %q %q", i, r.Sequence, r.PartitionKey, r.Data,
				first+uint64(i), want.PartitionKey, want.Data)
		}
	}
}

// readAll reads the shard from sequence from to its end with a Tail, copying the slices.
func readAll(t testing.TB, l *Log, stream string, shard int, from uint64) []event.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	tail, err := l.Tail(ctx, stream, shard, from)
	if err != nil {
		t.Fatal(err)
	}
	defer tail.Close()
	var all []event.Record
	for tail.Pending() {
		records, err := tail.Next(ctx)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, records...)
	}
	return all
}

// clock is a clock that tests set.
type clock struct{ millis atomic.Int64 }

func newClock(millis int64) *clock {
	c := &clock{}
	c.millis.Store(millis)
	return c
}

func (c *clock) now() time.Time { return time.UnixMilli(c.millis.Load()) }

// logSink collects what is logged.
type logSink struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *logSink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *logSink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}
