// Package sqltype is what setup and the loader must write alike in Snowflake's SQL: the types of a contract's columns, how
// files are read, and the columns that only setup's tables have. A table that one of them made the other takes as it is.
package sqltype

import (
	"fmt"

	"github.com/penstock/penstock/internal/contract"
)

// Columns that setup's tables have besides the contract's: where a row came from. The loader leaves them NULL.
const (
	// FileColumn holds METADATA$FILENAME, the file's key in the bucket. Varchar.
	FileColumn = "_FILE"
	// RowColumn holds METADATA$FILE_ROW_NUMBER, the row's number in its file, from 1.
	RowColumn = "_ROW"
)

// Names of the types that are written without parameters.
const (
	// Text of any length up to Snowflake's 16 MiB.
	Text = "VARCHAR"
	// Instant has nine digits of a second, more than the six of a contract's timestamp.
	Instant = "TIMESTAMP_TZ"
)

// Type is a contract's type in Snowflake. Whole numbers have the digits their kind needs, so that bigint is a widening
// of integer; a timestamp is an instant with offset 0. A UUID is text: the contract has checked it.
func Type(t contract.Type) string {
	switch t.Kind {
	case contract.Boolean:
		return "BOOLEAN"
	case contract.Integer:
		return Number(10, 0)
	case contract.Bigint:
		return Number(19, 0)
	case contract.Double:
		return "FLOAT"
	case contract.Decimal:
		return Number(t.Precision, t.Scale)
	case contract.Date:
		return "DATE"
	case contract.Timestamp:
		return Instant
	case contract.JSON:
		return "VARIANT"
	}
	return Text
}

// Number is an exact number with so many digits, some of them behind the point.
func Number(precision, scale int) string { return fmt.Sprintf("NUMBER(%d,%d)", precision, scale) }

// Facts are what Snowflake tells of a column's type. Names are those of SHOW COLUMNS (FIXED, REAL, TEXT) or of
// INFORMATION_SCHEMA.COLUMNS (NUMBER, FLOAT, TEXT).
type Facts struct {
	Name             string
	Precision, Scale int
	// Length of a text in characters; 0 if it was not asked.
	Length int
}

// wholeText is the length of VARCHAR without one, in characters.
const wholeText = 16 << 20

// leastDigits of a second hold a contract's timestamp.
const leastDigits = 6

// Shown is a type as Type writes it, from what Snowflake tells. What holds all that the contract's type holds is
// spelled like it; a narrower one keeps its parameters.
func Shown(f Facts) string {
	switch f.Name {
	case "FIXED", "NUMBER":
		return Number(f.Precision, f.Scale)
	case "REAL", "FLOAT":
		return "FLOAT"
	case "TEXT", "VARCHAR":
		if f.Length > 0 && f.Length < wholeText {
			return fmt.Sprintf("%s(%d)", Text, f.Length)
		}
		return Text
	case Instant:
		if f.Scale < leastDigits {
			return fmt.Sprintf("%s(%d)", Instant, f.Scale)
		}
	}
	return f.Name
}

// Widens says whether Snowflake can change a type in place: a number gets more digits before the point, a text more
// characters. (Snowflake, ALTER TABLE ... ALTER COLUMN.)
func Widens(from, to string) bool {
	var length int
	if _, err := fmt.Sscanf(from, Text+"(%d)", &length); err == nil {
		return to == Text
	}
	var had, has struct{ precision, scale int }
	_, errFrom := fmt.Sscanf(from, "NUMBER(%d,%d)", &had.precision, &had.scale)
	_, errTo := fmt.Sscanf(to, "NUMBER(%d,%d)", &has.precision, &has.scale)
	return errFrom == nil && errTo == nil && has.scale == had.scale && has.precision > had.precision
}
