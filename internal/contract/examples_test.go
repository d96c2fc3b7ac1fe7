package contract

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/apd/v3"
)

// example is a contract of an example pipeline.
func example(t testing.TB, name string) Source {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	return Source{Name: name, Text: text}
}

func exampleSet(t testing.TB, name string) *Set {
	t.Helper()
	set, err := Compile([]Source{example(t, name)})
	if err != nil {
		t.Fatalf("compiling:\n%v", err)
	}
	return set
}

const order = `{"id":1,"order_id":"9e2fb1ae-3168-4d3d-8d79-8129dd9230be","customer_id":509,` +
	`"product_name":"Maple Folding Scarf","product_quantity":2,"product_price":19.90,"phone_number":"+353 555 762574",` +
	`"address":"10 Station Street","city":"Dublin","country":"Ireland","order_cost":39.80,` +
	`"order_date":"2025-12-31T23:59:57.034Z","generate_date":"2026-01-01T00:00:01.000Z"}`

func TestOrdersExample(t *testing.T) {
	set := exampleSet(t, "orders/contracts/orders.yaml")
	out := set.NewProcessor().Process([]byte(order))
	want := "1|9e2fb1ae-3168-4d3d-8d79-8129dd9230be|509|Maple Folding Scarf|2|19.90|************574|10 Station Street|Dublin|Ireland|39.80|" +
		"2025-12-31T23:59:57.034Z|2026-01-01T00:00:01Z"
	if got := outcome(out); got != want {
		t.Errorf("got  %s (%s)\nwant %s", got, out.Detail, want)
	}
	table := set.Table("orders")
	if table == nil || table.Key != "order_id" || table.KeyWindow != DefaultKeyWindow || len(table.Columns) != 13 {
		t.Errorf("table %+v", table)
	}
}

func TestTenWaysOfBeingBadHaveTenReasons(t *testing.T) {
	p := exampleSet(t, "orders/contracts/orders.yaml").NewProcessor()
	change := func(old, new string) []byte {
		changed := bytes.Replace([]byte(order), []byte(old), []byte(new), 1)
		if bytes.Equal(changed, []byte(order)) {
			t.Fatalf("the order holds no %s", old)
		}
		return changed
	}
	deep := `{"order_id":1,"notes":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "}"
	for want, data := range map[string][]byte{
		"not_json":                      []byte(order[:100]),
		"too_deep":                      []byte(deep),
		"no_contract":                   change(`"order_id"`, `"refund_id"`),
		"missing_field customer_id":     change("509", "null"),
		"wrong_type product_quantity":   change(`"product_quantity":2`, `"product_quantity":[2]`),
		"not_exact product_quantity":    change(`"product_quantity":2`, `"product_quantity":2.5`),
		"out_of_range product_quantity": change(`"product_quantity":2`, `"product_quantity":-3`),
		"length country":                change("Ireland", ""),
		"format order_date":             change("2025-12-31T23:59:57.034Z", "last Tuesday"),
		"invalid_text product_name":     change("Maple", `\u0000`),
	} {
		if out := p.Process(data); outcome(out) != want {
			t.Errorf("%s (%s), want %s", outcome(out), out.Detail, want)
		}
	}
}

// retailEvents calls fn with each line of a file of the shop's order lines, as produce sends it.
func retailEvents(t testing.TB, path string, fn func(data []byte)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	reader := csv.NewReader(unzipped)
	header, err := reader.Read()
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	for line := 2; ; line++ {
		fields, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		data = append(data[:0], '{')
		for i, name := range header {
			data = appendJSONText(data, []byte(name))
			data = append(appendJSONText(append(data, ':'), []byte(fields[i])), ',')
		}
		base := filepath.Base(path)
		data = fmt.Appendf(data, `"_source_id":%s,"_source_file":%s,"_source_line":%d}`, quote(base+":"+strconv.Itoa(line)), quote(base), line)
		fn(data)
	}
}

func TestRetailExampleTakesEveryLineAndSumsExactly(t *testing.T) {
	dir := shared(t, "retail")
	paths, err := filepath.Glob(filepath.Join(dir, "*.csv.gz"))
	if err != nil || len(paths) != 9 {
		t.Fatalf("%d files: %v", len(paths), err)
	}
	set := exampleSet(t, "retail/contracts/order_lines.yaml")
	p := set.NewProcessor()
	at := map[string]int{}
	for i, c := range set.Table("order_lines").Columns {
		at[c.Name] = i
	}
	rows, withoutCustomer, cancelled := 0, 0, 0
	arithmetic := apd.BaseContext.WithPrecision(60)
	var sum, price, product apd.Decimal
	for _, path := range paths {
		retailEvents(t, path, func(data []byte) {
			out := p.Process(data)
			if out.Verdict != Accepted {
				t.Fatalf("%s: %s (%s)", data, outcome(out), out.Detail)
			}
			rows++
			if out.Row[at["customer_id"]].Null {
				withoutCustomer++
			}
			if out.Row[at["invoice_no"]].Bytes[0] == 'C' {
				cancelled++
			}
			if _, _, err := price.SetString(string(out.Row[at["unit_price"]].Bytes)); err != nil {
				t.Fatal(err)
			}
			if _, err := arithmetic.Mul(&product, &price, apd.New(out.Row[at["quantity"]].Int, 0)); err != nil {
				t.Fatal(err)
			}
			if _, err := arithmetic.Add(&sum, &sum, &product); err != nil {
				t.Fatal(err)
			}
		})
	}
	if rows != 320_705 || withoutCustomer != 88_652 || cancelled != 5_847 || sum.Text('f') != "5761931.382" {
		t.Errorf("%d rows, %d without a customer, %d cancelled, sum %s", rows, withoutCustomer, cancelled, sum.Text('f'))
	}
}

func TestDescriptionsAreForPeopleAndChangeNoVersion(t *testing.T) {
	const text = "table: t\ndescription: What t is.\ncolumns:\n  - {name: id, type: bigint, description: What id is.}\n  - {name: b, type: bigint}\n"
	with, err := Compile([]Source{{Name: "t.yaml", Text: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	without, err := Compile([]Source{{Name: "t.yaml", Text: []byte(strings.NewReplacer("description: What t is.\n", "", ", description: What id is.", "").Replace(text))}})
	if err != nil {
		t.Fatal(err)
	}
	if table, column := with.Describe("t", "id"); table != "What t is." || column != "What id is." {
		t.Errorf("%q, %q", table, column)
	}
	if table, column := with.Describe("none", "id"); table != "" || column != "" {
		t.Errorf("%q, %q", table, column)
	}
	if with.Version() != without.Version() {
		t.Error("a description changes the version")
	}
}
