package snowflake

import (
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/snowflake/sqltype"
)

// Columns that tables have in Snowflake besides DuckDB's: where a row came from.
const (
	// FileColumn holds METADATA$FILENAME, the file's key in the bucket. Varchar.
	FileColumn = sqltype.FileColumn
	// RowColumn holds METADATA$FILE_ROW_NUMBER, the row's number in its file, from 1.
	RowColumn = sqltype.RowColumn
)

// Column is a column of a table in Snowflake.
type Column struct {
	Name Name
	Type string
	// JSON says that files hold the column as a document's text.
	JSON bool
}

// FileColumns are the columns of a table's files, in their order.
func FileColumns(t *contract.Table) []Column {
	var columns []Column
	for _, c := range append(contract.MetadataColumns(), t.Columns...) {
		columns = append(columns, Column{Name: column(c.Name), Type: sqltype.Type(c.Type), JSON: c.Type.Kind == contract.JSON})
	}
	return columns
}

// TableColumns are the columns of a table: its files', then file name and row number.
func TableColumns(t *contract.Table) []Column {
	return append(FileColumns(t), Column{Name: FileColumn, Type: sqltype.Text}, Column{Name: RowColumn, Type: sqltype.Number(19, 0)})
}
