package chart

import (
	"fmt"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/contract"
)

func TestFaultsSayWhereWhatAndWhatToWrite(t *testing.T) {
	const start = "title: T\ntime: order_date\nfilters: [{name: country, table: orders}]\ncharts:\n"
	const chart = start + "  - {title: A, type: number, sql: select 1}\n"
	many := func(n int, entry string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, entry, i)
		}
		return b.String()
	}
	for _, c := range []struct{ name, text, want string }{
		{"whole", chart, ""},
		{"empty", "", "1: the file is empty; begin with a line such as: title: Orders"},
		{"not a mapping", "- a\n", "1: the file is not a dashboard; begin with a line such as: title: Orders"},
		{"no title", "charts:\n  - {title: A, type: number, sql: select 1}\n", "1: the dashboard has no title; add a line such as: title: Orders"},
		{"no charts", "title: T\n", "1: the dashboard has no charts; "},
		{"charts are text", "title: T\ncharts: none\n", "1: the dashboard has no charts; "},
		{"misspelled", chart + "refersh: live\n", `6: a dashboard has no word "refersh"; did you mean "refresh"?`},
		{"misspelled in a chart", start + "  - {title: A, type: number, sqll: select 1}\n", `5: a chart has no word "sqll"; did you mean "sql"?`},
		{"type", start + "  - {title: A, type: pie, sql: select 1}\n", `5: type is "pie", which does not exist; write number or line or area or bar or stacked or donut or funnel or table or map`},
		{"no type", start + "  - {title: A, sql: select 1}\n", "5: the chart has no type; write it like this: {title: Orders, type: number, sql: select count(*) from orders}"},
		{"range", chart + "range: 2h\n", `6: range is "2h", which does not exist; `},
		{"refresh", chart + "refresh: 10ms\n", `6: refresh is "10ms"; write live, or a duration from 1s to 1h, such as 30s`},
		{"width", start + "  - {title: A, type: number, width: 5, sql: select 1}\n", `5: width is "5"; write a whole number from 1 to 4`},
		{"time", strings.Replace(chart, "order_date", "order_dat", 1), `2: no table has a time column "order_dat"; did you mean "order_date"?`},
		{"time of another type", strings.Replace(chart, "order_date", "country", 1), `2: no table has a time column "country"; `},
		{"filter's column", strings.Replace(chart, "{name: country", "{name: x, column: contry", 1), `3: the table orders has no column "contry"; did you mean "country"?`},
		{"filter's table", strings.Replace(chart, "table: orders", "table: order", 1), `3: the filter's table "order" does not exist; `},
		{"a chart's filter", start + "  - {title: A, type: bar, filter: city, sql: select 1}\n", `5: the dashboard has no filter "city"; write one of country`},
		{"same id", chart + "  - {title: a, type: number, sql: select 1}\n", `6: there are two charts with the id "a"; write id: with one of its own`},
		{"no id", start + "  - {title: 注文, type: number, sql: select 1}\n", `5: "" cannot be a chart's id; write id: with 1 to 64 lower-case letters, digits and hyphens`},
		{"placeholder", start + "  - title: A\n    type: number\n    sql: |\n      select 1\n      where {{perod}}\n", "9: there is no placeholder {{perod}}; did you mean {{period}}?"},
		{"open placeholder", start + "  - title: A\n    type: number\n    sql: |\n      select 1\n      where {{period\n", "9: a placeholder that begins with {{ does not end; write it like {{period}}"},
		{"no column", start + "  - {title: A, type: number, sql: 'select {{bucket:a b}}'}\n", "5: {{bucket:a b}} names no column; write {{bucket:column_name}}"},
		{"from a column", start + "  - {title: A, type: number, sql: 'select {{from:x}}'}\n", "5: {{from}} takes no column; write {{from}}"},
		{"no time", "title: T\ncharts:\n  - {title: A, type: number, sql: 'select 1 where {{period}}'}\n", "3: {{period}} needs a time column; add time: order_date to the dashboard, or write {{period:order_date}}"},
		{"listed filter", start + "  - {title: A, type: number, sql: 'select 1 where {{filters:contry}}'}\n", `5: the dashboard has no filter "contry"; did you mean "country"?`},
		{"currency", start + "  - {title: A, type: number, format: {style: currency}, sql: select 1}\n", "5: the style currency and a currency go together; write it like this: format: {style: currency, currency: EUR, decimals: 2}"},
		{"charts at the limit", start + many(MaxCharts, "  - {title: A%d, type: number, sql: select 1}\n"), ""},
		{"one past it", start + many(MaxCharts+1, "  - {title: A%d, type: number, sql: select 1}\n"), "5: the dashboard has 41 charts; write at most 40, and the others in a file of their own"},
		{"filters at the limit", "title: T\nfilters:\n" + many(MaxFilters, "  - {name: f%d, column: country, table: orders}\n") + "charts: [{title: A, type: number, sql: select 1}]\n", ""},
		{"one filter past it", "title: T\nfilters:\n" + many(MaxFilters+1, "  - {name: f%d, column: country, table: orders}\n") + "charts: [{title: A, type: number, sql: select 1}]\n", "3: the dashboard has 13 filters; write at most 12"},
		{"anchors", "title: &a T\n", "1: YAML anchors and aliases"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Compile([]contract.Source{{Name: "shop.yaml", Text: []byte(c.text)}}, tables)[0]
			got := ""
			if len(d.Faults) > 0 {
				got = strings.TrimPrefix(d.Faults[0].String(), "shop.yaml:")
			}
			if (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestANameThatCannotBePartOfAnAddressIsRefused(t *testing.T) {
	const text = "title: T\ncharts: [{title: A, type: number, sql: select 1}]\n"
	for name, ok := range map[string]bool{"orders.yaml": true, "a-b_2.yaml": true, "My orders.yaml": false, "ü.yaml": false, strings.Repeat("a", 64) + ".yaml": true, strings.Repeat("a", 65) + ".yaml": false} {
		if d := Compile([]contract.Source{{Name: name, Text: []byte(text)}}, tables)[0]; (len(d.Faults) == 0) != ok {
			t.Errorf("%s: %v", name, d.Faults)
		}
	}
}
