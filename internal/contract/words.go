package contract

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
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
		{name: "description", read: func(r *reader, _ *definition, n *yaml.Node) { r.text("description", n) }},
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
	type column = columnDefinition
	ordered := []Kind{Integer, Bigint, Double, Decimal, Date, Timestamp}
	textual := []Kind{Varchar}
	textOf := func(name string, field func(*column) *text) func(*reader, *column, *yaml.Node) {
		return func(r *reader, c *column, n *yaml.Node) { *field(c) = r.text(name, n) }
	}
	boolOf := func(name string, field func(*column) *bool) func(*reader, *column, *yaml.Node) {
		return func(r *reader, c *column, n *yaml.Node) { *field(c) = r.boolean(name, n) }
	}
	limitOf := func(name string, field func(*column) *limit) func(*reader, *column, *yaml.Node) {
		return func(r *reader, c *column, n *yaml.Node) { *field(c) = r.limit(name, n) }
	}
	const forText = "keep it for a varchar column; numbers, dates and timestamps have minimum and maximum"
	const forOrder = "keep it for a number, date or timestamp; a varchar has minLength, maxLength, pattern and enum"
	return []word[column]{
		{name: "name", read: textOf("name", func(c *column) *text { return &c.name })},
		{name: "type", read: (*reader).columnType},
		{name: "description", read: func(r *reader, _ *column, n *yaml.Node) { r.text("description", n) }},
		{name: "from", read: textOf("from", func(c *column) *text { return &c.from })},
		{name: "value", read: func(r *reader, c *column, n *yaml.Node) { c.value = r.expression("value", n) }},
		{name: "required", read: boolOf("required", func(c *column) *bool { return &c.required })},
		{name: "default", read: func(r *reader, c *column, n *yaml.Node) { c.fallback = r.literal("default", n) }},
		{name: "empty_as_null", read: boolOf("empty_as_null", func(c *column) *bool { return &c.emptyAsNull })},
		{name: "minimum", read: textOf("minimum", func(c *column) *text { return &c.minimum }), kinds: ordered, insteadFor: forOrder},
		{name: "maximum", read: textOf("maximum", func(c *column) *text { return &c.maximum }), kinds: ordered, insteadFor: forOrder},
		{name: "exclusiveMinimum", read: textOf("exclusiveMinimum", func(c *column) *text { return &c.exclusiveMinimum }), kinds: ordered, insteadFor: forOrder},
		{name: "exclusiveMaximum", read: textOf("exclusiveMaximum", func(c *column) *text { return &c.exclusiveMaximum }), kinds: ordered, insteadFor: forOrder},
		{name: "multipleOf", read: textOf("multipleOf", func(c *column) *text { return &c.multipleOf }), kinds: []Kind{Integer, Bigint, Decimal},
			insteadFor: "keep it for integer, bigint and decimal, whose values are exact"},
		{name: "minLength", read: limitOf("minLength", func(c *column) *limit { return &c.minLength }), kinds: textual, insteadFor: forText},
		{name: "maxLength", read: limitOf("maxLength", func(c *column) *limit { return &c.maxLength }), kinds: textual, insteadFor: forText},
		{name: "pattern", read: textOf("pattern", func(c *column) *text { return &c.pattern }), kinds: textual, insteadFor: forText},
		{name: "format", read: textOf("format", func(c *column) *text { return &c.format }), kinds: textual,
			insteadFor: "keep it for a varchar column; the type says the format of all others"},
		{name: "enum", read: (*reader).enum, kinds: comparedKinds(), insteadFor: "leave it out: json values are not compared"},
		{name: "const", read: func(r *reader, c *column, n *yaml.Node) { c.constant = r.literal("const", n) }, kinds: comparedKinds(),
			insteadFor: "leave it out: json values are not compared"},
		{name: "pii", read: (*reader).privacy},
		{name: "salt", read: textOf("salt", func(c *column) *text { return &c.salt }), kinds: textual, insteadFor: "use it with pii: hash, in a varchar column"},
		{name: "rounding", read: (*reader).rounding, kinds: []Kind{Integer, Bigint, Decimal, Timestamp},
			insteadFor: "keep it for integer, bigint, decimal and timestamp"},
		{name: "layout", read: (*reader).layout, kinds: []Kind{Date, Timestamp}, insteadFor: "keep it for date and timestamp"},
		{name: "unit", read: textOf("unit", func(c *column) *text { return &c.unit }), kinds: []Kind{Timestamp}, insteadFor: "keep it for timestamp"},
		{name: "zone", read: textOf("zone", func(c *column) *text { return &c.zone }), kinds: []Kind{Timestamp}, insteadFor: "keep it for timestamp"},
	}
}

// comparedKinds are the kinds whose values enum and const can be compared with.
func comparedKinds() []Kind {
	return []Kind{Boolean, Integer, Bigint, Double, Decimal, Varchar, UUID, Date, Timestamp}
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
			near := nearest(key.Value, names)
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
