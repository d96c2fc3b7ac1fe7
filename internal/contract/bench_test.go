package contract

import (
	"fmt"
	"testing"
)

func benchmark(b *testing.B, set *Set, data []byte) {
	b.Helper()
	p := set.NewProcessor()
	if out := p.Process(data); out.Verdict != Accepted {
		b.Fatalf("%s (%s)", outcome(out), out.Detail)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		p.Process(data)
	}
}

func BenchmarkOrder(b *testing.B) {
	benchmark(b, exampleSet(b, "orders/contracts/orders.yaml"), []byte(order))
}

// BenchmarkOrderAmongTwenty asks for the order's contract among nineteen others.
func BenchmarkOrderAmongTwenty(b *testing.B) {
	sources := []Source{example(b, "orders/contracts/orders.yaml")}
	for i := range 19 {
		match := fmt.Sprintf("has(event.other_id_%d)", i)
		if i%2 == 1 {
			match = fmt.Sprintf(`event.type == "other_%d"`, i)
		}
		sources = append(sources, Source{Name: fmt.Sprintf("a%02d.yaml", i),
			Text: fmt.Appendf(nil, "table: other_%d\nmatch: %s\ncolumns:\n  - {name: id, type: bigint}\n", i, match)})
	}
	set, err := Compile(sources)
	if err != nil {
		b.Fatal(err)
	}
	benchmark(b, set, []byte(order))
}

func BenchmarkRetailLine(b *testing.B) {
	benchmark(b, exampleSet(b, "retail/contracts/order_lines.yaml"), []byte(`{"InvoiceNo":"536365","StockCode":"85123A",`+
		`"Description":"WHITE HANGING HEART T-LIGHT HOLDER","Quantity":"6","InvoiceDate":"2010-12-01 08:26:00","UnitPrice":"2.55",`+
		`"CustomerID":"17850.0","Country":"United Kingdom","_source_id":"2010-12.csv.gz:2","_source_file":"2010-12.csv.gz","_source_line":2}`))
}

func BenchmarkQuarantined(b *testing.B) {
	p := exampleSet(b, "orders/contracts/orders.yaml").NewProcessor()
	data := []byte(`{"order_id":"9e2fb1ae-3168-4d3d-8d79-8129dd9230be","id":"none"}`)
	b.ReportAllocs()
	for range b.N {
		if p.Process(data).Verdict != Quarantined {
			b.Fatal("accepted")
		}
	}
}
