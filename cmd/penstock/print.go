package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/penstock/penstock/internal/dashboard"
)

// printers write a query's result, by --format.
var printers = map[string]func(io.Writer, dashboard.Rows) error{
	"table": printTable,
	"csv":   printCSV,
	"json":  printJSON,
}

// tableRows is how many rows a table shows; csv and json show all.
const tableRows = 1000

// cellWidth is how many characters of a cell a table shows.
const cellWidth = 60

func printTable(w io.Writer, rows dashboard.Rows) error {
	columns := rows.Columns()
	grid := [][]string{make([]string, len(columns))}
	right := make([]bool, len(columns))
	for i, c := range columns {
		grid[0][i] = tableCell(c.Name)
		right[i] = isNumber(c.Type)
	}
	var more int64
	err := dashboard.EachRow(rows, func(row []*string) error {
		if len(grid) > tableRows {
			more++
			return nil
		}
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = "NULL"
			if cell != nil {
				cells[i] = tableCell(*cell)
			}
		}
		grid = append(grid, cells)
		return nil
	})
	if err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	if width := terminalWidth(w); width > 0 && gridWidth(grid) > width {
		writeRecords(out, grid)
	} else {
		writeGrid(out, grid, right)
	}
	if more > 0 {
		fmt.Fprintf(out, "... and %d more rows; --format csv writes all\n", more)
	}
	return out.Flush()
}

// tableCell makes a value safe and short for one line of a terminal: control characters would
// otherwise be obeyed by it.
func tableCell(text string) string {
	if utf8.RuneCountInString(text) > cellWidth {
		text = string([]rune(text)[:cellWidth-1]) + "…"
	}
	return strings.Map(printable, text)
}

// printable replaces what a terminal would obey instead of showing it: control characters, and those that turn the direction of
// writing (Unicode's Bidi_Control), by which a text can look like another.
func printable(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return '·'
	}
	return r
}

// safeLines makes a text of several lines safe for a terminal. Errors hold what events held: the warehouse's tell the value that
// they are about.
func safeLines(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return r
		}
		return printable(r)
	}, text)
}

// widthsOf are the widths of a grid's columns, in characters.
func widthsOf(grid [][]string) []int {
	widths := make([]int, len(grid[0]))
	for _, row := range grid {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// gridWidth is how many characters a line of writeGrid has.
func gridWidth(grid [][]string) int {
	all := -2
	for _, width := range widthsOf(grid) {
		all += width + 2
	}
	return all
}

// writeRecords writes each row as lines of a column's name and its value: lines of a table that a terminal breaks
// cannot be read.
func writeRecords(out *bufio.Writer, grid [][]string) {
	width := 0
	for _, name := range grid[0] {
		width = max(width, utf8.RuneCountInString(name))
	}
	for n, row := range grid[1:] {
		fmt.Fprintf(out, "-- row %d\n", n+1)
		for i, cell := range row {
			out.WriteString(strings.TrimRight(fmt.Sprintf("%-*s  %s", width, grid[0][i], cell), " ") + "\n")
		}
	}
}

func writeGrid(out *bufio.Writer, grid [][]string, right []bool) {
	widths := widthsOf(grid)
	for n, row := range grid {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if right[i] {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
			line.WriteString("  ")
		}
		out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
		if n == 0 {
			for i, width := range widths {
				if i > 0 {
					out.WriteString("  ")
				}
				out.WriteString(strings.Repeat("-", width))
			}
			out.WriteByte('\n')
		}
	}
}

// printCSV writes RFC 4180 with a header. NULL is an empty field and the empty text is "", as in
// lake files; encoding/csv cannot tell the two apart.
func printCSV(w io.Writer, rows dashboard.Rows) error {
	out := bufio.NewWriter(w)
	for i, c := range rows.Columns() {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(csvField(c.Name))
	}
	out.WriteByte('\n')
	err := dashboard.EachRow(rows, func(row []*string) error {
		for i, cell := range row {
			if i > 0 {
				out.WriteByte(',')
			}
			if cell != nil {
				out.WriteString(csvField(*cell))
			}
		}
		return out.WriteByte('\n')
	})
	return errors.Join(err, out.Flush())
}

func csvField(text string) string {
	if text != "" && !strings.ContainsAny(text, ",\"\r\n") {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// printJSON writes an array of objects. Numbers keep every digit.
func printJSON(w io.Writer, rows dashboard.Rows) error {
	out := bufio.NewWriter(w)
	columns := rows.Columns()
	names := make([]string, len(columns))
	for i, c := range columns {
		name, err := json.Marshal(c.Name)
		if err != nil {
			return err
		}
		names[i] = string(name)
	}
	separator := "["
	err := dashboard.EachRow(rows, func(row []*string) error {
		out.WriteString(separator + "\n {")
		separator = ","
		for i, cell := range row {
			if i > 0 {
				out.WriteString(", ")
			}
			text, err := jsonCell(columns[i].Type, cell)
			if err != nil {
				return err
			}
			out.WriteString(names[i] + ": " + text)
		}
		_, err := out.WriteString("}")
		return err
	})
	if separator == "[" {
		out.WriteString("[")
	}
	out.WriteString("\n]\n")
	return errors.Join(err, out.Flush())
}

func jsonCell(sqlType string, cell *string) (string, error) {
	switch {
	case cell == nil:
		return "null", nil
	case sqlType == "boolean", isNumber(sqlType) && jsonNumber.MatchString(*cell), sqlType == "json" && json.Valid([]byte(*cell)):
		return *cell, nil
	}
	text, err := json.Marshal(*cell)
	return string(text), err
}

// jsonNumber leaves out what JSON has no number for, such as inf and nan.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

func isNumber(sqlType string) bool {
	base, _, _ := strings.Cut(sqlType, "(")
	switch strings.ToLower(base) {
	case "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint", "float", "double", "decimal":
		return true
	}
	return false
}

func joined(names []string) string { return strings.Join(names, ", ") }
