package duckdb

import (
	"fmt"
	"strings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

// Statements are what makes a table have a contract's columns, as SQL for people; none if it has them. have is nil for a
// table that does not exist.
func Statements(have *warehouse.TableShape, table *contract.Table) ([]string, error) {
	name := ident(table.Name)
	if have == nil {
		var columns []string
		for _, c := range TableColumns(table.Columns) {
			columns = append(columns, ident(c.Name)+" "+c.Type)
		}
		return []string{fmt.Sprintf("CREATE TABLE %s (%s)", name, strings.Join(columns, ", "))}, nil
	}
	steps, err := Alterations(*have, table.Columns)
	var all []string
	for _, s := range steps {
		change := fmt.Sprintf("ADD COLUMN %s %s", ident(s.Column.Name), s.Column.Type)
		if s.From != "" {
			change = fmt.Sprintf("ALTER COLUMN %s TYPE %s", ident(s.Column.Name), s.Column.Type)
		}
		all = append(all, "ALTER TABLE "+name+" "+change)
	}
	return all, err
}
