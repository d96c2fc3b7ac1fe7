package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"github.com/penstock/penstock/internal/monitor"
)

// line is a line of a terminal, without its end.
type line struct {
	text string
	// colour is the escape sequence that begins it, or empty.
	colour string
}

// Colours of ECMA-48, section 8.3.117.
const (
	red    = "\x1b[31m"
	yellow = "\x1b[33m"
	plain  = "\x1b[0m"
)

// page gathers lines.
type page struct{ lines []line }

func (p *page) add(colour, format string, args ...any) {
	text := strings.TrimRight(fmt.Sprintf(format, args...), " ")
	for one := range strings.SplitSeq(text, "\n") {
		p.lines = append(p.lines, line{harmless(one), colour})
	}
}

// harmless leaves out what a terminal would obey: messages hold what others wrote.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return '·'
		}
		return r
	}, text)
}

// stateLines is the state for people.
func stateLines(s state) []line {
	var p page
	state, colour := "ready", ""
	if !s.Ready {
		state, colour = "NOT ready", red
	}
	p.add(colour, "Pipeline %s is %s; %s.", s.Pipeline, state, completeTo(s.CompleteTo, time.Now()))
	p.add("", "")
	p.ledger(s.Status)
	p.path(s.Steps)
	p.contracts(s)
	for _, a := range s.Alarms {
		if a.State == monitor.AlarmFiring {
			p.add("", "")
			p.add(red, "! alarm %s since %s: %s", a.Name, a.Since.Local().Format(time.TimeOnly), a.Message)
		}
	}
	for _, problem := range s.Problems {
		p.add("", "")
		p.add(red, "! %s", problem)
	}
	return p.lines
}

// completeTo says how fresh the tables are, with the day when it is not now's. A shard that never loaded is complete to
// the beginning of Unix time.
func completeTo(at, now time.Time) string {
	if at.Unix() <= 0 {
		return "nothing is loaded yet"
	}
	at, now = at.Local(), now.Local()
	if at.Format(time.DateOnly) != now.Format(time.DateOnly) {
		return "complete to " + at.Format(time.DateTime)
	}
	return "complete to " + at.Format(time.TimeOnly)
}

func (p *page) ledger(s monitor.Status) {
	one := func(name string, n int64, note string) { p.add("", "  %-12s %14s  %s", name, humanize.Comma(n), note) }
	one("accepted", s.Ledger.Accepted, "")
	one("loaded", s.Ledger.Loaded, tableCounts(s.Tables))
	one("quarantined", s.Ledger.Quarantined, "")
	lost := ""
	if s.Ledger.Lost > 0 {
		lost = humanize.Comma(s.Ledger.Lost) + " of them were lost, and the loss was accepted"
	}
	one("dropped", s.Ledger.Dropped, lost)
	one("in flight", s.Ledger.InFlight, "")
	p.add("", "")
	if s.Balanced {
		p.add("", "  accepted = loaded + quarantined + dropped + in flight")
		return
	}
	p.add(red, "  DOES NOT BALANCE: off by %s", humanize.Comma(s.Ledger.Imbalance()))
}

func (p *page) path(steps []monitor.Step) {
	if len(steps) == 0 {
		return
	}
	p.add("", "")
	p.add("", "  %-12s %10s %12s %9s %8s  %s", "step", "events/s", "waiting", "for", "errors", "state")
	for _, s := range steps {
		colour := map[monitor.State]string{monitor.StateWarn: yellow, monitor.StateFail: red}[s.State]
		state := string(s.State)
		if s.Problem != "" {
			state += ": " + firstLine(s.Problem)
		}
		waits := ""
		if s.LagEvents > 0 {
			waits = (time.Duration(s.LagSeconds*10) * time.Second / 10).String()
		}
		p.add(colour, "  %-12s %10s %12s %9s %8s  %s", s.Name, humanize.CommafWithDigits(s.EventsPerSecond, 1),
			humanize.Comma(s.LagEvents), waits, humanize.Comma(s.Errors), state)
	}
}

func (p *page) contracts(s state) {
	if len(s.Contracts) == 0 {
		return
	}
	p.add("", "")
	rest := s.Unclassified
	rest.Contract = "(no contract)"
	all := slices.Clone(s.Contracts)
	if rest.Accepted != 0 || !rest.Balanced {
		all = append(all, rest)
	}
	rows := []row{{cells: []string{"contract", "accepted", "loaded", "quarantined", "dropped", "in flight"}}}
	for _, c := range all {
		one := row{cells: []string{shortened(c.Contract, maxName)}}
		for _, n := range []int64{c.Accepted, c.Loaded, c.Quarantined, c.Dropped, c.InFlight} {
			one.cells = append(one.cells, humanize.Comma(n))
		}
		if !c.Balanced {
			one.colour, one.note = red, "off by "+humanize.Comma(c.Imbalance())
		}
		rows = append(rows, one)
	}
	p.table(rows)
}

// maxName is how much of a contract's name is shown, in characters.
const maxName = 28

func shortened(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// row is a line of a table, with a note behind it.
type row struct {
	cells        []string
	colour, note string
}

// leastColumn keeps a table's columns where they are while small numbers grow; a table of six fits into 80 characters.
const leastColumn = 10

// table adds rows of as many cells, each column as wide as the longest in it: the first to the left, the numbers after it to the
// right.
func (p *page) table(rows []row) {
	widths := make([]int, len(rows[0].cells))
	for i := range widths {
		widths[i] = leastColumn
		for _, r := range rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(r.cells[i]))
		}
	}
	for _, r := range rows {
		var text strings.Builder
		fmt.Fprintf(&text, "  %-*s", widths[0], r.cells[0])
		for i, cell := range r.cells[1:] {
			fmt.Fprintf(&text, "  %*s", widths[i+1], cell)
		}
		p.add(r.colour, "%s  %s", text.String(), r.note)
	}
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}

func tableCounts(tables map[string]int64) string {
	names := make([]string, 0, len(tables))
	for name := range tables {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %s", name, humanize.Comma(tables[name]))
	}
	return joined(names)
}
