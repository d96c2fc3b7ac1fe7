package stream

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// shardDir is the folder of the only stream's shard 0.
func shardDir(cfg Config) string {
	return filepath.Join(streamsDir(cfg.Dir), shardName(1, 0, "orders"))
}

// TestGapInTheMiddleIsReported removes a block file from between others.
func TestGapInTheMiddleIsReported(t *testing.T) {
	cfg := testConfig(t)
	var sink logSink
	l := open(t, cfg)
	create(t, l, "orders", 1)
	for i := range 10 { // 3 MiB a chunk, so two in each block file
		if _, err := l.Append(t.Context(), "orders", 0, bigPuts(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(shardDir(cfg), "msgs", "2.blk")); err != nil {
		t.Fatal(err)
	}
	cfg.Logger = slog.New(slog.NewTextHandler(&sink, nil))
	l = open(t, cfg)
	gaps := l.Gaps()
	if len(gaps) != 1 || gaps[0].First <= 1 || gaps[0].Last >= 30 || (gaps[0].Last-gaps[0].First+1)%3 != 0 {
		t.Fatalf("gaps %+v", gaps)
	}
	if !strings.Contains(sink.String(), "level=ERROR") {
		t.Fatalf("not said loudly: %s", sink.String())
	}
	for _, r := range readAll(t, l, "orders", 0, 1) {
		if r.Sequence >= gaps[0].First && r.Sequence <= gaps[0].Last {
			t.Fatalf("record %d is in the gap %+v", r.Sequence, gaps[0])
		}
	}
	if a, err := l.Append(t.Context(), "orders", 0, bigPuts(10)); err != nil || a.First != 31 {
		t.Fatal(a, err)
	}
}

// bigPuts is three records of 1 MiB.
func bigPuts(i int) []Put {
	var puts []Put
	for j := range 3 {
		puts = append(puts, kv(fmt.Sprint(3*i+j), bytes.Repeat([]byte{byte(i)}, 1<<20-100)))
	}
	return puts
}

// TestDamagedNewestChunk flips a byte in the newest message, where the server's own index of a
// cleanly closed log does not look.
func TestDamagedNewestChunk(t *testing.T) {
	cfg := testConfig(t)
	l := open(t, cfg)
	create(t, l, "orders", 1)
	appendRange(t, l, "orders", 0, 0, 10)
	appendRange(t, l, "orders", 0, 10, 20)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	damage(t, filepath.Join(shardDir(cfg), "msgs", "1.blk"), `{"n":15}`)
	l = open(t, cfg)
	gaps := l.Gaps()
	if len(gaps) != 1 || gaps[0].First != 11 || gaps[0].Last < 20 {
		t.Fatalf("gaps %+v", gaps)
	}
	a := appendRange(t, l, "orders", 0, 0, 1)
	if a.First <= 20 {
		t.Fatalf("sequence %d is given twice", a.First)
	}
	checkRecords(t, readAllUntil(t, l, 10), 1, 10)
}

// TestDamageInTheMiddleIsReportedWhenRead: the server passes over a damaged message in silence.
func TestDamageInTheMiddleIsReportedWhenRead(t *testing.T) {
	cfg := testConfig(t)
	l := open(t, cfg)
	create(t, l, "orders", 1)
	for i := range 3 {
		appendRange(t, l, "orders", 0, 10*i, 10*i+10)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	damage(t, filepath.Join(shardDir(cfg), "msgs", "1.blk"), `{"n":15}`)
	l = open(t, cfg)
	for range 2 {
		records := readAll(t, l, "orders", 0, 1)
		checkRecords(t, records[:10], 1, 10)
		checkRecords(t, records[10:], 21, 10)
	}
	if gaps := l.Gaps(); len(gaps) != 1 || gaps[0].First != 11 || gaps[0].Last != 20 {
		t.Fatalf("gaps %+v", gaps)
	}
}

// damage flips a bit of the last place in file where text is.
func damage(t *testing.T, file, text string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	content[bytes.LastIndex(content, []byte(text))] ^= 1
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func readAllUntil(t *testing.T, l *Log, max int) []event.Record {
	t.Helper()
	records, err := l.Fetch(t.Context(), "orders", 0, 1, max, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// TestE5TornTailIsDropped cuts the newest block file in the middle of a message that was never acknowledged.
func TestE5TornTailIsDropped(t *testing.T) {
	cfg := testConfig(t)
	l := open(t, cfg)
	create(t, l, "orders", 1)
	appendRange(t, l, "orders", 0, 0, 10)
	block := filepath.Join(shardDir(cfg), "msgs", "1.blk")
	whole, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	appendRange(t, l, "orders", 0, 10, 20)
	more, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for cut := len(whole); cut < len(more); cut += 37 {
		if err := os.WriteFile(block, more[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(shardDir(cfg), "msgs", "index.db")); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		l, err := Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		if first, last, _ := l.Bounds("orders", 0); first != 1 || last != 10 || len(l.Gaps()) > 0 {
			t.Fatalf("cut at %d: bounds %d, %d, gaps %v", cut, first, last, l.Gaps())
		}
		checkRecords(t, readAll(t, l, "orders", 0, 1), 1, 10)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSkipTo(t *testing.T) {
	cfg := testConfig(t)
	l := open(t, cfg)
	create(t, l, "orders", 1)
	appendRange(t, l, "orders", 0, 0, 10)
	if err := l.SkipTo(t.Context(), "orders", 0, 11); err != nil || len(l.Gaps()) > 0 {
		t.Fatal(err, l.Gaps())
	}
	if err := l.SkipTo(t.Context(), "orders", 0, 31); err != nil {
		t.Fatal(err)
	}
	if gaps := l.Gaps(); len(gaps) != 1 || gaps[0].First != 11 || gaps[0].Last != 30 {
		t.Fatal(gaps)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, cfg)
	if a := appendRange(t, l, "orders", 0, 30, 32); a.First != 31 {
		t.Fatal(a)
	}
	records := readAll(t, l, "orders", 0, 1)
	checkRecords(t, records[:10], 1, 10)
	checkRecords(t, records[10:], 31, 2)
}

// TestE5LeftoversAreMended leaves what a crash in the middle of CreateStream and DeleteStream leaves.
func TestE5LeftoversAreMended(t *testing.T) {
	cfg := testConfig(t)
	l := open(t, cfg)
	create(t, l, "orders", 1)
	appendRange(t, l, "orders", 0, 0, 10)
	// A stream whose shards were made and whose entry was not written.
	for index := range 2 {
		store := newStore(l.cfg, l.engines, shardName(2, index, "half"))
		if err := store.create(t.Context(), cfg.Dir); err != nil {
			t.Fatal(err)
		}
	}
	// A stream whose entry is gone and one of whose shards is still there.
	create(t, l, "doomed", 1)
	appendRange(t, l, "doomed", 0, 0, 10)
	doomed, err := l.find("doomed")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.registry.change(t.Context(), func(list *registryEntry) { list.remove(doomed.id) }); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// A shard that was cut short while the server made it.
	short := filepath.Join(streamsDir(cfg.Dir), shardName(3, 0, "short"))
	if err := os.MkdirAll(filepath.Join(short, "msgs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(short, "meta.inf"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	l = open(t, cfg)
	if streams := l.Streams(); len(streams) != 1 || streams[0].Name != "orders" {
		t.Fatalf("%+v", streams)
	}
	stray, err := strayShards(streamsDir(cfg.Dir), map[string]bool{shardName(1, 0, "orders"): true})
	if err != nil || len(stray) > 0 {
		t.Fatalf("left behind: %v, %v", stray, err)
	}
	for _, name := range []string{"half", "doomed", "short"} {
		create(t, l, name, 1)
		if a := appendRange(t, l, name, 0, 0, 5); a.First != 1 {
			t.Fatalf("%s begins at %d", name, a.First)
		}
	}
	checkRecords(t, readAll(t, l, "orders", 0, 1), 1, 10)
}

// TestE1ALostListOfStreamsRemovesNoRecords: without their list all records would pass for leftovers.
func TestE1ALostListOfStreamsRemovesNoRecords(t *testing.T) {
	cfg := testConfig(t)
	l := open(t, cfg)
	create(t, l, "orders", 1)
	appendRange(t, l, "orders", 0, 0, 10)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(streamsDir(cfg.Dir), journalName("streams"))
	away := filepath.Join(t.TempDir(), "list")
	if err := os.Rename(list, away); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and not the second time either
		l, err := Open(t.Context(), cfg)
		if err == nil {
			t.Fatalf("the log opens; %v", l.Close())
		}
		if !strings.Contains(err.Error(), "the list of streams is gone") {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.RemoveAll(list), os.Rename(away, list)); err != nil {
		t.Fatal(err)
	}
	checkRecords(t, readAll(t, open(t, cfg), "orders", 0, 1), 1, 10)
}

// TestMissingIsToldBeforeThereIsMore: a reader hears of a loss at the end of the log at once, and reads
// on behind it.
func TestMissingIsToldBeforeThereIsMore(t *testing.T) {
	damages := map[string]func(t *testing.T, l *Log, cfg Config) *Log{
		"the log is made longer": func(t *testing.T, l *Log, cfg Config) *Log {
			if err := l.SkipTo(t.Context(), "orders", 0, 31); err != nil {
				t.Fatal(err)
			}
			return l
		},
		"and opened again": func(t *testing.T, l *Log, cfg Config) *Log {
			if err := errors.Join(l.SkipTo(t.Context(), "orders", 0, 31), l.Close()); err != nil {
				t.Fatal(err)
			}
			return open(t, cfg)
		},
		"the newest chunk is damaged": func(t *testing.T, l *Log, cfg Config) *Log {
			appendRange(t, l, "orders", 0, 20, 30)
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			damage(t, filepath.Join(shardDir(cfg), "msgs", "1.blk"), `{"n":25}`)
			return open(t, cfg)
		},
	}
	for name, harm := range damages {
		t.Run(name, func(t *testing.T) {
			cfg := testConfig(t)
			l := open(t, cfg)
			create(t, l, "orders", 1)
			appendRange(t, l, "orders", 0, 0, 20)
			l = harm(t, l, cfg)
			tail, err := l.Tail(t.Context(), "orders", 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			defer tail.Close()
			next := uint64(1)
			for {
				records, err := tail.Next(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if len(records) == 0 {
					break
				}
				checkRecords(t, records, next, len(records))
				next += uint64(len(records))
			}
			last, missing, err := l.Missing("orders", 0, next)
			if next != 21 || err != nil || !missing || last < 30 {
				t.Fatalf("read up to %d; missing up to %d: %v, %v", next-1, last, missing, err)
			}
			for seq, want := range map[uint64]bool{1: false, 20: false, 21: true, last: true, last + 1: false} {
				if _, missing, err := l.Missing("orders", 0, seq); missing != want || err != nil {
					t.Errorf("record %d missing: %v, %v", seq, missing, err)
				}
			}
			if a := appendRange(t, l, "orders", 0, 0, 3); a.First != last+1 {
				t.Fatalf("appended at %d", a.First)
			}
			for got := []event.Record(nil); len(got) < 3; {
				records, err := tail.Next(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for i, r := range records {
					if r.Sequence != last+1+uint64(len(got)+i) {
						t.Fatalf("record %d after the loss", r.Sequence)
					}
				}
				got = append(got, records...)
			}
			if err := l.Trim(t.Context(), "orders", 0, last+1); err != nil {
				t.Fatal(err)
			}
			if through, missing, err := l.Missing("orders", 0, 1); through != last || !missing || err != nil {
				t.Errorf("trimmed up to %d, %v, %v; want %d", through, missing, err, last)
			}
		})
	}
}

// TestBlockThatIsRemovedWhileOpen: somebody deletes a file of a running log. The server that had it open
// would give nothing for ever.
func TestBlockThatIsRemovedWhileOpen(t *testing.T) {
	for name, block := range map[string]string{"in the middle": "2.blk", "the newest": "5.blk"} {
		t.Run(name, func(t *testing.T) {
			cfg := testConfig(t)
			l := open(t, cfg)
			create(t, l, "orders", 1)
			for i := range 10 { // 3 MiB a chunk, so two in each block file
				if _, err := l.Append(t.Context(), "orders", 0, bigPuts(i)); err != nil {
					t.Fatal(err)
				}
			}
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			l = open(t, cfg)
			if err := os.Remove(filepath.Join(shardDir(cfg), "msgs", block)); err != nil {
				t.Fatal(err)
			}
			tail, err := l.Tail(t.Context(), "orders", 0, 1)
			if err != nil {
				t.Fatal(err)
			}
			defer tail.Close()
			tail.messages.patience = time.Second
			next, lost := uint64(1), uint64(0)
			for next <= 30 {
				records, err := tail.Next(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if len(records) > 0 && records[0].Sequence == next {
					next += uint64(len(records))
					continue
				}
				last, missing, err := l.Missing("orders", 0, next)
				if err != nil || !missing {
					t.Fatalf("record %d is missing: %v, %v", next, missing, err)
				}
				lost += min(last, 30) - next + 1
				if next = last + 1; len(records) > 0 {
					next += uint64(len(records))
				}
			}
			// The server may have read the file already, or have it open: what it gives is not lost.
			if lost != 6 && lost != 0 {
				t.Errorf("%d of 30 are lost; gaps %v", lost, l.Gaps())
			}
			a, err := l.Append(t.Context(), "orders", 0, bigPuts(10))
			for ; errors.Is(err, event.ErrThrottled) && t.Context().Err() == nil; a, err = l.Append(t.Context(), "orders", 0, bigPuts(10)) {
				time.Sleep(10 * time.Millisecond) // what a producer does; nothing is awaited by it
			}
			if err != nil {
				t.Fatal(err)
			}
			if a.First < 31 {
				t.Errorf("sequence %d is given twice", a.First)
			}
		})
	}
}
