package warehouse

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// TableShape is a table as the warehouse has it, in the warehouse's own type names.
type TableShape struct {
	Name    string
	Columns []ColumnShape
}

// ColumnShape is one column of a TableShape.
type ColumnShape struct {
	Name string
	Type string
}

// Alteration is one thing to do to a table, in place.
type Alteration struct {
	// Column is the column as it will be.
	Column ColumnShape
	// From is the type it has, which Column's is wider than; empty for a new column at the end.
	From string
}

// IncompatibleTable is the code of the error that says that a table cannot follow its contract.
const IncompatibleTable = "incompatible_table"

// Alterations are what makes a table of the shape have one of the columns want, in order. Names are
// compared as the warehouse does, without regard to case; widens says which types can be changed
// in place. The error reports every column that stands in the way, with what to do; it is an
// *event.Error with the code IncompatibleTable.
func Alterations(have TableShape, want []ColumnShape, widens func(from, to string) bool) ([]Alteration, error) {
	var steps []Alteration
	var faults []string
	for _, w := range want {
		i := have.place(w.Name)
		switch {
		case i < 0:
			steps = append(steps, Alteration{Column: w})
		case strings.EqualFold(have.Columns[i].Type, w.Type):
		case widens(have.Columns[i].Type, w.Type):
			steps = append(steps, Alteration{Column: w, From: have.Columns[i].Type})
		default:
			faults = append(faults, fmt.Sprintf("column %s is %s in the warehouse and %s in the contract",
				w.Name, strings.ToLower(have.Columns[i].Type), strings.ToLower(w.Type)))
		}
	}
	faults = append(faults, have.order(want)...)
	if len(faults) == 0 {
		return steps, nil
	}
	return nil, &event.Error{
		Code:    IncompatibleTable,
		Message: fmt.Sprintf("table %s cannot be changed in place: %s", have.Name, strings.Join(faults, "; ")),
		Hint: "columns keep their names, their order and their types, which can only be widened: put them back and " +
			"append a column with a new name, or use a new table",
	}
}

// order says which columns of the table are not where they were in want: files and tables have them
// in the contract's order, and only the end of it may grow.
func (t TableShape) order(want []ColumnShape) []string {
	var faults []string
	for i, h := range t.Columns {
		at := TableShape{Columns: want}.place(h.Name)
		switch {
		case at < 0:
			faults = append(faults, fmt.Sprintf("column %s is gone or renamed", h.Name))
		case at != i:
			faults = append(faults, fmt.Sprintf("column %s has moved", h.Name))
		}
	}
	return faults
}

// place is the index of a column, or -1.
func (t TableShape) place(column string) int {
	return slices.IndexFunc(t.Columns, func(c ColumnShape) bool { return strings.EqualFold(c.Name, column) })
}

// WithMetadata are a table's columns as files and warehouses have them: the metadata columns first.
func WithMetadata(columns []contract.Column) []contract.Column {
	return append(contract.MetadataColumns(), columns...)
}
