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

func checkShapes(have []warehouse.TableShape, want []*contract.Table) error {
	var faults []error
	for _, w := range want {
		for _, h := range have {
			if strings.EqualFold(h.Name, w.Name) {
				_, err := warehouse.Additions(h, TableColumns(w.Columns))
				faults = append(faults, err)
			}
		}
	}
	return errors.Join(faults...)
}
