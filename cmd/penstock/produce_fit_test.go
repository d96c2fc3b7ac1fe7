package main

import (
	"strings"
	"testing"
)

func TestDummyOrdersThatNoContractTakesAreTold(t *testing.T) {
	const orders, retail = "../../examples/orders", "../../examples/retail"
	for name, c := range map[string]struct {
		options sourceOptions
		dir     string
		want    string
	}{
		"orders":             {sourceOptions{orders: 5}, orders, ""},
		"order lines":        {sourceOptions{orders: 5}, retail, "the contracts of " + retail + " take no dummy orders"},
		"some bad":           {sourceOptions{orders: 5, bad: 4}, retail, "produce --from FILE"},
		"all bad, on demand": {sourceOptions{orders: 5, bad: 5}, retail, ""},
		"files":              {sourceOptions{from: []string{"x.csv"}}, retail, ""},
		"another machine's":  {sourceOptions{orders: 5}, "", ""},
		"no pipeline":        {sourceOptions{orders: 5}, t.TempDir(), ""},
	} {
		got := c.options.told(c.dir)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
