package chart

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/penstock/penstock/internal/spelling"
)

// template is a query in pieces: SQL, and placeholders to be filled.
type template []piece

// piece is SQL as it is, or a placeholder if name is not empty.
type piece struct {
	text string
	name string
	arg  string
}

// The placeholders.
const (
	periodWord  = "period"
	filtersWord = "filters"
	bucketWord  = "bucket"
	fromWord    = "from"
	toWord      = "to"
)

func placeholders() []string { return []string{periodWord, filtersWord, bucketWord, fromWord, toWord} }

var (
	placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)
	// columnName is a column, perhaps of a named table.
	columnName = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*\.)?[A-Za-z_][A-Za-z0-9_]*$`)
)

// templateFault is what is wrong with a placeholder, in which line of the query, counted from 0.
type templateFault struct {
	line             int
	message, instead string
}

// parseTemplate splits a query at its placeholders.
func parseTemplate(sql string) (t template, faults []templateFault) {
	end := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(sql, -1) {
		if at[0] > end {
			t = append(t, piece{text: sql[end:at[0]]})
		}
		end = at[1]
		p, message, instead := parsePlaceholder(sql[at[2]:at[3]])
		if message != "" {
			faults = append(faults, templateFault{strings.Count(sql[:at[0]], "\n"), message, instead})
		}
		t = append(t, p)
	}
	if end < len(sql) {
		t = append(t, piece{text: sql[end:]})
	}
	for _, p := range t {
		if open := strings.Index(p.text, "{{"); open >= 0 {
			faults = append(faults, templateFault{strings.Count(sql[:strings.Index(sql, p.text)+open], "\n"),
				"a placeholder that begins with {{ does not end", "write it like {{period}}"})
		}
	}
	return t, faults
}

func parsePlaceholder(inside string) (p piece, message, instead string) {
	name, arg, _ := strings.Cut(inside, ":")
	p = piece{name: strings.TrimSpace(name), arg: strings.TrimSpace(arg)}
	known := false
	for _, word := range placeholders() {
		known = known || word == p.name
	}
	if !known {
		instead = "write one of {{" + strings.Join(placeholders(), "}}, {{") + "}}"
		if near := spelling.Nearest(p.name, placeholders()); near != "" {
			instead = fmt.Sprintf("did you mean {{%s}}?", near)
		}
		return p, fmt.Sprintf("there is no placeholder {{%s}}", inside), instead
	}
	switch {
	case p.name == filtersWord:
	case p.arg == "" && !strings.Contains(inside, ":"):
	case p.name == fromWord || p.name == toWord:
		return p, fmt.Sprintf("{{%s}} takes no column", p.name), "write {{" + p.name + "}}"
	case !columnName.MatchString(p.arg):
		return p, fmt.Sprintf("{{%s}} names no column", inside), "write {{" + p.name + ":column_name}}"
	}
	return p, "", ""
}

// uses reports whether the query has one of the placeholders.
func (t template) uses(names ...string) bool {
	for _, p := range t {
		for _, name := range names {
			if p.name == name {
				return true
			}
		}
	}
	return false
}

// usesTime reports whether the query depends on the range.
func (t template) usesTime() bool { return t.uses(periodWord, bucketWord, fromWord, toWord) }

// filtersOf are those of the filters that the query depends on.
func (t template) filtersOf(all []*Filter) []*Filter {
	var used []*Filter
	for _, f := range all {
		for _, p := range t {
			if p.name == filtersWord && (p.arg == "" || listed(p.arg, f.Name)) {
				used = append(used, f)
				break
			}
		}
	}
	return used
}
