package infer

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/contract"
)

// Bounds of what a proposed dashboard shows.
const (
	maxGroups  = 20 // most distinct values of a column that bars and filters are made of
	maxBars    = 3
	maxSums    = 2
	maxShown   = 8 // columns of the table of the latest rows
	shownRange = 24 * time.Hour
)

// Dashboard is the text of dashboards/TABLE.yaml for a contract. Now decides the range: samples of
// last year would not be seen in a dashboard of the last day.
func (c *Contract) Dashboard(now time.Time) []byte {
	d := &sketch{Contract: c}
	d.choose()
	d.printf("# Proposed from %s: a beginning to change. docs/dashboards.md explains every word.\n", c.sample())
	d.printf("title: %s\n", quoted(human(c.Table)))
	d.printf("range: %s\n", d.rangeAt(now))
	d.printf("refresh: live\n")
	d.printf("time: %s\n", d.time)
	if len(d.groups) > 0 {
		d.printf("filters:\n")
		for _, g := range d.groups {
			d.printf("  - {name: %s, label: %s, column: %s, table: %s}\n", g.Name, quoted(human(g.Name)), g.Name, c.Table)
		}
	}
	d.printf("\ncharts:\n")
	d.charts()
	return []byte(d.out.String())
}

// sketch is a dashboard in the making.
type sketch struct {
	*Contract
	out strings.Builder
	// time is the column that charts are limited by, newest its latest time; sums are columns to add
	// up and groups those to count by.
	time         string
	newest       time.Time
	sums, groups []*Column
}

func (d *sketch) printf(format string, args ...any) { fmt.Fprintf(&d.out, format, args...) }

func (d *sketch) choose() {
	d.time = contract.ArrivedColumn
	best := 0
	for _, c := range d.Columns {
		if c.unknown {
			continue
		}
		v := &c.field.values
		switch {
		case c.kind == contract.Timestamp || c.kind == contract.Date:
			// The first column of times that all events have; failing that, none: rows without one would be in no chart.
			if rank := timeRank(c, d.Events); rank > best {
				best, d.time, d.newest = rank, c.Name, c.newest
			}
		case c.kind == contract.Decimal || c.kind == contract.Bigint && !hasWord(c.Name, "id"):
			if summable(c.Name) && len(d.sums) < maxSums {
				d.sums = append(d.sums, c)
			}
		case c.Private || c.kind != contract.Varchar:
		case len(v.distinct) >= 2 && len(v.distinct) <= maxGroups && !v.unique() && v.longest <= 60 && len(d.groups) < maxBars:
			d.groups = append(d.groups, c)
		}
	}
	if d.time == contract.ArrivedColumn {
		d.newest = time.Time{}
	}
}

// timeRank says how well a column serves as the time of its events; 0 not at all.
func timeRank(c *Column, events int) int {
	switch {
	case c.field.values.seen < events:
		return 0
	case slices.Contains([]string{"time", "timestamp", "ts", "event_time", "occurred_at", "created_at", "created"}, c.Name):
		return 3
	case c.kind == contract.Timestamp:
		return 2
	}
	return 1
}

func (d *sketch) rangeAt(now time.Time) string {
	if d.time != contract.ArrivedColumn && now.Sub(d.newest) > shownRange {
		return "all"
	}
	return "24h"
}

func (d *sketch) charts() {
	where := "where {{period}} and {{filters}}"
	d.chart("Events", "number", fmt.Sprintf("select count(*) as events from %s %s", d.Table, where))
	for _, c := range d.sums {
		d.chart("Sum of "+strings.ToLower(human(c.Name)), "number", fmt.Sprintf("select coalesce(sum(%s), 0) as total from %s %s", c.Name, d.Table, where))
	}
	d.chart("Events over time", "area", fmt.Sprintf("select {{bucket}} as time, count(*) as events\nfrom %s\n%s\ngroup by 1\norder by 1", d.Table, where))
	for _, c := range d.groups {
		d.chart("By "+strings.ToLower(human(c.Name)), "bar", fmt.Sprintf(
			"select %s, count(*) as events\nfrom %s\n%s and %s is not null\ngroup by 1\norder by 2 desc, 1\nlimit 10", c.Name, d.Table, where, c.Name), "filter: "+c.Name)
	}
	d.chart("Latest events", "table", fmt.Sprintf("select %s\nfrom %s\n%s\norder by %s desc\nlimit 50", strings.Join(d.shown(), ", "), d.Table, where, d.time))
}

func (d *sketch) chart(title, kind, sql string, words ...string) {
	d.printf("  - title: %s\n    type: %s\n", quoted(title), kind)
	for _, word := range words {
		d.printf("    %s\n", word)
	}
	if !strings.Contains(sql, "\n") {
		d.printf("    sql: %s\n\n", sql)
		return
	}
	d.printf("    sql: |\n      %s\n\n", strings.ReplaceAll(sql, "\n", "\n      "))
}

// shown are the columns of the table of the latest rows: the time, then the first that people can read.
func (d *sketch) shown() []string {
	list := []string{d.time}
	for _, c := range d.Columns {
		always := d.Events > 1 && len(c.field.values.distinct) == 1 // which is no news
		if len(list) < maxShown && !c.unknown && !always && c.kind != contract.JSON && c.Name != d.time {
			list = append(list, c.Name)
		}
	}
	return list
}
