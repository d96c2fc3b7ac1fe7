package firehose_test

import (
	"errors"
	"syscall"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/firehose"
	"github.com/penstock/penstock/internal/produce"
)

// batchOrders is how many orders a batch of the benchmark has.
const batchOrders = 500

// BenchmarkOrders transforms batches of dummy orders, envelope and base64 included. cpu-ns/record is the
// process's own time, which other work on the machine disturbs less than the clock's.
func BenchmarkOrders(b *testing.B) {
	payload := dummyOrders(b, batchOrders)
	x := firehose.New(orders(b))
	if _, report, err := x.Transform(payload); err != nil || report.Rows != batchOrders {
		b.Fatalf("%+v, %v", report, err)
	}
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	before := ownCPU(b)
	for b.Loop() {
		if _, _, err := x.Transform(payload); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((ownCPU(b)-before).Nanoseconds())/float64(b.N)/batchOrders, "cpu-ns/record")
}

// dummyOrders is a batch of the orders that `penstock produce` makes.
func dummyOrders(t testing.TB, count int64) []byte {
	t.Helper()
	source, err := produce.NewOrders(produce.OrdersConfig{First: 1, Count: count, Seed: 1})
	var data [][]byte
	for range count {
		record, nextErr := source.Next()
		err = errors.Join(err, nextErr)
		data = append(data, record.Data)
	}
	if err != nil {
		t.Fatal(err)
	}
	return batch(t, data...)
}

// ownCPU is the user and system time of this process so far.
func ownCPU(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
