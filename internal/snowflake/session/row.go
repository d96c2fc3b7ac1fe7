package session

import (
	"database/sql"
	"strings"
)

// Row is a row of an answer, by lower-case column name.
type Row map[string]string

func newRow(names []string, cells []sql.NullString) Row {
	row := make(Row, len(names))
	for i, name := range names {
		row[strings.ToLower(name)] = cells[i].String
	}
	return row
}
