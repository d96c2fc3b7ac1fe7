package chart

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/declaration"
	"github.com/penstock/penstock/internal/spelling"
)

// The most a dashboard may hold. Each chart is a query, and each filter a condition in all of them.
const (
	MaxCharts  = 40
	MaxFilters = 12
)

// Compile reads dashboard files against the tables of the contracts. It returns a dashboard for each
// file, in the order of the sources; one that is wrong has Faults.
func Compile(sources []contract.Source, tables []*contract.Table) []*Dashboard {
	dashboards := make([]*Dashboard, len(sources))
	for i, source := range sources {
		dashboards[i] = compile(source, tables)
	}
	return dashboards
}

var dashboardName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

func compile(source contract.Source, tables []*contract.Table) *Dashboard {
	name := strings.TrimSuffix(path.Base(source.Name), ".yaml")
	d := &Dashboard{
		Name: name, Title: name, File: source.Name,
		Range: "24h", Refresh: "live", Filters: []*Filter{}, Charts: []*Chart{},
	}
	r := &reader{Reader: declaration.Reader{
		File: source.Name, What: "a dashboard",
		FirstLine: "begin with a line such as: title: Orders", Another: "put each dashboard in a file of its own",
	}, tables: tables}
	if !dashboardName.MatchString(name) {
		r.Fault(&yaml.Node{}, fmt.Sprintf("%q cannot be a dashboard's name", name), "name the file with 1 to 64 lower-case letters, digits, _ and -")
	}
	if root, ok := r.Document(source.Text); ok {
		r.dashboard(root, d)
	}
	slices.SortStableFunc(r.Faults, func(a, b contract.Fault) int { return a.Line - b.Line })
	d.Faults = r.Faults
	return d
}

// reader reads one dashboard file.
type reader struct {
	declaration.Reader
	tables []*contract.Table
	// time is the dashboard's time column.
	time string
}

func (r *reader) dashboard(root *yaml.Node, d *Dashboard) {
	var charts, filters *yaml.Node
	seen := r.Mapping(root, "a dashboard", "", []declaration.Word{
		{Name: "title", Read: func(n *yaml.Node) { d.Title, _ = r.Text("title", n) }},
		{Name: "description", Read: func(n *yaml.Node) { d.Description, _ = r.Text("description", n) }},
		{Name: "range", Read: func(n *yaml.Node) {
			if value, ok := r.Choice("range", n, Ranges()...); ok {
				d.Range = value
			}
		}},
		{Name: "refresh", Read: func(n *yaml.Node) { r.refresh(n, d) }},
		{Name: "time", Read: func(n *yaml.Node) { r.time = r.timeColumn(n) }},
		{Name: "filters", Read: func(n *yaml.Node) { filters = n }},
		{Name: "charts", Read: func(n *yaml.Node) { charts = n }},
	})
	if seen["title"] == nil {
		r.Fault(root, "the dashboard has no title", "add a line such as: title: Orders")
	}
	if filters != nil {
		r.filters(filters, d)
	}
	if charts == nil || charts.Kind != yaml.SequenceNode || len(charts.Content) == 0 {
		if seen["charts"] == nil || charts != nil {
			r.Fault(root, "the dashboard has no charts", `add "charts:" with a line such as: - {title: Orders, type: number, sql: select count(*) from orders}`)
		}
		return
	}
	if len(charts.Content) > MaxCharts {
		r.Fault(charts, fmt.Sprintf("the dashboard has %d charts", len(charts.Content)), fmt.Sprintf("write at most %d, and the others in a file of their own", MaxCharts))
		return
	}
	for _, n := range charts.Content {
		r.chart(n, d)
	}
}

// timeColumn reads the name of a time column that at least one table has.
func (r *reader) timeColumn(n *yaml.Node) string {
	name, ok := r.Text("time", n)
	if !ok || len(r.tablesWith(name)) > 0 {
		return name
	}
	var times []string
	for _, t := range r.tables {
		for _, c := range t.Columns {
			if c.Type.Kind == contract.Timestamp || c.Type.Kind == contract.Date {
				times = append(times, c.Name)
			}
		}
	}
	instead := "name a column of the type timestamp or date"
	if near := spelling.Nearest(name, times); near != "" {
		instead = fmt.Sprintf("did you mean %q?", near)
	}
	r.Fault(n, fmt.Sprintf("no table has a time column %q", name), instead)
	return ""
}

