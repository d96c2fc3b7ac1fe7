package infer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestFilesThatNothingTellsApartAreOneTable(t *testing.T) {
	shop, other := `{"id":1,"city":"Bonn"}`, `{"id":2,"city":null}`
	for _, c := range []struct {
		files [2]string
		lines [2]string
		want  []string
	}{
		{[2]string{"2011-01.json", "2011-02.json"}, [2]string{shop, other}, []string{"events"}},
		{[2]string{"shop_north.json", "shop_south.json"}, [2]string{shop, other}, []string{"shop"}},
		{[2]string{"north_sales.json", "south_sales.json"}, [2]string{shop, other}, []string{"sales"}},
		{[2]string{"orders.json", "returns.json"}, [2]string{shop, other}, []string{"events"}},
		// Every event of the second has a field that none of the first has.
		{[2]string{"orders.json", "returns.json"}, [2]string{shop, `{"id":2,"reason":"torn"}`}, []string{"orders", "returns"}},
		{[2]string{"orders.json", "returns.json"}, [2]string{shop, `{"id":2,"city":"Ulm","reason":"torn"}`}, []string{"orders", "returns"}},
	} {
		p := propose(t, append(sample(c.files[0], c.lines[0]), sample(c.files[1], c.lines[1])...))
		var got []string
		for _, contract := range p.Contracts {
			got = append(got, contract.Table)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v with %v are tables %v, not %v", c.files, c.lines, got, c.want)
		}
		if p.Rows != 2 {
			t.Errorf("%v with %v: %d of 2 become rows", c.files, c.lines, p.Rows)
		}
	}
}

func TestAFileWithoutAValueThatAnotherHasMakesItOptional(t *testing.T) {
	var first, second strings.Builder
	for i := range 20 {
		fmt.Fprintf(&first, `{"id":%d,"city":"Bonn"}`+"\n", i)
		fmt.Fprintf(&second, `{"id":%d,"city":null}`+"\n", i)
	}
	p := propose(t, append(sample("2011-01.json", first.String()), sample("2011-02.json", second.String())...))
	if p.Rows != 40 || p.Contracts[0].Events != 40 {
		t.Errorf("of 40 events %d become rows, %d were looked at", p.Rows, p.Contracts[0].Events)
	}
}

func TestWhatIsPersonal(t *testing.T) {
	for name, want := range map[string]bool{
		"mobile": true, "customer_mobile": true, "mobile_number": true, "device_mobile_brand_name": false, "is_mobile_app": false, "email": true, "product_name": false,
	} {
		if personal(name) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}
