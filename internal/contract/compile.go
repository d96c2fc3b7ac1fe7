package contract

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/expression"
)

// MaxContracts is the most contracts a pipeline can have.
const MaxContracts = 1000

// Source is one contract file.
type Source struct {
	// Name is how messages call the file, such as "contracts/orders.yaml".
	Name string
	Text []byte
}

// contract is a compiled contract.
type contract struct {
	table       *Table
	match, drop *expression.Program // nil: everything matches, nothing is dropped
	columns     []column
	// fields finds the top-level fields that columns start at; unknown fields are those it does
	// not know.
	fields  *document.Fields
	unknown unknownField
	// anyEvent: a column reads the event itself, so that it need not be an object.
	anyEvent bool
}

// Compile reads all contracts of a pipeline. Their order is that of their names, except that a
// contract without match comes last. The error is an *InvalidError with every fault there is, or an
// *event.Error where there is nothing to compile.
func Compile(sources []Source) (*Set, error) {
	if len(sources) == 0 {
		return nil, &event.Error{Code: "no_contracts", Message: "the pipeline has no contract",
			Hint: "add a file such as contracts/orders.yaml; docs/contracts.md describes it"}
	}
	if len(sources) > MaxContracts {
		return nil, &event.Error{Code: "too_many_contracts",
			Message: fmt.Sprintf("the pipeline has %d contracts, more than %d", len(sources), MaxContracts),
			Hint:    "split it into several pipelines"}
	}
	sources = slices.Clone(sources)
	slices.SortStableFunc(sources, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	faults := &faultList{}
	var definitions []definition
	for _, source := range sources {
		if d, ok := readDefinition(source, faults); ok {
			definitions = append(definitions, d)
		}
	}
	checkTogether(definitions, faults)
	slices.SortStableFunc(definitions, catchAllLast)
	contracts := make([]*contract, len(definitions))
	for i := range definitions {
		contracts[i] = compileContract(&definitions[i], faults)
	}
	if err := faults.err(); err != nil {
		return nil, err
	}
	return newSet(sources, definitions, contracts), nil
}

func catchAllLast(a, b definition) int {
	switch {
	case a.match.given() == b.match.given():
		return 0
	case a.match.given():
		return -1
	}
	return 1
}

// checkTogether finds what is wrong between contracts.
func checkTogether(definitions []definition, faults *faultList) {
	tables := map[string]string{}
	catchAll := ""
	for _, d := range definitions {
		if first, twice := tables[d.table.value]; twice && d.table.given() {
			faults.add(d.file, d.table.line, fmt.Sprintf("table %q belongs to %s already", d.table.value, first),
				"give each contract a table of its own, or join both in one contract with an || in its match")
		} else {
			tables[d.table.value] = d.file
		}
		if d.match.given() {
			continue
		}
		if catchAll != "" {
			faults.add(d.file, d.line, fmt.Sprintf("the contract has no match, and neither has %s", catchAll),
				"add a match such as: match: has(event.order_id); only one contract can take what is left over")
		}
		catchAll = d.file
	}
}

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

func compileContract(d *definition, faults *faultList) *contract {
	c := &contract{unknown: d.unknown}
	d.checkTable(faults)
	c.match = d.condition("match", d.match, faults)
	c.drop = d.condition("drop", d.drop, faults)
	b := columnBuilder{d: d, faults: faults}
	for i := range d.columns {
		c.columns = append(c.columns, b.build(&d.columns[i]))
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

// condition compiles match or drop.
func (d *definition) condition(word string, source text, faults *faultList) *expression.Program {
	if !source.given() {
		return nil
	}
	program := compileExpression(d.file, word, source, faults)
	if program != nil && program.NeverBool() {
		faults.add(d.file, source.line, word+" is neither true nor false", "write a condition, such as has(event.order_id)")
	}
	return program
}

// compileExpression is nil when the expression is wrong, which has been reported then.
func compileExpression(file, word string, source text, faults *faultList) *expression.Program {
	program, err := expression.Compile(source.value)
	if err == nil {
		return program
	}
	var compile *expression.CompileError
	if !errors.As(err, &compile) {
		faults.add(file, source.line, word+": "+err.Error(), "write a CEL expression over event")
		return nil
	}
	for _, p := range compile.Problems {
		hint := p.Hint
		if hint == "" {
			hint = "write a CEL expression over event, such as event.price * event.quantity"
		}
		message := fmt.Sprintf("%s, column %d: %s", word, p.Column, p.Message)
		faults.add(file, source.line+max(p.Line, 1)-1, message, hint)
	}
	return nil
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
	if near := nearest(d.key.value, names); near != "" {
		hint = fmt.Sprintf("write %q", near)
	}
	faults.add(d.file, d.key.line, fmt.Sprintf("there is no column %q to be the key", printable(d.key.value)), hint)
}

// bindFields gives each top-level field that the contract reads a slot, and columns theirs.
func (c *contract) bindFields(d *definition, faults *faultList) {
	slots := map[string]int{}
	var names []string
	slot := func(name string) int {
		if i, known := slots[name]; known {
			return i
		}
		slots[name] = len(names)
		names = append(names, name)
		return len(names) - 1
	}
	whole := 0
	for i := range c.columns {
		col := &c.columns[i]
		if col.program != nil {
			continue
		}
		if field := col.rest.Field(); field != "" {
			col.slot, col.rest = slot(field), col.rest.Rest()
		} else {
			col.slot, c.anyEvent, whole = -1, true, d.columns[i].line
		}
		col.nested = col.rest.Len() > 0
	}
	if c.unknown == quarantineUnknown {
		c.knowExpressions(d, slot, &whole)
		if whole > 0 {
			faults.add(d.file, whole, "the contract takes whole events here, so no field of theirs is unknown",
				"write on_unknown_field: ignore, or name the fields")
		}
	}
	c.fields = document.NewFields(names)
}

// knowExpressions makes the fields that expressions name known ones.
func (c *contract) knowExpressions(d *definition, slot func(string) int, whole *int) {
	know := func(program *expression.Program, line int) {
		if program == nil {
			return
		}
		names, all := program.Fields()
		for _, name := range names {
			slot(name)
		}
		if all {
			*whole = line
		}
	}
	know(c.match, d.match.line)
	know(c.drop, d.drop.line)
	for i := range c.columns {
		know(c.columns[i].program, d.columns[i].line)
	}
}

// locationOf is the zone of that name in the IANA database.
func locationOf(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("not a zone")
	}
	return time.LoadLocation(name)
}
