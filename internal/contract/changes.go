package contract

import (
	"fmt"

	"github.com/penstock/penstock/internal/event"
)

// Change is one thing to do to a table, in place, so that it takes a newer contract's rows.
type Change struct {
	// Column is the column as it will be.
	Column Column
	// Add: the column is new and goes to the end; rows loaded earlier have NULL in it. Otherwise it
	// gets a wider type.
	Add bool
	// From is the type the column had, unless it is new.
	From Type
}

// Changes lists what turns a table of the old shape into one of the new. In place are: further
// columns at the end, integer to bigint, and a decimal of more digits with the same scale.
// Anything else is an *event.Error with the code "table_change", which says what to do; so is a
// table of another name. Required and Key are rules for events, not part of a table's shape.
func Changes(old, new *Table) ([]Change, error) {
	if old.Name != new.Name {
		return nil, refuseChange(new, fmt.Sprintf("it was %q before", old.Name), "tables cannot be renamed: keep the name, or use a new table")
	}
	var changes []Change
	for i, was := range old.Columns {
		if i >= len(new.Columns) || new.Columns[i].Name != was.Name {
			return nil, refuseMove(new, i, was)
		}
		is := new.Columns[i]
		switch {
		case is.Type == was.Type:
		case widens(was.Type, is.Type):
			changes = append(changes, Change{Column: is, From: was.Type})
		default:
			return nil, refuseChange(new, fmt.Sprintf("column %q was %s and is now %s", was.Name, was.Type, is.Type),
				fmt.Sprintf("a type can only be widened (integer to bigint, a decimal's digits before the point): keep %s, "+
					"and append a column with a new name and the new type, or use a new table", was.Type))
		}
	}
	for _, added := range new.Columns[min(len(old.Columns), len(new.Columns)):] {
		changes = append(changes, Change{Column: added, Add: true})
	}
	return changes, nil
}

// refuseMove explains why the i-th column cannot be another one than it was.
func refuseMove(t *Table, i int, was Column) error {
	for at, c := range t.Columns {
		if c.Name == was.Name {
			return refuseChange(t, fmt.Sprintf("column %q was number %d and is now number %d", was.Name, i+1, at+1),
				"columns keep their order: put it back, and append new ones at the end")
		}
	}
	return refuseChange(t, fmt.Sprintf("column %q, number %d, is gone or renamed", was.Name, i+1),
		"columns cannot be removed or renamed: put it back in its place (it is NULL in events that lack it), "+
			"and append the new one at the end, or use a new table")
}

func refuseChange(t *Table, message, hint string) error {
	return &event.Error{Code: "table_change", Message: fmt.Sprintf("table %q cannot be changed in place: %s", t.Name, message), Hint: hint}
}

func widens(from, to Type) bool {
	if from.Kind == Integer && to.Kind == Bigint {
		return true
	}
	return from.Kind == Decimal && to.Kind == Decimal && to.Scale == from.Scale && to.Precision > from.Precision
}
