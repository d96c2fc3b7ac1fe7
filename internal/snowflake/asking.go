package snowflake

import "github.com/penstock/penstock/internal/contract"

// Asked are a contract's table as it is asked for, in SQL.
type Asked struct {
	// Statements choose role and virtual warehouse; they come first.
	Statements []string
	// View is what people query, Raw what a pipe loads, or the files of an external table. Quarantine is the view of
	// refused events. Column is the one that was asked about.
	View, Raw, Quarantine, Column string
}

// Asking names a table and one of its columns, by the words of its contract. External asks of files in place.
func (n Names) Asking(table, of string, external bool) Asked {
	a := Asked{
		Statements: []string{"USE ROLE " + n.Loader.String(), "USE WAREHOUSE " + n.Warehouse.String()},
		View:       n.view(column(table)), Raw: n.raw(column(table)), Quarantine: n.view(column(contract.QuarantineName)), Column: column(of).String(),
	}
	if external {
		a.Raw = n.raw(External(&contract.Table{Name: table}))
	}
	return a
}
