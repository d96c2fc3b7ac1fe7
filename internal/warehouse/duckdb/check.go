package duckdb

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// People's SQL is let through only if DuckDB's own parser finds in it exactly one SELECT whose
// tables are tables or views of the catalog or of the statement itself, and whose table functions
// are on a list. DuckDB's settings are a second wall, not the first: with external access switched
// off, loads must still read the lake's folder, and so could a SELECT.

// tableFunctions people may use: they make rows, or describe tables.
var tableFunctions = []string{
	"range", "generate_series", "unnest", "repeat", "repeat_row", "json_each", "json_tree",
	"duckdb_tables", "duckdb_columns", "duckdb_views", "duckdb_schemas", "duckdb_types", "duckdb_functions", "duckdb_keywords",
	"duckdb_constraints", "duckdb_indexes", "duckdb_memory", "pragma_table_info", "pragma_show", "pragma_version", "pragma_database_size",
	"pragma_storage_info", "pg_timezone_names", "icu_calendar_names", "test_all_types",
}

// forbiddenFunctions have effects, take time on purpose, or tell of the process and its settings.
var forbiddenFunctions = []string{
	"nextval", "currval", "write_log", "sleep_ms", "pg_sleep", "getenv", "current_setting", "getvariable", "set_config",
	"json_execute_serialized_sql", "query", "query_table",
}

// bottomless functions go down into a JSON value, or build a type from one, as deep as it is nested, with the
// thread's stack: a value of 100,000 brackets, which a query can make, ends the process. Events are at
// most 256 deep, but what a function is given cannot be told from the statement.
var bottomless = []string{
	"json_structure", "json_group_structure", "json_contains", "json_merge_patch", "json_transform", "json_transform_strict",
	"from_json", "from_json_strict", "json_deserialize_sql", "json_serialize_plan",
}

// bottomlessType is a type that goes down like them when JSON is cast to it.
const bottomlessType = "variant"

// hiddenViews of DuckDB's own tell of the process and its settings.
var hiddenViews = []string{"pg_settings", "pragma_database_list", "duckdb_databases", "duckdb_logs"}

// shownNames are the words SHOW knows beside tables.
var shownNames = []string{"tables", "databases", "schemas", "__show_tables_expanded"}

// maxSQL bounds a statement's length in bytes.
const maxSQL = 1 << 20

// plainName is a name that cannot be a file's: DuckDB goes by the ending after a dot, by slashes,
// colons and patterns.
var plainName = regexp.MustCompile(`^[\pL\pN_ -]+$`)

func refused(format string, args ...any) error {
	return &event.Error{Code: "query_refused", Message: fmt.Sprintf(format, args...), Hint: "a query is one SELECT over the tables; see them with: SHOW TABLES"}
}

// checkSQL refuses everything but one harmless SELECT.
func checkSQL(ctx context.Context, c *conn, sql string) error {
	switch {
	case len(sql) > maxSQL:
		return refused("the statement is longer than %d bytes", maxSQL)
	case strings.IndexByte(sql, 0) >= 0:
		return refused("the statement holds a NUL character")
	case strings.Trim(sql, " \t\r\n;") == "":
		return refused("the statement is empty")
	}
	var tree string
	if err := c.rows(ctx, "SELECT CAST(json_serialize_sql("+literal(sql)+") AS VARCHAR)", func(r row) error {
		tree = r.text(0)
		return nil
	}); err != nil {
		return err
	}
	var parsed struct {
		Error        bool   `json:"error"`
		ErrorType    string `json:"error_type"`
		ErrorMessage string `json:"error_message"`
		Statements   []struct {
			Node any `json:"node"`
		} `json:"statements"`
	}
	decoder := json.NewDecoder(strings.NewReader(tree))
	decoder.UseNumber()
	if err := decoder.Decode(&parsed); err != nil {
		return refused("the statement cannot be checked: %v", err)
	}
	switch {
	case parsed.Error && parsed.ErrorType == "parser":
		return &event.Error{Code: "query_syntax", Message: parsed.ErrorMessage}
	case parsed.Error:
		return refused("only a SELECT may be run")
	case len(parsed.Statements) != 1:
		return refused("there are %d statements; only one may be run", len(parsed.Statements))
	}
	names, err := catalogNames(ctx, c)
	if err != nil {
		return err
	}
	k := &checker{catalog: names, local: map[string]bool{}}
	k.collect(parsed.Statements[0].Node)
	return k.check(parsed.Statements[0].Node)
}

// names are the relations of the catalog, in lower case: bare, and with schema or database.
type names struct {
	bare      map[string]bool
	qualified map[string]bool
}

