package duckdb

import (
	"fmt"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// Kind is how a column's texts are to be taken by a program.
type Kind string

// The kinds.
const (
	KindText    Kind = "text"
	KindNumber  Kind = "number"  // an exact decimal, or a double (which may be inf or nan)
	KindBoolean Kind = "boolean" // true or false
	KindTime    Kind = "time"    // ISO 8601
	KindJSON    Kind = "json"    // a JSON value; lists and structures too
)

// Column is a column of a result.
type Column struct {
	Name string
	// Type is the SQL type, such as "DECIMAL(18,3)".
	Type string
	Kind Kind
}

// text is the SQL for the column's value as exact text. Timestamps get ISO 8601's form.
func (c Column) text(value string) string {
	switch c.Type {
	case "TIMESTAMP WITH TIME ZONE":
		// The session's time zone is UTC.
		return fmt.Sprintf("replace(replace(CAST(%s AS VARCHAR), ' ', 'T'), '+00', 'Z')", value)
	case "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS":
		return fmt.Sprintf("replace(CAST(%s AS VARCHAR), ' ', 'T')", value)
	}
	if c.Kind == KindJSON && c.Type != "JSON" {
		return fmt.Sprintf("CAST(to_json(%s) AS VARCHAR)", value)
	}
	return fmt.Sprintf("CAST(%s AS VARCHAR)", value)
}

var plainTypes = map[bindings.Type]struct {
	name string
	kind Kind
}{
	bindings.TypeBoolean:     {"BOOLEAN", KindBoolean},
	bindings.TypeTinyInt:     {"TINYINT", KindNumber},
	bindings.TypeSmallInt:    {"SMALLINT", KindNumber},
	bindings.TypeInteger:     {"INTEGER", KindNumber},
	bindings.TypeBigInt:      {"BIGINT", KindNumber},
	bindings.TypeUTinyInt:    {"UTINYINT", KindNumber},
	bindings.TypeUSmallInt:   {"USMALLINT", KindNumber},
	bindings.TypeUInteger:    {"UINTEGER", KindNumber},
	bindings.TypeUBigInt:     {"UBIGINT", KindNumber},
	bindings.TypeHugeInt:     {"HUGEINT", KindNumber},
	bindings.TypeUHugeInt:    {"UHUGEINT", KindNumber},
	bindings.TypeBigNum:      {"BIGNUM", KindNumber},
	bindings.TypeFloat:       {"FLOAT", KindNumber},
	bindings.TypeDouble:      {"DOUBLE", KindNumber},
	bindings.TypeVarchar:     {"VARCHAR", KindText},
	bindings.TypeBlob:        {"BLOB", KindText},
	bindings.TypeBit:         {"BIT", KindText},
	bindings.TypeUUID:        {"UUID", KindText},
	bindings.TypeEnum:        {"ENUM", KindText},
	bindings.TypeDate:        {"DATE", KindTime},
	bindings.TypeTime:        {"TIME", KindTime},
	bindings.TypeTimeTZ:      {"TIME WITH TIME ZONE", KindTime},
	bindings.TypeTimestamp:   {"TIMESTAMP", KindTime},
	bindings.TypeTimestampS:  {"TIMESTAMP_S", KindTime},
	bindings.TypeTimestampMS: {"TIMESTAMP_MS", KindTime},
	bindings.TypeTimestampNS: {"TIMESTAMP_NS", KindTime},
	bindings.TypeTimestampTZ: {"TIMESTAMP WITH TIME ZONE", KindTime},
	bindings.TypeInterval:    {"INTERVAL", KindText},
	bindings.TypeSQLNull:     {"NULL", KindText},
	bindings.TypeStruct:      {"STRUCT", KindJSON},
	bindings.TypeMap:         {"MAP", KindJSON},
	bindings.TypeUnion:       {"UNION", KindJSON},
	bindings.TypeVariant:     {"VARIANT", KindJSON},
}

// typeName is a type as SQL has it; of structures only the family.
func typeName(t bindings.LogicalType) string {
	if bindings.LogicalTypeGetAlias(t) == "JSON" {
		return "JSON"
	}
	id := bindings.GetTypeId(t)
	switch id {
	case bindings.TypeDecimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", bindings.DecimalWidth(t), bindings.DecimalScale(t))
	case bindings.TypeList:
		child := bindings.ListTypeChildType(t)
		defer bindings.DestroyLogicalType(&child)
		return typeName(child) + "[]"
	case bindings.TypeArray:
		child := bindings.ArrayTypeChildType(t)
		defer bindings.DestroyLogicalType(&child)
		return fmt.Sprintf("%s[%d]", typeName(child), bindings.ArrayTypeArraySize(t))
	}
	if plain, ok := plainTypes[id]; ok {
		return plain.name
	}
	return "UNKNOWN"
}

func kindOf(t bindings.LogicalType) Kind {
	id := bindings.GetTypeId(t)
	switch {
	case bindings.LogicalTypeGetAlias(t) == "JSON", id == bindings.TypeList, id == bindings.TypeArray:
		return KindJSON
	case id == bindings.TypeDecimal:
		return KindNumber
	}
	if plain, ok := plainTypes[id]; ok {
		return plain.kind
	}
	return KindText
}
