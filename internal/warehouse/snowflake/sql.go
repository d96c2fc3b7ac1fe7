package snowflake

import (
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/snowflake/sqltype"
	"github.com/penstock/penstock/internal/warehouse"
)

// ident is a name of ours in SQL: stored in upper case, so that people's queries find it without quotes, and quoted,
// since it may be a reserved word.
func ident(name string) string { return quoted(strings.ToUpper(name)) }

func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// literal is a text in SQL. In Snowflake's texts a backslash escapes.
func literal(text string) string {
	text = strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
	return "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(text) + "'"
}

func literals(texts []string) string {
	all := make([]string, len(texts))
	for i, t := range texts {
		all[i] = literal(t)
	}
	return strings.Join(all, ", ")
}

func idents(columns []contract.Column) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = ident(c.Name)
	}
	return strings.Join(all, ", ")
}

// TableColumns are the columns a contract's table has, the metadata columns first.
func TableColumns(columns []contract.Column) []warehouse.ColumnShape {
	var shapes []warehouse.ColumnShape
	for _, c := range warehouse.WithMetadata(columns) {
		shapes = append(shapes, warehouse.ColumnShape{Name: strings.ToUpper(c.Name), Type: sqltype.Type(c.Type)})
	}
	return shapes
}

// Alterations are what gives a table of the shape a contract's columns; see warehouse.Alterations. In a table that setup
// made, the columns that say where a row came from stand wherever they were added; the loader leaves them NULL.
func Alterations(have warehouse.TableShape, columns []contract.Column) ([]warehouse.Alteration, error) {
	have.Columns = slices.DeleteFunc(slices.Clone(have.Columns), func(c warehouse.ColumnShape) bool {
		return c.Name == sqltype.FileColumn || c.Name == sqltype.RowColumn
	})
	return warehouse.Alterations(have, TableColumns(columns), sqltype.Widens)
}

// Statements are what makes a table have a contract's columns, as they would be sent; none if it has them. have is nil
// for a table that does not exist.
func Statements(have *warehouse.TableShape, table *contract.Table) ([]string, error) {
	name, want := ident(table.Name), TableColumns(table.Columns)
	if have == nil {
		columns := make([]string, len(want))
		for i, c := range want {
			columns[i] = quoted(c.Name) + " " + c.Type
		}
		return []string{fmt.Sprintf("CREATE TABLE IF NOT EXISTS %s (%s)", name, strings.Join(columns, ", "))}, nil
	}
	steps, err := Alterations(*have, table.Columns)
	var all []string
	for _, s := range steps {
		if s.From == "" {
			all = append(all, fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s", name, quoted(s.Column.Name), s.Column.Type))
		} else {
			all = append(all, fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s SET DATA TYPE %s", name, quoted(s.Column.Name), s.Column.Type))
		}
	}
	return all, err
}

// What COPY INTO does with a row that the table refuses.
const (
	abort    = "ABORT_STATEMENT"
	skipRows = "CONTINUE"
)

// copyInto loads files into a table by the columns the files have, in the contract's order. FORCE leaves it to the table of
// loads which files were loaded before: Snowflake's own memory also holds files of transactions that failed.
func copyInto(table, stage, format string, columns []contract.Column, files []string, onError string) string {
	columns = warehouse.WithMetadata(columns)
	parquet := strings.HasSuffix(format, "parquet")
	from, options := "@"+stage, "TYPE = CSV "+sqltype.Written(sqltype.CSV(1))
	documents := false
	for _, c := range columns {
		documents = documents || c.Type.Kind == contract.JSON
	}
	switch {
	case documents:
		from = "(SELECT " + parts(columns, parquet) + " FROM @" + stage + ")"
		if parquet {
			options = "TYPE = PARQUET USE_LOGICAL_TYPE = TRUE"
		}
	case parquet:
		return fmt.Sprintf("COPY INTO %s FROM %s FILES = (%s) FILE_FORMAT = (TYPE = PARQUET USE_LOGICAL_TYPE = TRUE) "+
			"MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE ON_ERROR = %s FORCE = TRUE", table, from, literals(files), onError)
	}
	return fmt.Sprintf("COPY INTO %s (%s) FROM %s FILES = (%s) FILE_FORMAT = (%s) ON_ERROR = %s FORCE = TRUE",
		table, idents(columns), from, literals(files), options, onError)
}

// parts reads the columns of a file one by one, and documents by their text.
func parts(columns []contract.Column, parquet bool) string {
	all := make([]string, len(columns))
	for i, c := range columns {
		part := fmt.Sprintf("$%d", i+1)
		if parquet {
			part = fmt.Sprintf("$1:%s::%s", quoted(c.Name), sqltype.Type(c.Type))
		}
		if c.Type.Kind == contract.JSON {
			if parquet {
				part = fmt.Sprintf("$1:%s::TEXT", quoted(c.Name))
			}
			part = "PARSE_JSON(" + part + ")"
		}
		all[i] = part
	}
	return strings.Join(all, ", ")
}
