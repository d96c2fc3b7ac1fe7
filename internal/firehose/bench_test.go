package firehose_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/penstock/penstock/internal/firehose"
)

// BenchmarkOrders transforms batches of 500 dummy orders, envelope and base64 included; divide by 500 for
// one record.
func BenchmarkOrders(b *testing.B) {
	var data [][]byte
	for i := range 500 {
		data = append(data, bytes.Replace([]byte(order), []byte(`"id":17`), fmt.Appendf(nil, `"id":%d`, i+1), 1))
	}
	payload := batch(b, data...)
	x := firehose.New(orders(b))
	if _, report, err := x.Transform(payload); err != nil || report.Rows != 500 {
		b.Fatalf("%+v, %v", report, err)
	}
	b.SetBytes(int64(len(payload)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := x.Transform(payload); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/500, "ns/record")
}
