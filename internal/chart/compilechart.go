package chart

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/declaration"
)

// The shortest and longest interval at which a dashboard may be computed.
const (
	minRefresh = time.Second
	maxRefresh = time.Hour
)

func (r *reader) refresh(n *yaml.Node, d *Dashboard) {
	value, ok := r.Text("refresh", n)
	if !ok || value == "live" {
		return
	}
	interval, err := time.ParseDuration(value)
	if err != nil || interval < minRefresh || interval > maxRefresh {
		r.Fault(n, fmt.Sprintf("refresh is %q", value), "write live, or a duration from 1s to 1h, such as 30s")
		return
	}
	d.Refresh, d.Interval = value, interval
}

func (r *reader) chart(n *yaml.Node, d *Dashboard) {
	const example = "{title: Orders, type: number, sql: select count(*) from orders}"
	c := &Chart{column: r.time, filters: d.Filters}
	var sql, idAt, filterAt *yaml.Node
	seen := r.Mapping(n, "a chart", example, []declaration.Word{
		{Name: "id", Read: func(n *yaml.Node) { idAt = n; c.ID, _ = r.Text("id", n) }},
		{Name: "title", Read: func(n *yaml.Node) { c.Title, _ = r.Text("title", n) }},
		{Name: "description", Read: func(n *yaml.Node) { c.Description, _ = r.Text("description", n) }},
		{Name: "type", Read: func(n *yaml.Node) {
			name, _ := r.Choice("type", n, typeNames()...)
			c.Type = Type(name)
		}},
		{Name: "width", Read: func(n *yaml.Node) { c.Width = r.whole("width", n, 1, 4) }},
		{Name: "height", Read: func(n *yaml.Node) { c.Height = r.whole("height", n, 1, 3) }},
		{Name: "format", Read: func(n *yaml.Node) { c.Format = r.format(n) }},
		{Name: "filter", Read: func(n *yaml.Node) { filterAt = n; c.Filter, _ = r.Text("filter", n) }},
		{Name: "time", Read: func(n *yaml.Node) { c.column = r.timeColumn(n) }},
		{Name: "sql", Read: func(n *yaml.Node) { sql = n; c.SQL, _ = r.Text("sql", n) }},
	})
	if n.Kind != yaml.MappingNode {
		return
	}
	for _, word := range []string{"title", "type", "sql"} {
		if seen[word] == nil {
			r.Fault(n, "the chart has no "+word, "write it like this: "+example)
		}
	}
	if filterAt != nil && d.Filter(c.Filter) == nil {
		var names []string
		for _, f := range d.Filters {
			names = append(names, f.Name)
		}
		r.unknown(filterAt, fmt.Sprintf("the dashboard has no filter %q", c.Filter), c.Filter, names)
	}
	if idAt == nil {
		idAt = n
		c.ID = slug(c.Title)
	}
	r.id(idAt, c, d)
	if sql != nil && c.SQL != "" {
		r.query(sql, c)
	}
	c.sizes()
	d.Charts = append(d.Charts, c)
}

var (
	chartID  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)
	notAnID  = regexp.MustCompile(`[^a-z0-9]+`)
	currency = regexp.MustCompile(`^[A-Z]{3}$`)
)

// slug makes an id of a title.
func slug(title string) string {
	id := strings.Trim(notAnID.ReplaceAllString(strings.ToLower(title), "-"), "-")
	return strings.Trim(id[:min(len(id), 64)], "-")
}

func (r *reader) id(n *yaml.Node, c *Chart, d *Dashboard) {
	switch {
	case c.Title == "" && c.ID == "": // reported already
	case !chartID.MatchString(c.ID):
		r.Fault(n, fmt.Sprintf("%q cannot be a chart's id", c.ID), "write id: with 1 to 64 lower-case letters, digits and hyphens")
	case d.Chart(c.ID) != nil:
		r.Fault(n, fmt.Sprintf("there are two charts with the id %q", c.ID), "write id: with one of its own")
	}
}

