package contract

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/penstock/penstock/internal/spelling"
)

// MaxPrecision is the largest precision of a decimal: what DuckDB, Snowflake and Parquet all hold.
const MaxPrecision = 38

// typeNames are the types as a contract writes them, for suggestions.
func typeNames() []string {
	return []string{"boolean", "bigint", "integer", "double", "decimal", "varchar", "uuid", "date",
		"timestamp", "timestamptz", "json"}
}

// ParseType reads a type as a contract writes it: boolean, integer, bigint, double, decimal(p,s),
// varchar, uuid, date, timestamp (or timestamptz), json. The error's text says what to write instead.
func ParseType(text string) (Type, error) {
	name, arguments, hasArguments := strings.Cut(text, "(")
	name = strings.TrimSpace(name)
	if name == "decimal" {
		return parseDecimalType(arguments, hasArguments)
	}
	if name == "varchar" && hasArguments {
		return Type{}, fmt.Errorf("write varchar, and the length as maxLength: %s",
			strings.TrimRight(arguments, ") "))
	}
	for kind := Boolean; kind <= JSON; kind++ {
		if t := (Type{Kind: kind}); kind != Decimal && t.String() == text {
			return t, nil
		}
	}
	if text == "timestamptz" || text == "timestamp with time zone" {
		return Type{Kind: Timestamp}, nil
	}
	return Type{}, errors.New(instead(name))
}

func parseDecimalType(arguments string, hasArguments bool) (Type, error) {
	if !hasArguments {
		return Type{}, errors.New(`say how many digits, and how many of them after the point: "decimal(12,2)"`)
	}
	closed := strings.HasSuffix(arguments, ")")
	p, s, hasScale := strings.Cut(strings.TrimSuffix(arguments, ")"), ",")
	if !closed {
		return Type{}, errors.New(`put the type in quotes, or YAML splits it at the comma: "decimal(12,2)"`)
	}
	precision, err1 := strconv.Atoi(strings.TrimSpace(p))
	scale, err2 := 0, error(nil)
	if hasScale {
		scale, err2 = strconv.Atoi(strings.TrimSpace(s))
	}
	if err1 != nil || err2 != nil || precision < 1 || precision > MaxPrecision || scale < 0 || scale > precision {
		return Type{}, fmt.Errorf("write decimal(p,s) with p digits in all, 1 to %d, of which s, 0 to p, follow the point", MaxPrecision)
	}
	return Type{Kind: Decimal, Precision: precision, Scale: scale}, nil
}

// instead says which type somebody meant who wrote another system's name, or mistyped ours.
func instead(name string) string {
	elsewhere := map[string]string{
		"string": "varchar", "text": "varchar", "char": "varchar", "bool": "boolean",
		"int": "integer", "int32": "integer", "smallint": "integer", "int64": "bigint", "long": "bigint",
		"float": "double", "float64": "double", "real": "double", "number": "decimal(18,2)",
		"numeric": "decimal(18,2)", "money": "decimal(18,2)", "datetime": "timestamp", "time": "timestamp",
		"timestamp_tz": "timestamp", "object": "json", "jsonb": "json", "variant": "json", "array": "json",
		"struct": "json", "map": "json",
	}
	near := strings.ToLower(name)
	if elsewhere[near] == "" {
		near = spelling.Nearest(name, slices.Sorted(maps.Keys(elsewhere)))
		if ours := spelling.Nearest(name, typeNames()); ours != "" {
			near = ours
		}
	}
	if ours := elsewhere[near]; ours != "" {
		near = ours
	}
	if near != "" {
		return fmt.Sprintf("write %q", near)
	}
	return "write one of " + strings.Join(typeNames(), ", ")
}
