package snowflake

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Name is an object's name as Snowflake stores it.
type Name string

// maxName is the longest identifier Snowflake takes, in characters.
const maxName = 255

// ParseName reads a name as people write it in SQL: plain it is stored in upper case, so that queries find it
// unquoted; between double quotes it stays as it is, with "" for a quote.
func ParseName(text string) (Name, error) {
	if len(text) >= 2 && text[0] == '"' && text[len(text)-1] == '"' {
		inner := text[1 : len(text)-1]
		if strings.Contains(strings.ReplaceAll(inner, `""`, ""), `"`) {
			return "", fmt.Errorf(`the name %s has a quote inside; write it twice: ""`, text)
		}
		return checked(strings.ReplaceAll(inner, `""`, `"`))
	}
	return checked(strings.ToUpper(text))
}

func checked(name string) (Name, error) {
	switch {
	case name == "":
		return "", fmt.Errorf("a name is empty; write one such as PENSTOCK")
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return "", fmt.Errorf("the name %q holds what cannot be printed; leave it out", name)
	case utf8.RuneCountInString(name) > maxName:
		return "", fmt.Errorf("the name %.40q... has more than %d characters; shorten it", name, maxName)
	}
	return Name(name), nil
}

// column is the name of a contract's table or column in Snowflake.
func column(name string) Name { return Name(strings.ToUpper(name)) }

// String is the name in SQL. It is always quoted: reserved words and unusual names need it, and others do not mind.
func (n Name) String() string { return `"` + strings.ReplaceAll(string(n), `"`, `""`) + `"` }

// within is a qualified name in SQL.
func within(names ...Name) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = n.String()
	}
	return strings.Join(quoted, ".")
}

// Literal is a text in SQL. In Snowflake's texts a backslash escapes.
func Literal(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(text) + "'"
}

// Names are the objects one pipeline has in Snowflake.
type Names struct {
	// Database and Schema hold the views people query. Raw is the schema of tables, pipes and the stage.
	Database, Schema, Raw Name
	// Warehouse runs queries and checks; Monitor bounds what it costs.
	Warehouse, Monitor Name
	// Integration lets Snowflake assume the role that reads the lake.
	Integration Name
	// Loader owns what loads, Reader may read the views.
	Loader, Reader Name
	// Stage is the lake's data prefix. FirehoseFormat reads files without a header, LakeFormat those with one.
	Stage, FirehoseFormat, LakeFormat Name
}

// NewNames are the names of a pipeline: database and account-wide objects begin with prefix, schemas are named after
// the pipeline.
func NewNames(prefix, pipeline Name) Names {
	own := prefix + "_" + pipeline
	return Names{
		Database: prefix, Schema: pipeline, Raw: pipeline + "_RAW",
		Warehouse: prefix, Monitor: prefix, Integration: own,
		Loader: own + "_LOADER", Reader: own + "_READER",
		Stage: "LAKE", FirehoseFormat: "FIREHOSE_CSV", LakeFormat: "LAKE_CSV",
	}
}

func (n Names) raw(object Name) string  { return within(n.Database, n.Raw, object) }
func (n Names) view(object Name) string { return within(n.Database, n.Schema, object) }
