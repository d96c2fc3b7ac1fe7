package deliver_test

import (
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/catalog/catalogtest"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/deliver"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
	"github.com/penstock/penstock/internal/lake"
	"github.com/penstock/penstock/internal/produce"
)

// endless is a log that gives the same chunk of events again and again, up to a number of records.
type endless struct {
	events [][]byte
	last   uint64
}

func (e *endless) Bounds() (uint64, uint64, error) { return 1, e.last, nil }
func (e *endless) Missing(uint64) (uint64, bool)   { return 0, false }
func (e *endless) Tail(_ context.Context, from uint64) (deliver.Tail, error) {
	return &endlessTail{log: e, next: from}, nil
}

type endlessTail struct {
	log   *endless
	next  uint64
	chunk []event.Record
}

func (t *endlessTail) Next(ctx context.Context) ([]event.Record, error) {
	if t.next > t.log.last {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	t.chunk = t.chunk[:0]
	for _, data := range t.log.events {
		if t.next > t.log.last {
			break
		}
		t.chunk = append(t.chunk, event.Record{Sequence: t.next, Arrived: firstArrival + int64(t.next/100), PartitionKey: "customer-17", Data: data})
		t.next++
	}
	return t.chunk, nil
}

func (t *endlessTail) Pending() bool { return t.next <= t.log.last }
func (t *endlessTail) Close()        {}

func orders(b *testing.B, n int) [][]byte {
	b.Helper()
	maker, err := produce.NewOrders(produce.OrdersConfig{First: 1, Count: int64(n), Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	var all [][]byte
	for range n {
		r, err := maker.Next()
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, append([]byte(nil), r.Data...))
	}
	return all
}

// BenchmarkWorker delivers dummy orders from memory to files in a folder, fsyncs included. CPU time
// is that of all threads, so it includes garbage collection.
func BenchmarkWorker(b *testing.B) {
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", "orders", "contracts", "orders.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	set, err := contract.Compile([]contract.Source{{Name: "orders.yaml", Text: text}})
	if err != nil {
		b.Fatal(err)
	}
	events := orders(b, 500)
	for _, f := range []format.Config{{Format: format.CSV}, {Format: format.CSV, Compression: format.None}, {Format: format.Parquet}} {
		b.Run(f.Name(), func(b *testing.B) { benchmarkWorker(b, set, f, events, nil) })
	}
}

// BenchmarkWorkerInDoubt delivers a backlog in chunks of 100 events after two deaths, and, to compare,
// after a good end.
func BenchmarkWorkerInDoubt(b *testing.B) {
	set := compile(b, numbersYAML, wordsYAML)
	for name, attempt := range map[string]deliver.Attempt{
		"after a good end": {},
		"after two deaths": {Running: true, Narrow: deliver.Span{First: 300, Last: 811, Deaths: 1}},
	} {
		b.Run(name, func(b *testing.B) {
			attempts := deliver.NewFileAttempts(filepath.Join(b.TempDir(), "attempt"))
			if err := attempts.Save(attempt); err != nil {
				b.Fatal(err)
			}
			benchmarkWorker(b, set, format.Config{Format: format.CSV}, events(10_001, 10_100), attempts)
		})
	}
}

func benchmarkWorker(b *testing.B, set *contract.Set, f format.Config, events [][]byte, attempts deliver.AttemptStore) {
	store, err := lake.Open(b.Context(), b.TempDir(), lake.Config{})
	if err != nil {
		b.Fatal(err)
	}
	shards, err := catalog.Open(b.Context(), catalog.Config{Stream: shard.Stream, Shard: shard.Index}, catalogtest.NewJournal(), catalogtest.NewArchive())
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	source := &endless{events: events, last: uint64(b.N)}
	var rows, bytes atomic.Int64
	worker, err := deliver.New(deliver.Config{Shard: shard, Format: f}, deliver.Deps{
		Source: source, Catalog: shards, Lake: store, Contracts: set, Name: realName,
		Differs: func(error) bool { return false }, Attempts: attempts,
		Listener: func(fact event.Fact) {
			switch fact := fact.(type) {
			case event.Flushed:
				bytes.Add(fact.Bytes)
			case event.Committed:
				rows.Add(int64(fact.Last - fact.First + 1))
				if fact.Last >= source.last {
					cancel()
				}
			case event.Failed:
				b.Error(fact.Err)
			}
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(events[0])))
	b.ReportAllocs()
	b.ResetTimer()
	before := cpuTime(b)
	if err := worker.Run(ctx); err != nil {
		b.Fatal(err)
	}
	cpu := cpuTime(b) - before
	b.StopTimer()
	if rows.Load() != int64(b.N) {
		b.Fatalf("%d events of %d are committed", rows.Load(), b.N)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(cpu.Nanoseconds())/1000/float64(b.N), "cpu-us/event")
	b.ReportMetric(float64(bytes.Load())/float64(b.N), "file-B/event")
	b.ReportMetric(float64(b.N)/float64(shards.Totals().Commits), "events/commit")
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
