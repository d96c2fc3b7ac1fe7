package duckdb

import (
	"fmt"
	"strings"

	"github.com/penstock/penstock/internal/warehouse"
)

// source is files of one table with the same columns and encoding, to be read together.
type source struct {
	table   string
	format  string
	columns []warehouse.ColumnShape
	paths   []string
	// longest is the longest row in bytes.
	longest int64
	// rejects makes rows that cannot be converted go to the table of rejects.
	rejects bool
}

func (s source) parquet() bool { return strings.HasSuffix(s.format, "parquet") }

// bare says that the files have no header; see format.Config.Bare.
func (s source) bare() bool { return strings.HasPrefix(s.format, "bare.") }

func (s source) names() []string {
	names := make([]string, len(s.columns))
	for i, c := range s.columns {
		names[i] = c.Name
	}
	return names
}

// fileColumn is the column that says which file a row is of. No contract has a column that begins with an
// underscore, and one named filename, as DuckDB's own is, many a contract has.
const fileColumn = "_penstock_file"

// relation is the source as a table in SQL. With filename it has one more column, fileColumn.
func (s source) relation(filename bool) string {
	if s.parquet() {
		return s.readParquet(filename)
	}
	return s.readCSV(filename)
}

const (
	// smallestLine and smallestBuffer suit ordinary rows. DuckDB's own buffer of 32 MB for each
	// file would cost memory and gains nothing.
	smallestLine   = 64 << 10
	smallestBuffer = 4_000_000
)

func (s source) readCSV(filename bool) string {
	types := make([]string, len(s.columns))
	for i, c := range s.columns {
		types[i] = literal(c.Name) + ": " + literal(c.Type)
	}
	// The upper bound of a row counts encoded bytes; a line end and a margin come on top.
	line := max(smallestLine, s.longest+1024)
	options := []string{
		"auto_detect = false", "hive_partitioning = false", fmt.Sprintf("header = %t", !s.bare()), "delim = ','", "quote = '\"'", "escape = '\"'",
		`new_line = '\n'`, "nullstr = ''", "allow_quoted_nulls = false",
		"compression = " + literal(csvCompression(s.format)),
		fmt.Sprintf("max_line_size = %d", line),
		fmt.Sprintf("buffer_size = %d", max(smallestBuffer, 4*line)),
		"columns = {" + strings.Join(types, ", ") + "}",
	}
	if filename {
		options = append(options, "filename = "+literal(fileColumn))
	}
	if s.rejects {
		options = append(options, "store_rejects = true", "rejects_limit = 0")
	}
	return fmt.Sprintf("read_csv([%s], %s)", globbed(s.paths), strings.Join(options, ", "))
}

func csvCompression(format string) string {
	switch {
	case strings.HasSuffix(format, ".gz"):
		return "gzip"
	case strings.HasSuffix(format, ".zst"):
		return "zstd"
	}
	return "none"
}

// readParquet names and casts the columns, because a file's types are its contract's, not the
// table's.
func (s source) readParquet(filename bool) string {
	columns := make([]string, len(s.columns), len(s.columns)+1)
	for i, c := range s.columns {
		columns[i] = fmt.Sprintf("CAST(%s AS %s) AS %s", ident(c.Name), c.Type, ident(c.Name))
	}
	options := ""
	if filename {
		columns = append(columns, fileColumn)
		options = ", filename = " + literal(fileColumn)
	}
	return fmt.Sprintf("(SELECT %s FROM read_parquet([%s]%s, hive_partitioning = false))",
		strings.Join(columns, ", "), globbed(s.paths), options)
}

// globbed quotes paths so that none of their characters is taken for a pattern.
func globbed(paths []string) string {
	escape := strings.NewReplacer("[", "[[]", "*", "[*]", "?", "[?]")
	quoted := make([]string, len(paths))
	for i, p := range paths {
		quoted[i] = literal(escape.Replace(p))
	}
	return strings.Join(quoted, ", ")
}
