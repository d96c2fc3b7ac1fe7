package chart

import (
	"time"

	"github.com/penstock/penstock/internal/contract"
)

// Dashboard is one file of dashboards/. Its JSON is the definition that docs/api.md describes. It is
// immutable once compiled and safe for concurrent use.
type Dashboard struct {
	// Name is the file's name without .yaml.
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description"`
	// Range is what is shown unless a reader chooses another; one of Ranges.
	Range string `json:"range"`
	// Refresh is "live", or how often the charts are computed, such as "30s".
	Refresh string    `json:"refresh"`
	Filters []*Filter `json:"filters"`
	Charts  []*Chart  `json:"charts"`

	// Interval is Refresh as a duration; 0 for "live".
	Interval time.Duration `json:"-"`
	// File is the file's name as faults have it.
	File string `json:"-"`
	// Faults are what is wrong with the file. A dashboard with faults has a name, and perhaps no more.
	Faults []contract.Fault `json:"-"`
}

// Filter is a choice of values that applies to every chart.
type Filter struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	// Column is what is compared, and Table where the values to choose from are.
	Column string `json:"-"`
	Table  string `json:"-"`
	// text says that the column is a text, which is compared as it is.
	text bool
}

// Type is how a chart is drawn.
type Type string

// The types.
const (
	Number  Type = "number"
	Line    Type = "line"
	Area    Type = "area"
	Bar     Type = "bar"
	Stacked Type = "stacked"
	Donut   Type = "donut"
	Funnel  Type = "funnel"
	Table   Type = "table"
	Map     Type = "map"
)

func typeNames() []string {
	return []string{"number", "line", "area", "bar", "stacked", "donut", "funnel", "table", "map"}
}

// Chart is one tile of a dashboard.
type Chart struct {
	// ID is unique in its dashboard: lower-case letters, digits and hyphens.
	ID          string `json:"id"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Type        Type   `json:"type"`
	// Width is 1 to 4 columns of the grid, Height 1 to 3 rows.
	Width  int     `json:"width"`
	Height int     `json:"height"`
	Format *Format `json:"format,omitempty"`
	// Filter names the filter that choosing a bar, slice, row or country sets; empty: none.
	Filter string `json:"filter,omitempty"`
	// Time says that the first column is a time.
	Time bool `json:"time"`
	// SQL is the query as the file has it.
	SQL string `json:"sql"`

	// Line is where the query begins in the file.
	Line int `json:"-"`

	template template
	column   string // the time column
	tables   []string
	filters  []*Filter
}

// Format says how measures are shown.
type Format struct {
	// Style is "number", "currency" or "percent" (0.25 is 25 %).
	Style string `json:"style"`
	// Currency is an ISO 4217 code; with the style currency only.
	Currency string `json:"currency,omitempty"`
	// Decimals is how many digits follow the point, 0 to 6; null leaves it to the reader's locale.
	Decimals *int `json:"decimals,omitempty"`
}

// Chart is the chart of that id, or nil.
func (d *Dashboard) Chart(id string) *Chart {
	for _, c := range d.Charts {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// Filter is the filter of that name, or nil.
func (d *Dashboard) Filter(name string) *Filter {
	for _, f := range d.Filters {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Values is a chart of the filter's values, the most frequent first.
func (f *Filter) Values() *Chart {
	sql := "select " + f.Column + ", count(*) from " + f.Table + " where " + f.Column + " is not null group by " + f.Column +
		" order by count(*) desc, " + f.Column + " limit 500"
	return &Chart{ID: "filter:" + f.Name, Type: Table, SQL: sql, template: template{{text: sql}}}
}
