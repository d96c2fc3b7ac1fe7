package contract

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/expression"
	"github.com/penstock/penstock/internal/spelling"
)

// contract is a compiled contract.
type contract struct {
	number      int    // in its Set, from 0
	file        string // its source's name
	table       *Table
	match, drop *expression.Program // nil: everything matches, nothing is dropped
	columns     []column
	// fields finds the top-level fields that columns start at; unknown fields are those it does
	// not know.
	fields  *document.Fields
	unknown unknownField
	// anyEvent: a column reads the event itself, so that it need not be an object.
	anyEvent bool
	// description and columnDescriptions, by name, are for people.
	description        string
	columnDescriptions map[string]string
}

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

func compileContract(d *definition, faults *faultList) *contract {
	c := &contract{file: d.file, unknown: d.unknown, description: d.description, columnDescriptions: map[string]string{}}
	d.checkTable(faults)
	c.match = d.condition("match", d.match, faults)
	c.drop = d.condition("drop", d.drop, faults)
	b := columnBuilder{d: d, faults: faults}
	for i := range d.columns {
		c.columns = append(c.columns, b.build(&d.columns[i]))
		c.columnDescriptions[d.columns[i].name.value] = d.columns[i].description
	}
	d.checkColumns(faults)
	d.checkKey(faults)
	c.bindFields(d, faults)
	c.table = &Table{Name: d.table.value, Key: d.key.value}
	if d.key.given() {
		c.table.KeyWindow = DefaultKeyWindow
		if d.windowLine > 0 {
			c.table.KeyWindow = d.window
		}
	}
	for i := range c.columns {
		c.table.Columns = append(c.table.Columns, c.columns[i].shape())
	}
	return c
}

func (d *definition) checkTable(faults *faultList) {
	if !d.table.given() {
		return
	}
	switch name := d.table.value; {
	case name == QuarantineName:
		faults.add(d.file, d.table.line, "the table quarantine belongs to Penstock", "choose another name")
	case !namePattern.MatchString(name):
		faults.add(d.file, d.table.line, fmt.Sprintf("%q cannot be a table's name", printable(name)), insteadOfName(name))
	}
}

// insteadOfName turns a name of another style into one of ours.
func insteadOfName(name string) string {
	var b strings.Builder
	for i, c := range strings.TrimLeft(name, "_0123456789") {
		switch {
		case c >= 'A' && c <= 'Z':
			if i > 0 && !strings.HasSuffix(b.String(), "_") && (name[i-1] < 'A' || name[i-1] > 'Z') {
				b.WriteByte('_')
			}
			b.WriteRune(c + 'a' - 'A')
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	if better := strings.Trim(b.String(), "_"); namePattern.MatchString(better) {
		return fmt.Sprintf("write %q; names are a letter and up to 62 letters, digits and _, in lower case", better)
	}
	return "begin with a letter, then write up to 62 letters, digits and _, in lower case"
}

func (d *definition) checkColumns(faults *faultList) {
	seen := map[string]int{}
	for _, c := range d.columns {
		if !c.name.given() {
			continue
		}
		if first, twice := seen[c.name.value]; twice {
			faults.add(d.file, c.name.line, fmt.Sprintf("column %q is there twice, first in line %d", c.name.value, first),
				"give each column a name of its own")
			continue
		}
		seen[c.name.value] = c.name.line
		if name := c.name.value; strings.HasPrefix(name, "_") {
			faults.add(d.file, c.name.line, fmt.Sprintf("%q begins with _, as only Penstock's own columns do", printable(name)),
				fmt.Sprintf("write %q, with from: %s", strings.TrimLeft(name, "_"), name))
		} else if !namePattern.MatchString(name) {
			faults.add(d.file, c.name.line, fmt.Sprintf("%q cannot be a column's name", printable(name)),
				insteadOfName(name)+"; from: names the event's field")
		}
	}
}

// checkKey: every event has exactly one key, and it survives being protected.
func (d *definition) checkKey(faults *faultList) {
	if !d.key.given() {
		if d.windowLine > 0 {
			faults.add(d.file, d.windowLine, "there is a window for a key, but no key", "add a line such as: key: order_id")
		}
		return
	}
	var names []string
	for _, c := range d.columns {
		names = append(names, c.name.value)
		if c.name.value != d.key.value {
			continue
		}
		switch {
		case c.typ.Kind == JSON || c.typ.Kind == Double:
			faults.add(d.file, d.key.line, fmt.Sprintf("a %s cannot be a key", c.typ), "choose a column whose values are compared exactly")
		case c.privacy == maskPrivate || c.privacy == dropPrivate:
			faults.add(d.file, d.key.line, "the key's column is masked or dropped, so its values are not told apart", "use pii: hash for it")
		case !c.required:
			faults.add(d.file, d.key.line, fmt.Sprintf("the key %q may be missing from an event", d.key.value),
				fmt.Sprintf("add required: true to the column in line %d", c.line))
		}
		return
	}
	hint := "name one of the columns"
	if near := spelling.Nearest(d.key.value, names); near != "" {
		hint = fmt.Sprintf("write %q", near)
	}
	faults.add(d.file, d.key.line, fmt.Sprintf("there is no column %q to be the key", printable(d.key.value)), hint)
}
