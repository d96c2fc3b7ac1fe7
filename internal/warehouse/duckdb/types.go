package duckdb

import (
	"errors"
	"fmt"
	"strings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

// sqlType is the DuckDB type of a contract's type, spelled as DuckDB spells it.
func sqlType(t contract.Type) string {
	switch t.Kind {
	case contract.Boolean:
		return "BOOLEAN"
	case contract.Integer:
		return "INTEGER"
	case contract.Bigint:
		return "BIGINT"
	case contract.Double:
		return "DOUBLE"
	case contract.Decimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale)
	case contract.UUID:
		return "UUID"
	case contract.Date:
		return "DATE"
	case contract.Timestamp:
		return "TIMESTAMP WITH TIME ZONE"
	case contract.JSON:
		return "JSON"
	}
	return "VARCHAR"
}

// TableColumns are the columns a contract's table has in DuckDB, the metadata columns first.
func TableColumns(columns []contract.Column) []warehouse.ColumnShape {
	var shapes []warehouse.ColumnShape
	for _, c := range warehouse.WithMetadata(columns) {
		shapes = append(shapes, warehouse.ColumnShape{Name: c.Name, Type: sqlType(c.Type)})
	}
	return shapes
}

// Alterations are what gives a table of the shape a contract's columns; see warehouse.Alterations.
func Alterations(have warehouse.TableShape, columns []contract.Column) ([]warehouse.Alteration, error) {
	return warehouse.Alterations(have, TableColumns(columns), widens)
}

// widens says whether every value of a type is one of another, as contracts may widen a column:
// integer to bigint, and a decimal to more digits before the point.
func widens(from, to string) bool {
	if from == "INTEGER" && to == "BIGINT" {
		return true
	}
	var had, has struct{ precision, scale int }
	_, errFrom := fmt.Sscanf(from, "DECIMAL(%d,%d)", &had.precision, &had.scale)
	_, errTo := fmt.Sscanf(to, "DECIMAL(%d,%d)", &has.precision, &has.scale)
	return errFrom == nil && errTo == nil && has.scale == had.scale && has.precision > had.precision
}

func checkShapes(have []warehouse.TableShape, want []*contract.Table) error {
	var faults []error
	for _, w := range want {
		for _, h := range have {
			if strings.EqualFold(h.Name, w.Name) {
				_, err := Alterations(h, w.Columns)
				faults = append(faults, err)
			}
		}
	}
	return errors.Join(faults...)
}
