package contract

import "fmt"

// Kind is the family of a column's SQL type.
type Kind uint8

// The kinds, with the SQL type each stands for.
const (
	Boolean Kind = iota + 1
	Integer
	Bigint
	Double
	Decimal
	Varchar
	UUID
	Date
	Timestamp // timestamp with time zone, microseconds, UTC
	JSON
)

// Type is a column's SQL type.
type Type struct {
	Kind Kind
	// Precision (1 to 38) and Scale (0 to Precision) belong to Decimal.
	Precision, Scale int
}

// String is the type as a contract writes it.
func (t Type) String() string {
	switch t.Kind {
	case Boolean:
		return "boolean"
	case Integer:
		return "integer"
	case Bigint:
		return "bigint"
	case Double:
		return "double"
	case Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case Varchar:
		return "varchar"
	case UUID:
		return "uuid"
	case Date:
		return "date"
	case Timestamp:
		return "timestamp"
	case JSON:
		return "json"
	}
	return "unknown"
}
