package contract

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// MaxEnum is the most values an enum may list.
const MaxEnum = 10_000

func (r *reader) column(n *yaml.Node) columnDefinition {
	c := columnDefinition{line: n.Line}
	words := columnWords()
	c.words = mapping(r, n, "a column", words, &c)
	if _, has := c.words["name"]; !has {
		r.fault(n, "a column has no name", "write it as: - {name: id, type: bigint}")
	}
	if _, has := c.words["type"]; !has {
		r.fault(n, fmt.Sprintf("column %q has no type", c.name.value), "add one, such as type: varchar")
	}
	if c.typ.Kind == 0 {
		return c // words cannot be held against a type that is not known
	}
	for _, w := range words {
		if line, used := c.words[w.name]; used && len(w.kinds) > 0 && !slices.Contains(w.kinds, c.typ.Kind) {
			r.faults.add(r.file, line, fmt.Sprintf("%s has no meaning for %s", w.name, c.typ), w.insteadFor)
		}
	}
	return c
}

func (r *reader) columnType(c *columnDefinition, n *yaml.Node) {
	t := r.text("type", n)
	if !t.given() {
		return
	}
	typ, err := ParseType(t.value)
	if err != nil {
		r.fault(n, fmt.Sprintf("there is no type %q", printable(t.value)), err.Error())
		return
	}
	c.typ = typ
}

func (r *reader) enum(c *columnDefinition, n *yaml.Node) {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || len(n.Content) > MaxEnum {
		r.fault(n, fmt.Sprintf("enum is a list of 1 to %d values", MaxEnum), "write it as: enum: [new, paid, sent]")
		return
	}
	for _, entry := range n.Content {
		if t := r.text("a value of enum", entry); t.given() {
			c.enum = append(c.enum, t)
		}
	}
}

func (r *reader) privacy(c *columnDefinition, n *yaml.Node) {
	switch r.choice("pii", n, []string{"mask", "hash", "drop"}) {
	case "mask":
		c.privacy = maskPrivate
	case "hash":
		c.privacy = hashPrivate
	case "drop":
		c.privacy = dropPrivate
	}
}

func (r *reader) rounding(c *columnDefinition, n *yaml.Node) {
	switch r.choice("rounding", n, []string{"exact", "half_up", "half_even", "truncate"}) {
	case "exact":
		c.rounding = exact
	case "half_up":
		c.rounding = halfUp
	case "half_even":
		c.rounding = halfEven
	case "truncate":
		c.rounding = truncate
	}
}

// layout reads one layout or a list of them.
func (r *reader) layout(c *columnDefinition, n *yaml.Node) {
	entries := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		entries = n.Content
	}
	for _, entry := range entries {
		if t := r.text("layout", entry); t.given() {
			c.layouts = append(c.layouts, t)
		}
	}
}
