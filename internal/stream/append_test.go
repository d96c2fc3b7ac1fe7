package stream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// TestAppendOverSeveralChunks: a call that does not fit one chunk still gets consecutive sequences
// and one time of arrival, with others appending beside it.
func TestE4AppendOverSeveralChunks(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	var puts [3][]Put
	var appended [len(puts)]Appended
	var wg sync.WaitGroup
	for g := range puts {
		for i := range 10 {
			puts[g] = append(puts[g], kv(fmt.Sprintf("%d.%d", g, i), bytes.Repeat([]byte{byte(g)}, 1<<20-100)))
		}
		wg.Go(func() {
			var err error
			if appended[g], err = l.Append(t.Context(), "orders", 0, puts[g]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for g, a := range appended {
		records, err := l.Fetch(t.Context(), "orders", 0, a.First, len(puts[g]), 1<<30)
		if err != nil || len(records) != len(puts[g]) {
			t.Fatalf("%d records of call %d: %v", len(records), g, err)
		}
		for i, want := range puts[g] {
			if r := records[i]; r.PartitionKey != want.PartitionKey || r.Arrived != a.Arrived || !bytes.Equal(r.Data, want.Data) {
				t.Errorf("record %d has key %s, arrived %d; want %s, %d", r.Sequence, r.PartitionKey, r.Arrived, want.PartitionKey, a.Arrived)
			}
		}
	}
	if _, last, _ := l.Bounds("orders", 0); last != 30 {
		t.Fatal(last)
	}
}

func TestAppendLimits(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	err := l.CreateStream(t.Context(), Info{Name: "huge", Shards: 1, MaxRecordBytes: maxRecordBytes})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		stream string
		put    Put
		code   string
	}{
		{"orders", kv("k", make([]byte, 1<<20-1)), ""},
		{"orders", kv("k", make([]byte, 1<<20)), "record_too_large"},
		{"orders", kv(strings.Repeat("k", maxKeyBytes+1), nil), "record_too_large"},
		{"orders", kv("k", nil), ""},
		{"huge", kv("k", make([]byte, maxRecordBytes-1)), ""},
		{"huge", kv("k", make([]byte, maxRecordBytes)), "record_too_large"},
	} {
		_, err := l.Append(t.Context(), c.stream, 0, []Put{c.put})
		var coded *event.Error
		if errors.As(err, &coded); c.code == "" && err != nil || c.code != "" && (coded == nil || coded.Code != c.code) {
			t.Errorf("%s, %d bytes: %v, want %q", c.stream, len(c.put.Data), err, c.code)
		}
	}
	if _, err := l.Append(t.Context(), "orders", 0, nil); err == nil {
		t.Error("an append without records is taken")
	}
	records := readAll(t, l, "huge", 0, 1)
	if len(records) != 1 || len(records[0].Data) != maxRecordBytes-1 {
		t.Fatal(len(records))
	}
}

func TestWait(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	woken := make(chan error, 1)
	go func() { woken <- l.Wait(t.Context(), "orders", 0, 4) }()
	appendRange(t, l, "orders", 0, 0, 4)
	short, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := l.Wait(short, "orders", 0, 4); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	appendRange(t, l, "orders", 0, 4, 5)
	if err := <-woken; err != nil {
		t.Fatal(err)
	}
	go func() { woken <- l.Wait(t.Context(), "orders", 0, 100) }()
	if err := l.DeleteStream(t.Context(), "orders"); err != nil {
		t.Fatal(err)
	}
	if err := <-woken; !errors.Is(err, event.ErrNotFound) {
		t.Fatal(err)
	}
}

// TestCancelledAppend: a caller that gives up neither blocks nor harms the others.
func TestCancelledAppend(t *testing.T) {
	l := open(t, testConfig(t))
	create(t, l, "orders", 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Append(ctx, "orders", 0, putRange(0, 1)); err == nil || !errors.Is(err, context.Canceled) {
		t.Log("the append was quicker than its cancellation:", err)
	}
	for range 10 {
		if _, err := l.Append(t.Context(), "orders", 0, putRange(0, 1)); err != nil {
			t.Fatal(err)
		}
	}
	records := readAll(t, l, "orders", 0, 1)
	if n := len(records); n != 10 && n != 11 {
		t.Fatalf("%d records", n)
	}
}

// TestConfigFaults: every fault is said at once.
func TestConfigFaults(t *testing.T) {
	err := Config{DiskReserve: -1, MaxWaiting: 5}.Validate()
	for _, want := range []string{"Dir", "DiskReserve", "MaxWaiting"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not mention %s", err, want)
		}
	}
	if _, err := Open(t.Context(), Config{}); err == nil {
		t.Error("opened without a folder")
	}
	l := open(t, testConfig(t))
	for _, info := range []Info{{Name: "", Shards: 1}, {Name: "a b", Shards: 1}, {Name: "a", Shards: 0}, {Name: "a", Shards: 1, MaxRecordBytes: 11 << 20}, {Name: "a", Shards: 1, Retention: -1}} {
		if err := l.CreateStream(t.Context(), info); err == nil {
			t.Errorf("%+v is taken", info)
		}
	}
}

func TestNamesAreReversible(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"a.b", "a=b", "a%2Eb", "a%b", "a-b", "a_b", "a/b", "a b", "a>b", "é"} {
		encoded := encodeName(name)
		if other, ok := seen[encoded]; ok {
			t.Errorf("%q and %q are both %q", name, other, encoded)
		}
		seen[encoded] = name
		if strings.ContainsAny(encoded, ". */>\\") {
			t.Errorf("%q becomes %q", name, encoded)
		}
	}
}
