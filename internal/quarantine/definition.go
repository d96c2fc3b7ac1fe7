package quarantine

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/expression"
)

// definition is a contract file as it is written: what a suggestion changes a line of.
type definition struct {
	file, table string
	text        []byte
	columns     []columnLine
}

// columnLine is one column of a contract file.
type columnLine struct {
	name string
	node *yaml.Node
	// from is where the column's value is; with value it is computed from these fields instead.
	from    document.Path
	value   bool
	fields  []string
	private bool
}

// define reads a contract that has been compiled, so that what it holds is known to be right.
func define(source contract.Source) (*definition, error) {
	var file struct {
		Table   string      `yaml:"table"`
		Columns []yaml.Node `yaml:"columns"`
	}
	if err := yaml.Unmarshal(source.Text, &file); err != nil {
		return nil, err
	}
	d := &definition{file: source.Name, table: file.Table, text: source.Text}
	for i := range file.Columns {
		c := columnLine{node: &file.Columns[i]}
		c.name, c.value, c.private = c.word("name"), c.word("value") != "", c.word("pii") != ""
		if err := c.locate(); err != nil {
			return nil, fmt.Errorf("column %s: %w", c.name, err)
		}
		d.columns = append(d.columns, c)
	}
	return d, nil
}

func (c *columnLine) locate() error {
	if c.value {
		program, err := expression.Compile(c.word("value"))
		if err == nil {
			c.fields, _ = program.Fields()
		}
		return err
	}
	from := c.word("from")
	var err error
	if from == "" { // a column's name is a path by itself
		from = c.name
	}
	c.from, err = document.ParsePath(from)
	return err
}

// column is the column of that name; nil if there is none.
func (d *definition) column(name string) *columnLine {
	i := slices.IndexFunc(d.columns, func(c columnLine) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return &d.columns[i]
}

// paths are the places in an event that a column is made from.
func (d *definition) paths(column string) []document.Path {
	c := d.column(column)
	if c == nil {
		return nil
	}
	if !c.value {
		return []document.Path{c.from}
	}
	var paths []document.Path
	for _, field := range c.fields {
		if path, err := document.ParsePath(quotedPath(field)); err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}

// quotedPath is the path of a top-level field, whatever its name.
func quotedPath(field string) string {
	return "$['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(field) + "']"
}

// word is a scalar of the column's line; empty if it is not there.
func (c *columnLine) word(name string) string {
	for i := 0; i+1 < len(c.node.Content); i += 2 {
		if c.node.Content[i].Value == name {
			return c.node.Content[i+1].Value
		}
	}
	return ""
}

// edit is a copy of a column's line that can be changed.
type edit struct{ node yaml.Node }

func (c *columnLine) edit() *edit {
	e := &edit{node: yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle}}
	for _, part := range c.node.Content {
		copied := *part
		copied.HeadComment, copied.LineComment, copied.FootComment = "", "", ""
		if copied.Kind != yaml.ScalarNode {
			copied.Style = yaml.FlowStyle
		}
		e.node.Content = append(e.node.Content, &copied)
	}
	return e
}

func newLine(name, typ string) *edit {
	e := &edit{node: yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle}}
	return e.set("name", name).set("type", typ)
}

// set gives a word a value, in its place if it is there.
func (e *edit) set(name, value string) *edit {
	scalar := &yaml.Node{Kind: yaml.ScalarNode, Value: value}
	if name == "type" && strings.Contains(value, ",") {
		scalar.Style = yaml.DoubleQuotedStyle
	}
	for i := 0; i+1 < len(e.node.Content); i += 2 {
		if e.node.Content[i].Value == name {
			e.node.Content[i+1] = scalar
			return e
		}
	}
	e.node.Content = append(e.node.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, scalar)
	return e
}

func (e *edit) remove(names ...string) *edit {
	for i := 0; i+1 < len(e.node.Content); {
		if slices.Contains(names, e.node.Content[i].Value) {
			e.node.Content = slices.Delete(e.node.Content, i, i+2)
			continue
		}
		i += 2
	}
	return e
}

// extend adds values to a list.
func (e *edit) extend(name string, values []string) *edit {
	for i := 0; i+1 < len(e.node.Content); i += 2 {
		if e.node.Content[i].Value != name {
			continue
		}
		list := *e.node.Content[i+1]
		list.Content = slices.Clone(list.Content)
		for _, v := range values {
			scalar := &yaml.Node{Kind: yaml.ScalarNode, Value: v}
			if !plainNumber.MatchString(v) { // no and off are booleans to some readers
				scalar.Style = yaml.DoubleQuotedStyle
			}
			list.Content = append(list.Content, scalar)
		}
		e.node.Content[i+1] = &list
	}
	return e
}

// line is the column as one line of the file.
func (e *edit) line() string {
	list := yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: []*yaml.Node{&e.node}}
	text, err := yaml.Marshal(&list)
	if err != nil {
		return "" // nodes that were read, and plain scalars, always encode
	}
	return strings.TrimSpace(string(text))
}
