package produce

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files under testdata")

// golden compares got with the file of that name under testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs:\ngot  %s\nwant %s", path, got, want)
	}
}

// drain reads a source to its end.
func drain(t *testing.T, s Source) []Record {
	t.Helper()
	var records []Record
	for {
		r, err := s.Next()
		if errors.Is(err, io.EOF) {
			return records
		}
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, r)
	}
}

func orders(t *testing.T, cfg OrdersConfig) []Record {
	t.Helper()
	source, err := NewOrders(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return drain(t, source)
}

func lines(records []Record) []byte {
	var out []byte
	for _, r := range records {
		out = append(append(out, r.Data...), '\n')
	}
	return out
}

func TestSeededOrdersAreTheSameBytes(t *testing.T) {
	golden(t, "orders.ndjson", lines(orders(t, OrdersConfig{First: 1, Count: 20, Seed: 7})))
	golden(t, "badorders.txt", lines(orders(t, OrdersConfig{First: 101, Count: 10, Bad: 10, Seed: 7})))
}

func TestSeededOrdersDependOnSeedAndIDOnly(t *testing.T) {
	whole := orders(t, OrdersConfig{First: 1, Count: 50, Seed: 3})
	tail := orders(t, OrdersConfig{First: 31, Count: 20, Seed: 3})
	if !bytes.Equal(lines(whole[30:]), lines(tail)) {
		t.Error("orders 31 to 50 differ between two runs of the same seed")
	}
	if bytes.Equal(lines(tail), lines(orders(t, OrdersConfig{First: 31, Count: 20, Seed: 4}))) {
		t.Error("another seed gave the same orders")
	}
}

func TestOrderFieldsAgreeWithEachOther(t *testing.T) {
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]bool{}
	customers := map[string]string{}
	start := time.Now().Add(-time.Second)
	for i, r := range orders(t, OrdersConfig{First: 41, Count: 3000}) {
		var o struct {
			ID              int64       `json:"id"`
			OrderID         string      `json:"order_id"`
			CustomerID      json.Number `json:"customer_id"`
			ProductName     string      `json:"product_name"`
			ProductQuantity int64       `json:"product_quantity"`
			ProductPrice    json.Number `json:"product_price"`
			PhoneNumber     string      `json:"phone_number"`
			Address         string      `json:"address"`
			City            string      `json:"city"`
			Country         string      `json:"country"`
			OrderCost       json.Number `json:"order_cost"`
			OrderDate       time.Time   `json:"order_date"`
			GenerateDate    time.Time   `json:"generate_date"`
		}
		decoder := json.NewDecoder(bytes.NewReader(r.Data))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&o); err != nil {
			t.Fatalf("%s: %v", r.Data, err)
		}
		price, _ := new(big.Rat).SetString(o.ProductPrice.String())
		cost, _ := new(big.Rat).SetString(o.OrderCost.String())
		home := o.PhoneNumber + o.Address + o.City + o.Country
		switch {
		case o.ID != int64(41+i):
			t.Fatalf("order %d has id %d", i, o.ID)
		case !uuid.MatchString(o.OrderID) || seen[o.OrderID]:
			t.Fatalf("order_id %q is no new UUID", o.OrderID)
		case r.PartitionKey != o.CustomerID.String():
			t.Fatalf("partition key %q of customer %s", r.PartitionKey, o.CustomerID)
		case customers[r.PartitionKey] != "" && customers[r.PartitionKey] != home:
			t.Fatalf("customer %s lives at %q and at %q", r.PartitionKey, customers[r.PartitionKey], home)
		case cost.Cmp(new(big.Rat).Mul(price, big.NewRat(o.ProductQuantity, 1))) != 0:
			t.Fatalf("cost is not price times quantity: %s", r.Data)
		case o.ProductQuantity < 1 || o.ProductQuantity > orderMaxQuantity || o.ProductName == "" || o.City == "":
			t.Fatalf("unlikely order: %s", r.Data)
		case o.GenerateDate.Before(start) || o.OrderDate.After(o.GenerateDate) || o.GenerateDate.Sub(o.OrderDate) > time.Minute:
			t.Fatalf("unlikely dates: %s", r.Data)
		}
		seen[o.OrderID], customers[r.PartitionKey] = true, home
	}
	if len(customers) < 1000 {
		t.Errorf("only %d customers", len(customers))
	}
}

func TestBadOrdersAreExactlyAsManyAsAskedInTurn(t *testing.T) {
	for _, c := range []struct{ count, bad int64 }{{1000, 37}, {10, 10}, {7, 1}, {3, 0}, {1_000, 999}, {12_345, 77}} {
		good := orders(t, OrdersConfig{First: 1, Count: c.count, Seed: 9})
		mixed := orders(t, OrdersConfig{First: 1, Count: c.count, Bad: c.bad, Seed: 9})
		var bad int64
		for i := range good {
			if bytes.Equal(good[i].Data, mixed[i].Data) {
				continue
			}
			want := badOrders[bad%10].spoil(bytes.Clone(good[i].Data))
			if !bytes.Equal(mixed[i].Data, want) {
				t.Fatalf("bad order %d of %d is %s, want %s", bad, c.bad, mixed[i].Data, want)
			}
			bad++
		}
		if bad != c.bad {
			t.Errorf("%d bad orders of %d, want %d", bad, c.count, c.bad)
		}
	}
}

func TestOnlyNotJSONIsNotJSON(t *testing.T) {
	for _, b := range BadOrders() {
		order := orders(t, OrdersConfig{First: 1, Count: 1, Seed: 1})[0].Data
		if valid := json.Valid(b.Spoil(order)); valid != (b.Reason != "not_json") {
			t.Errorf("%s: valid JSON is %v", b.Reason, valid)
		}
	}
}

func TestOrdersConfigReportsEveryFault(t *testing.T) {
	err := OrdersConfig{First: 0, Count: -1, Bad: 3}.Validate()
	want := "the first id is 0; ids start at 1\ncannot make -1 orders\n3 of -1 orders cannot be bad"
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestAppendMillisMatchesTimeFormat(t *testing.T) {
	for _, millis := range []int64{0, 1, 999, 1_763_797_443_210, 951_782_399_999, 4_102_444_800_000} {
		want := time.UnixMilli(millis).UTC().Format("2006-01-02T15:04:05.000Z")
		if got := string(appendMillis(nil, millis)); got != want {
			t.Errorf("%d: got %s, want %s", millis, got, want)
		}
	}
}

func BenchmarkOrder(b *testing.B) {
	gen := newOrderGenerator(0)
	dst := make([]byte, 0, 512)
	b.ReportAllocs()
	for i := range b.N {
		dst, _ = gen.append(dst[:0], int64(i+1))
	}
	b.SetBytes(int64(len(dst)))
}
