package stream

import (
	"bytes"
	"fmt"
	"log/slog"
	"sync"
	"syscall"
	"testing"
	"time"
)

func benchPuts(n int) []Put {
	puts := make([]Put, n)
	for i := range puts {
		puts[i] = Put{PartitionKey: fmt.Sprintf("customer-%d", i), Data: bytes.Repeat([]byte{byte('a' + i%26)}, 338)}
	}
	return puts
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAppend stores batches of 500 records of 350 bytes from 4 goroutines, each durable.
func BenchmarkAppend(b *testing.B) {
	cfg := testConfig(b)
	cfg.Logger = slog.New(slog.DiscardHandler)
	l := open(b, cfg)
	create(b, l, "bench", 1)
	puts := benchPuts(500)
	b.SetBytes(350 * 500)
	b.ReportAllocs()
	cpu := cpuTime()
	b.ResetTimer()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := g; i < b.N; i += 4 {
				if _, err := l.Append(b.Context(), "bench", 0, puts); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	records := float64(b.N * 500)
	b.ReportMetric(records/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(cpuTime()-cpu)/1e3/records, "cpu-us/record")
}

// BenchmarkTail reads chunks of 1500 records of 350 bytes back; an operation is 500 records.
func BenchmarkTail(b *testing.B) {
	cfg := testConfig(b)
	cfg.Logger, cfg.NoSync = slog.New(slog.DiscardHandler), true
	l := open(b, cfg)
	create(b, l, "bench", 1)
	puts := benchPuts(1500)
	for range (b.N + 2) / 3 {
		if _, err := l.Append(b.Context(), "bench", 0, puts); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(350 * 500)
	b.ReportAllocs()
	tail, err := l.Tail(b.Context(), "bench", 0, 1)
	if err != nil {
		b.Fatal(err)
	}
	defer tail.Close()
	cpu := cpuTime()
	b.ResetTimer()
	read := 0
	for tail.Pending() {
		records, err := tail.Next(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		read += len(records)
	}
	b.StopTimer()
	b.ReportMetric(float64(read)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(float64(cpuTime()-cpu)/1e3/float64(read), "cpu-us/record")
}

func BenchmarkEncode(b *testing.B) {
	puts := benchPuts(500)
	b.SetBytes(350 * 500)
	b.ReportAllocs()
	var c builder
	for b.Loop() {
		c.reset()
		for i := range puts {
			c.add(puts[i])
		}
		c.seal(1, 1)
	}
}