// query reads the SQL of a chart and checks its placeholders.
func (r *reader) query(n *yaml.Node, c *Chart) {
	c.Line = max(n.Line, 1)
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		c.Line++ // the text of a block begins below its word
	}
	c.SQL = strings.TrimRight(c.SQL, " \t\r\n;")
	var faults []templateFault
	c.template, faults = parseTemplate(c.SQL)
	at := func(line int) *yaml.Node { return &yaml.Node{Line: c.Line + line} }
	for _, f := range faults {
		r.Fault(at(f.line), f.message, f.instead)
	}
	for _, p := range c.template {
		if (p.name == periodWord || p.name == bucketWord) && p.arg == "" && c.column == "" && len(faults) == 0 {
			r.Fault(at(0), fmt.Sprintf("{{%s}} needs a time column", p.name), "add time: order_date to the dashboard, or write {{"+p.name+":order_date}}")
			return
		}
		if p.name == bucketWord && p.arg != "" {
			c.column = p.arg
		}
		if p.name == filtersWord && p.arg != "" {
			r.listedFilters(at(0), p.arg, c)
		}
	}
	if column := c.column[strings.LastIndex(c.column, ".")+1:]; c.template.uses(bucketWord) {
		if c.tables = r.tablesWith(column); len(c.tables) == 0 && column != "" && len(faults) == 0 {
			r.Fault(at(0), fmt.Sprintf("no table has a time column %q", column), "name a column of the type timestamp or date")
		}
		c.column = column
	}
	c.filters = c.template.filtersOf(c.filters)
	c.Time = c.Type == Line || c.Type == Area || c.template.uses(bucketWord)
}

func (r *reader) listedFilters(n *yaml.Node, names string, c *Chart) {
	var known []string
	for _, f := range c.filters {
		known = append(known, f.Name)
	}
	for name := range strings.SplitSeq(names, ",") {
		name = strings.TrimSpace(name)
		if !listed(strings.Join(known, ","), name) {
			r.unknown(n, fmt.Sprintf("the dashboard has no filter %q", name), name, known)
		}
	}
}

// sizes are those of a chart that says nothing: a number is a tile, a table as wide as the grid.
func (c *Chart) sizes() {
	width, height := 2, 2
	switch c.Type {
	case Number:
		width, height = 1, 1
	case Table:
		width = 4
	}
	if c.Width == 0 {
		c.Width = width
	}
	if c.Height == 0 {
		c.Height = height
	}
}

// whole reads a whole number from least to most, or gives 0.
func (r *reader) whole(name string, n *yaml.Node, least, most int) int {
	value, ok := r.Text(name, n)
	if !ok {
		return 0
	}
	v, err := strconv.Atoi(value)
	if err != nil || v < least || v > most {
		r.Fault(n, fmt.Sprintf("%s is %q", name, value), fmt.Sprintf("write a whole number from %d to %d", least, most))
		return 0
	}
	return v
}

func (r *reader) format(n *yaml.Node) *Format {
	const example = "format: {style: currency, currency: EUR, decimals: 2}"
	f := &Format{Style: "number"}
	r.Mapping(n, "format", example, []declaration.Word{
		{Name: "style", Read: func(n *yaml.Node) {
			if value, ok := r.Choice("style", n, "number", "currency", "percent"); ok {
				f.Style = value
			}
		}},
		{Name: "currency", Read: func(n *yaml.Node) {
			if f.Currency, _ = r.Text("currency", n); f.Currency != "" && !currency.MatchString(f.Currency) {
				r.Fault(n, fmt.Sprintf("currency is %q", f.Currency), "write the three letters of ISO 4217, such as EUR")
			}
		}},
		{Name: "decimals", Read: func(n *yaml.Node) {
			v := r.whole("decimals", n, 0, 6)
			f.Decimals = &v
		}},
	})
	if n.Kind == yaml.MappingNode && (f.Style == "currency") != (f.Currency != "") {
		r.Fault(n, "the style currency and a currency go together", "write it like this: "+example)
	}
	return f
}
