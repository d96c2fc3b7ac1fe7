package expression

import (
	"testing"

	"github.com/penstock/penstock/internal/document"
)

const benchOrder = `{"id": 1234567, "order_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "customer_id": 4711, ` +
	`"product_name": "Ergonomic Steel Chair", "product_quantity": 2, "product_price": 19.90, ` +
	`"phone_number": "+49 30 901820", "address": "12 Main Street", "city": "Berlin", "country": "Germany", ` +
	`"order_cost": 39.80, "order_date": "2026-11-22T05:00:00Z", "generate_date": "2026-11-22T05:00:01Z"}`

var benchBools = []string{
	`has(event.order_id)`,
	`has(event.order_id) && event.country == "Germany" && event.product_quantity > 0`,
	`event.missing == "x"`,
	`event.country in ["France", "Germany"]`,
}

var benchValues = []string{
	`event.product_price * event.product_quantity`,
	`event.country == "Germany" ? event.product_price * 1.19 : event.product_price`,
	`event.city.lowerAscii() + "/" + event.country`,
	`round(event.product_price / 3, 2)`,
	`event.address.split(" ")[0]`, // by cel-go
}

func BenchmarkBool(b *testing.B) {
	ev := event(b, benchOrder)
	for _, source := range benchBools {
		b.Run(source, func(b *testing.B) {
			p, s := compile(b, source), new(Scratch)
			b.ReportAllocs()
			for b.Loop() {
				s.Reset()
				_, _ = p.Bool(ev, s)
			}
		})
	}
}

func BenchmarkValue(b *testing.B) {
	ev := event(b, benchOrder)
	for _, source := range benchValues {
		b.Run(source, func(b *testing.B) {
			p, s := compile(b, source), new(Scratch)
			b.ReportAllocs()
			for b.Loop() {
				s.Reset()
				if _, err := p.Value(ev, s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		compile(b, `has(event.order_id) && event.country == "Germany"`)
	}
}

func TestCommonExpressionsDoNotAllocate(t *testing.T) {
	var ev document.Value = event(t, benchOrder)
	s := &Scratch{text: make([]byte, 0, 1024)}
	for _, source := range benchBools {
		p := compile(t, source)
		if allocs := testing.AllocsPerRun(100, func() { s.Reset(); _, _ = p.Bool(ev, s) }); allocs != 0 {
			t.Errorf("%s: %v allocations", source, allocs)
		}
	}
	for _, source := range benchValues[:3] {
		p := compile(t, source)
		if allocs := testing.AllocsPerRun(100, func() { s.Reset(); _, _ = p.Value(ev, s) }); allocs != 0 {
			t.Errorf("%s: %v allocations", source, allocs)
		}
	}
}
