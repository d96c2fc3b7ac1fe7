package document

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"github.com/valyala/fastjson"
)

func BenchmarkParse(b *testing.B) {
	data := []byte(order)
	b.Run("document", func(b *testing.B) {
		var p Parser
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.Parse(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("fastjson", func(b *testing.B) { // lax
		var p fastjson.Parser
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := p.ParseBytes(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("fastjson strict", func(b *testing.B) {
		var p fastjson.Parser
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			if err := fastjson.ValidateBytes(data); err != nil || !utf8.Valid(data) {
				b.Fatal(err)
			}
			if _, err := p.ParseBytes(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding json", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			var v map[string]any
			if err := json.Unmarshal(data, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

var columns = []string{"id", "order_id", "customer_id", "product_name", "product_quantity", "product_price", "phone_number",
	"address", "city", "country", "order_cost", "order_date", "generate_date"}

func BenchmarkFields(b *testing.B) {
	v := parse(b, order)
	b.Run("Fill 13", func(b *testing.B) {
		f := NewFields(columns)
		slots := make([]Value, f.Len())
		for b.Loop() {
			f.Fill(v, slots)
		}
	})
	b.Run("Field", func(b *testing.B) {
		name := NewName("order_cost")
		for b.Loop() {
			if !v.Field(name).Exists() {
				b.Fatal("missing")
			}
		}
	})
	b.Run("Int64", func(b *testing.B) {
		id := v.Get("id")
		for b.Loop() {
			if _, ok := id.Int64(); !ok {
				b.Fatal("no integer")
			}
		}
	})
}
