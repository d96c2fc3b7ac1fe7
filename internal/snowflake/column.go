package snowflake

import (
	"fmt"

	"github.com/penstock/penstock/internal/contract"
)

// Columns that tables have in Snowflake besides DuckDB's: where a row came from.
const (
	// FileColumn holds METADATA$FILENAME, the file's key in the bucket. Varchar.
	FileColumn = "_FILE"
	// RowColumn holds METADATA$FILE_ROW_NUMBER, the row's number in its file, from 1.
	RowColumn = "_ROW"
)

// Column is a column of a table in Snowflake.
type Column struct {
	Name Name
	Type string
	// JSON says that files hold the column as a document's text.
	JSON bool
}

// SQLType is the type of a contract's type in Snowflake. Whole numbers have the digits their kind needs, so that
// bigint is a widening of integer; a timestamp is an instant with offset 0.
func SQLType(t contract.Type) string {
	switch t.Kind {
	case contract.Boolean:
		return "BOOLEAN"
	case contract.Integer:
		return "NUMBER(10,0)"
	case contract.Bigint:
		return "NUMBER(19,0)"
	case contract.Double:
		return "FLOAT"
	case contract.Decimal:
		return fmt.Sprintf("NUMBER(%d,%d)", t.Precision, t.Scale)
	case contract.UUID:
		return "VARCHAR(36)"
	case contract.Date:
		return "DATE"
	case contract.Timestamp:
		return "TIMESTAMP_TZ(6)"
	case contract.JSON:
		return "VARIANT"
	}
	return "VARCHAR"
}

// FileColumns are the columns of a table's files, in their order.
func FileColumns(t *contract.Table) []Column {
	var columns []Column
	for _, c := range append(contract.MetadataColumns(), t.Columns...) {
		columns = append(columns, Column{Name: column(c.Name), Type: SQLType(c.Type), JSON: c.Type.Kind == contract.JSON})
	}
	return columns
}

// TableColumns are the columns of a table: its files', then file name and row number.
func TableColumns(t *contract.Table) []Column {
	return append(FileColumns(t), Column{Name: FileColumn, Type: "VARCHAR"}, Column{Name: RowColumn, Type: "NUMBER(19,0)"})
}
