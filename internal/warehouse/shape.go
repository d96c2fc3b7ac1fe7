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

// Additions are the columns that want has and have lacks, in order. Names are compared as the
// warehouse does, without regard to case. The error reports every column whose type differs, with
// what to do; it is an *event.Error with the code "incompatible_table".
func Additions(have TableShape, want []ColumnShape) ([]ColumnShape, error) {
	var added []ColumnShape
	var faults []string
	for _, w := range want {
		i := slices.IndexFunc(have.Columns, func(h ColumnShape) bool { return strings.EqualFold(h.Name, w.Name) })
		switch {
		case i < 0:
			added = append(added, w)
		case !strings.EqualFold(have.Columns[i].Type, w.Type):
			faults = append(faults, fmt.Sprintf("column %s is %s in the warehouse and %s in the contract",
				w.Name, strings.ToLower(have.Columns[i].Type), strings.ToLower(w.Type)))
		}
	}
	if len(faults) == 0 {
		return added, nil
	}
	return nil, &event.Error{
		Code:    "incompatible_table",
		Message: fmt.Sprintf("table %s cannot be changed in place: %s", have.Name, strings.Join(faults, "; ")),
		Hint: "give the column with the new type a new name, or keep the old type; " +
			"to rebuild all tables from the lake instead, stop the pipeline, delete the warehouse file and start again",
	}
}

// WithMetadata are a table's columns as files and warehouses have them: the metadata columns first.
func WithMetadata(columns []contract.Column) []contract.Column {
	return append(contract.MetadataColumns(), columns...)
}