func catalogNames(ctx context.Context, c *conn) (names, error) {
	n := names{bare: map[string]bool{}, qualified: map[string]bool{}}
	err := c.rows(ctx, `SELECT lower(database_name), lower(schema_name), lower(table_name) FROM duckdb_tables() WHERE database_name NOT IN ('temp', 'memory')
		UNION ALL SELECT lower(database_name), lower(schema_name), lower(view_name) FROM duckdb_views()`, func(r row) error {
		database, schema, name := r.text(0), r.text(1), r.text(2)
		if database != catalogAlias && slices.Contains(hiddenViews, name) {
			return nil
		}
		n.bare[name] = true
		n.qualified[schema+"\x00"+name] = true
		n.qualified[database+"\x00"+name] = true
		n.qualified[database+"\x00"+schema+"\x00"+name] = true
		return nil
	})
	return n, err
}

// checker walks a statement's tree.
type checker struct {
	catalog names
	// local are the names of the statement's own WITH clauses.
	local map[string]bool
}

// collect finds the names of WITH clauses, wherever they are.
func (k *checker) collect(node any) {
	each(node, func(object map[string]any) {
		with, _ := object["cte_map"].(map[string]any)
		entries, _ := with["map"].([]any)
		for _, e := range entries {
			entry, _ := e.(map[string]any)
			if name, ok := entry["key"].(string); ok {
				k.local[strings.ToLower(name)] = true
			}
		}
		if name, ok := object["cte_name"].(string); ok {
			k.local[strings.ToLower(name)] = true
		}
		if object["type"] == "RECURSIVE_CTE_NODE" {
			if name, ok := object["ctename"].(string); ok {
				k.local[strings.ToLower(name)] = true
			}
		}
	})
}

func (k *checker) check(node any) error {
	var fault error
	each(node, func(object map[string]any) {
		if fault == nil {
			fault = k.object(object)
		}
	})
	return fault
}

func each(node any, fn func(map[string]any)) {
	switch v := node.(type) {
	case map[string]any:
		fn(v)
		for _, child := range v {
			each(child, fn)
		}
	case []any:
		for _, child := range v {
			each(child, fn)
		}
	}
}

var knownNodes = []string{"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}

func (k *checker) object(o map[string]any) error {
	if name, ok := o["function_name"].(string); ok {
		if err := k.function(strings.ToLower(name)); err != nil {
			return err
		}
	}
	kind, _ := o["type"].(string)
	if id, _ := o["id"].(string); strings.EqualFold(id, bottomlessType) {
		return tooDeep("the type " + bottomlessType)
	}
	if name, _ := o["name"].(string); kind == "UNBOUND_TYPE_INFO" && strings.EqualFold(name, bottomlessType) {
		return tooDeep("the type " + bottomlessType)
	}
	if _, expression := o["class"]; expression {
		if kind == "VALUE_PARAMETER" {
			return refused("the statement has parameters")
		}
		return nil
	}
	switch {
	case kind == "BASE_TABLE":
		return k.table(o)
	case kind == "TABLE_FUNCTION":
		return k.tableFunction(o)
	case kind == "SHOW_REF":
		return k.show(o)
	case strings.HasSuffix(kind, "_NODE") && !slices.Contains(knownNodes, kind), strings.HasSuffix(kind, "_REF"):
		return refused("only a SELECT may be run, without %s", strings.ToLower(kind))
	}
	return nil
}

func (k *checker) function(name string) error {
	if slices.Contains(forbiddenFunctions, name) || strings.HasPrefix(name, "_penstock") || strings.HasPrefix(name, "read_") {
		return refused("the function %s may not be used", name)
	}
	if slices.Contains(bottomless, name) || strings.HasPrefix(name, bottomlessType+"_") {
		return tooDeep("the function " + name)
	}
	return nil
}

func tooDeep(what string) error {
	return &event.Error{Code: "query_refused", Message: what + " may not be used: a deeply nested value would end the warehouse's process",
		Hint: "take what you need out of JSON with ->, ->>, json_extract, json_keys or json_each"}
}

func (k *checker) tableFunction(o map[string]any) error {
	function, _ := o["function"].(map[string]any)
	name, _ := function["function_name"].(string)
	if !slices.Contains(tableFunctions, strings.ToLower(name)) {
		return refused("the table function %s may not be used", name)
	}
	return nil
}

func (k *checker) table(o map[string]any) error {
	lower := func(key string) string {
		s, _ := o[key].(string)
		return strings.ToLower(s)
	}
	database, schema, name := lower("catalog_name"), lower("schema_name"), lower("table_name")
	switch {
	case database != "":
		if k.catalog.qualified[database+"\x00"+schema+"\x00"+name] {
			return nil
		}
	case schema != "":
		if k.catalog.qualified[schema+"\x00"+name] {
			return nil
		}
	case k.catalog.bare[name], k.local[name] && plainName.MatchString(name):
		return nil
	}
	shown := strings.Join(slices.DeleteFunc([]string{database, schema, name}, func(s string) bool { return s == "" }), ".")
	return refused("there is no table %s", shown)
}

func (k *checker) show(o map[string]any) error {
	if o["query"] != nil {
		return nil // its tables are checked like any other's
	}
	name, _ := o["table_name"].(string)
	name = strings.ToLower(strings.Trim(name, `"`))
	if name == "" || k.catalog.bare[name] || slices.Contains(shownNames, name) {
		return nil
	}
	return refused("there is no table %s", name)
}
