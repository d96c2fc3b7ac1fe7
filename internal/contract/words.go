package contract

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/spelling"
)

// A word is a key that a contract file may use, with what reads its value.
type word[T any] struct {
	name string
	read func(*reader, *T, *yaml.Node)
	// kinds are the column types the word has a meaning for; empty means all.
	kinds []Kind
	// insteadFor says what to write where it has none.
	insteadFor string
}

// contractWords are the words of a file's top level.
func contractWords() []word[definition] {
	return []word[definition]{
		{name: "table", read: func(r *reader, d *definition, n *yaml.Node) { d.table = r.text("table", n) }},
		{name: "description", read: func(r *reader, d *definition, n *yaml.Node) { d.description = r.text("description", n).value }},
		{name: "match", read: func(r *reader, d *definition, n *yaml.Node) { d.match = r.expression("match", n) }},
		{name: "drop", read: func(r *reader, d *definition, n *yaml.Node) { d.drop = r.expression("drop", n) }},
		{name: "key", read: (*reader).key},
		{name: "key_window", read: func(r *reader, d *definition, n *yaml.Node) { r.window("key_window", d, n) }},
		{name: "on_unknown_field", read: (*reader).unknownField},
		{name: "columns", read: (*reader).columns},
	}
}

// columnWords are the words of one column.
func columnWords() []word[columnDefinition] {
	return slices.Concat(
		originWords(),
		onlyFor([]Kind{Integer, Bigint, Double, Decimal, Date, Timestamp},
			"keep it for a number, date or timestamp; a varchar has minLength, maxLength, pattern and enum",
			textWord("minimum", func(c *columnDefinition) *text { return &c.minimum }),
			textWord("maximum", func(c *columnDefinition) *text { return &c.maximum }),
			textWord("exclusiveMinimum", func(c *columnDefinition) *text { return &c.exclusiveMinimum }),
			textWord("exclusiveMaximum", func(c *columnDefinition) *text { return &c.exclusiveMaximum })),
		onlyFor([]Kind{Integer, Bigint, Decimal}, "keep it for integer, bigint and decimal, whose values are exact",
			textWord("multipleOf", func(c *columnDefinition) *text { return &c.multipleOf })),
		onlyFor([]Kind{Varchar}, "keep it for a varchar column; numbers, dates and timestamps have minimum and maximum",
			limitWord("minLength", func(c *columnDefinition) *limit { return &c.minLength }),
			limitWord("maxLength", func(c *columnDefinition) *limit { return &c.maxLength }),
			textWord("pattern", func(c *columnDefinition) *text { return &c.pattern })),
		onlyFor([]Kind{Varchar}, "keep it for a varchar column; the type says the format of all others",
			textWord("format", func(c *columnDefinition) *text { return &c.format })),
		onlyFor([]Kind{Boolean, Integer, Bigint, Double, Decimal, Varchar, UUID, Date, Timestamp},
			"leave it out: json values are not compared",
			word[columnDefinition]{name: "enum", read: (*reader).enum},
			textWord("const", func(c *columnDefinition) *text { return &c.constant })),
		onlyFor([]Kind{Varchar}, "use it with pii: hash, in a varchar column",
			textWord("salt", func(c *columnDefinition) *text { return &c.salt })),
		onlyFor([]Kind{Integer, Bigint, Decimal, Timestamp}, "keep it for integer, bigint, decimal and timestamp",
			word[columnDefinition]{name: "rounding", read: (*reader).rounding}),
		onlyFor([]Kind{Date, Timestamp}, "keep it for date and timestamp",
			word[columnDefinition]{name: "layout", read: (*reader).layout}),
		onlyFor([]Kind{Timestamp}, "keep it for timestamp",
			textWord("unit", func(c *columnDefinition) *text { return &c.unit }),
			textWord("zone", func(c *columnDefinition) *text { return &c.zone })),
	)
}

// originWords are those that every type has: what the column is called and where its value comes from.
func originWords() []word[columnDefinition] {
	type column = columnDefinition
	return []word[column]{
		textWord("name", func(c *column) *text { return &c.name }),
		{name: "type", read: (*reader).columnType},
		{name: "description", read: func(r *reader, c *column, n *yaml.Node) { c.description = r.text("description", n).value }},
		textWord("from", func(c *column) *text { return &c.from }),
		{name: "value", read: func(r *reader, c *column, n *yaml.Node) { c.value = r.expression("value", n) }},
		{name: "required", read: func(r *reader, c *column, n *yaml.Node) { c.required = r.boolean("required", n) }},
		textWord("default", func(c *column) *text { return &c.fallback }),
		{name: "empty_as_null", read: func(r *reader, c *column, n *yaml.Node) { c.emptyAsNull = r.boolean("empty_as_null", n) }},
		{name: "pii", read: (*reader).privacy},
	}
}

func textWord(name string, field func(*columnDefinition) *text) word[columnDefinition] {
	return word[columnDefinition]{name: name, read: func(r *reader, c *columnDefinition, n *yaml.Node) { *field(c) = r.text(name, n) }}
}

func limitWord(name string, field func(*columnDefinition) *limit) word[columnDefinition] {
	return word[columnDefinition]{name: name, read: func(r *reader, c *columnDefinition, n *yaml.Node) { *field(c) = r.limit(name, n) }}
}

// onlyFor limits words to column types; instead says what to write in a column of another one.
func onlyFor(kinds []Kind, instead string, words ...word[columnDefinition]) []word[columnDefinition] {
	for i := range words {
		words[i].kinds, words[i].insteadFor = kinds, instead
	}
	return words
}

// mapping reads a YAML mapping word by word into target and reports unknown and repeated words.
// It returns the line of each word that was there, a misspelled one included.
func mapping[T any](r *reader, n *yaml.Node, what string, words []word[T], target *T) map[string]int {
	lines, meant := map[string]int{}, map[string]int{}
	names := make([]string, len(words))
	for i, w := range words {
		names[i] = w.name
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if first, twice := lines[key.Value]; twice {
			r.fault(key, fmt.Sprintf("%q is written twice, first in line %d", key.Value, first), "keep one of them")
			continue
		}
		known := false
		for _, w := range words {
			if w.name == key.Value && key.Kind == yaml.ScalarNode {
				known = true
				lines[w.name] = key.Line
				w.read(r, target, value)
			}
		}
		if !known && !isTypeRemnant(key.Value) {
			near := spelling.Nearest(key.Value, names)
			meant[near] = key.Line
			r.fault(key, fmt.Sprintf("%s has no word %q", what, printable(key.Value)), insteadOfWord(near, names))
		}
	}
	for name, line := range meant {
		if lines[name] == 0 {
			lines[name] = line
		}
	}
	return lines
}

// isTypeRemnant recognizes the "2)" of an unquoted decimal(12,2), which the type's fault explains.
func isTypeRemnant(key string) bool {
	return strings.HasSuffix(key, ")") && strings.Trim(key, "0123456789 ") == ")"
}

func insteadOfWord(near string, names []string) string {
	if near != "" {
		return fmt.Sprintf("write %q", near)
	}
	return "write one of " + strings.Join(names, ", ")
}