// tablesWith are the tables that have a time column of that name; every table has the metadata's.
func (r *reader) tablesWith(column string) []string {
	var names []string
	for _, t := range r.tables {
		for _, c := range slices.Concat(contract.MetadataColumns(), t.Columns) {
			if strings.EqualFold(c.Name, column) && (c.Type.Kind == contract.Timestamp || c.Type.Kind == contract.Date) {
				names = append(names, t.Name)
			}
		}
	}
	return names
}

func (r *reader) filters(n *yaml.Node, d *Dashboard) {
	if n.Kind != yaml.SequenceNode {
		r.Fault(n, "filters is not a list", "write it like this: filters: [{name: country, column: country, table: orders}]")
		return
	}
	if len(n.Content) > MaxFilters {
		r.Fault(n, fmt.Sprintf("the dashboard has %d filters", len(n.Content)), fmt.Sprintf("write at most %d", MaxFilters))
		return
	}
	for _, entry := range n.Content {
		r.filter(entry, d)
	}
}

var filterName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

func (r *reader) filter(n *yaml.Node, d *Dashboard) {
	const example = "{name: country, label: Country, column: country, table: orders}"
	f := &Filter{}
	var tableAt, columnAt *yaml.Node
	r.Mapping(n, "a filter", example, []declaration.Word{
		{Name: "name", Read: func(n *yaml.Node) {
			if f.Name, _ = r.Text("the filter's name", n); f.Name != "" && !filterName.MatchString(f.Name) {
				r.Fault(n, fmt.Sprintf("%q cannot be a filter's name", f.Name), "use 1 to 64 lower-case letters, digits and _")
			}
		}},
		{Name: "label", Read: func(n *yaml.Node) { f.Label, _ = r.Text("label", n) }},
		{Name: "column", Read: func(n *yaml.Node) { columnAt = n; f.Column, _ = r.Text("column", n) }},
		{Name: "table", Read: func(n *yaml.Node) { tableAt = n; f.Table, _ = r.Text("table", n) }},
	})
	if n.Kind != yaml.MappingNode {
		return
	}
	if f.Name == "" {
		r.Fault(n, "the filter has no name", "write it like this: "+example)
		return
	}
	if d.Filter(f.Name) != nil {
		r.Fault(n, fmt.Sprintf("there are two filters %q", f.Name), "give each a name of its own")
	}
	if f.Column == "" {
		f.Column, columnAt = f.Name, n
	}
	if f.Label == "" {
		f.Label = strings.ToUpper(f.Name[:1]) + strings.ReplaceAll(f.Name[1:], "_", " ")
	}
	if tableAt == nil {
		tableAt = n
		if len(r.tables) == 1 {
			f.Table = r.tables[0].Name
		}
	}
	r.filterColumn(f, tableAt, columnAt)
	d.Filters = append(d.Filters, f)
}

// filterColumn checks that the filter's table and column exist.
func (r *reader) filterColumn(f *Filter, tableAt, columnAt *yaml.Node) {
	var names []string
	for _, t := range r.tables {
		if t.Name != f.Table {
			names = append(names, t.Name)
			continue
		}
		var columns []string
		for _, c := range t.Columns {
			if c.Name == f.Column {
				f.text = c.Type.Kind == contract.Varchar
				return
			}
			columns = append(columns, c.Name)
		}
		r.unknown(columnAt, fmt.Sprintf("the table %s has no column %q", f.Table, f.Column), f.Column, columns)
		return
	}
	r.unknown(tableAt, fmt.Sprintf("the filter's table %q does not exist", f.Table), f.Table, names)
}

func (r *reader) unknown(n *yaml.Node, message, name string, known []string) {
	instead := "write one of " + strings.Join(known, ", ")
	if near := spelling.Nearest(name, known); near != "" {
		instead = fmt.Sprintf("did you mean %q?", near)
	}
	r.Fault(n, message, instead)
}
