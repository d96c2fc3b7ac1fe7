package produce

import (
	"bytes"
	"strings"
)

// badOrderDepth is deeper than the 256 levels a pipeline reads.
const badOrderDepth = 300

// BadOrder is one way in which a dummy order can be bad.
type BadOrder struct {
	// Reason is the code under which the pipeline of examples/orders quarantines it.
	Reason string
	// What says what is wrong with it.
	What string

	spoil func(order []byte) []byte
}

// Spoil returns a bad version of a good dummy order, which it may change.
func (b BadOrder) Spoil(order []byte) []byte { return b.spoil(order) }

// BadOrders are the ten ways, in the order in which a run takes them.
func BadOrders() []BadOrder { return append([]BadOrder(nil), badOrders...) }

var badOrders = []BadOrder{
	{"not_json", "cut off in the middle", func(order []byte) []byte {
		return order[:len(order)/2]
	}},
	{"too_deep", "a field holds arrays nested 300 levels deep", func(order []byte) []byte {
		deep := strings.Repeat("[", badOrderDepth) + strings.Repeat("]", badOrderDepth)
		return append(order[:len(order)-1], `,"notes":`+deep+`}`...)
	}},
	{"no_contract", "it has no order_id, so it is no order", func(order []byte) []byte {
		return bytes.Replace(order, []byte(`"order_id":`), []byte(`"refund_id":`), 1)
	}},
	{"missing_field", "customer_id is null", replaced("customer_id", "null")},
	{"wrong_type", "product_quantity is an array", replaced("product_quantity", "[2]")},
	{"not_exact", "product_quantity is 2.5", replaced("product_quantity", "2.5")},
	{"out_of_range", "product_quantity is negative", replaced("product_quantity", "-3")},
	{"format", "order_date is no date", replaced("order_date", `"last Tuesday"`)},
	{"invalid_text", "product_name holds a NUL character", replaced("product_name", `"Oak\u0000Table"`)},
	{"length", "country is empty", replaced("country", `""`)},
}

// replaced returns a function that sets one field of a dummy order to a JSON text.
func replaced(field, value string) func([]byte) []byte {
	return func(order []byte) []byte {
		name := []byte(`"` + field + `":`)
		start := bytes.Index(order, name) + len(name)
		// No text of a dummy order holds a comma or a brace.
		end := start + bytes.IndexAny(order[start:], ",}")
		return append(append(append([]byte(nil), order[:start]...), value...), order[end:]...)
	}
}
