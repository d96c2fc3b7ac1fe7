package infer

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Contract is one proposed contract.
type Contract struct {
	Table string `json:"table"`
	// File is where it belongs, below the pipeline's folder.
	File string `json:"file"`
	// Match is its condition; empty when it takes what no other contract takes.
	Match string `json:"match,omitempty"`
	// Key is its key; empty when the samples do not show one that is safe.
	Key string `json:"key,omitempty"`
	// Events is how many samples are of its type, Rows how many of all samples it takes.
	Events  int       `json:"events"`
	Rows    int       `json:"rows"`
	Columns []*Column `json:"columns"`
	// Text is the file.
	Text []byte `json:"-"`

	group *group
	// maybeKey is a column that may be a key, which only people can know.
	maybeKey string
}

// newContract proposes the columns and the key of a type of events.
func newContract(g *group) *Contract {
	c := &Contract{Table: g.table, Events: len(g.events), group: g}
	used := taken{}
	for _, f := range g.root.leaves(nil, true) {
		c.Columns = append(c.Columns, column(f, used.name(names(f.path)...), len(g.events), g.csv))
	}
	c.chooseKey()
	return c
}

// names are what a field's column may be called, the best first: a member of an envelope needs no prefix.
func names(path []string) []string {
	whole := columnName(strings.Join(path, "_"))
	if len(path) > 1 && slices.Contains(envelopes, path[0]) {
		return []string{columnName(strings.Join(path[1:], "_")), whole}
	}
	return []string{whole}
}

// chooseKey takes the id of the event itself as the key. Ids of what events are about can come in
// several events, all but the first of which a key would drop, so they are only told of.
func (c *Contract) chooseKey() {
	for _, col := range c.Columns {
		if col.unknown || !col.field.all || !col.field.values.unique() || col.Private || col.Type == "json" || col.Type == "double" {
			continue
		}
		switch {
		case ownID(col.Name):
			c.Key, col.Required = col.Name, true
			return
		case c.maybeKey == "" && (hasWord(col.Name, "id", "uuid", "guid") || col.Type == "uuid"):
			c.maybeKey = col.Name
		}
	}
}

// tellApart gives each contract its match.
func tellApart(contracts []*Contract) {
	for _, c := range contracts {
		if c.group.by != "" {
			c.Match = fmt.Sprintf("%s == %s", member(c.group.by), quoted(c.group.is))
			continue
		}
		c.Match = c.condition(contracts)
	}
}

// condition tells the events of a contract by the fields they have.
func (c *Contract) condition(all []*Contract) string {
	always := c.always()
	if len(always) == 0 {
		return c.any(all)
	}
	for _, field := range always {
		if !slices.ContainsFunc(all, func(o *Contract) bool { return o != c && o.group.root.index[field] != nil }) {
			return has(field)
		}
	}
	// No field is its own: two of them, and those of others that it lacks.
	conditions := []string{}
	for _, field := range always[:min(2, len(always))] {
		conditions = append(conditions, has(field))
	}
	for _, o := range all {
		for _, field := range o.always() {
			if not := "!" + has(field); c.group.root.index[field] == nil && !slices.Contains(conditions, not) {
				conditions = append(conditions, not)
				break
			}
		}
	}
	return strings.Join(conditions, " && ")
}

// any takes events with at least one of the fields; "" for the only contract.
func (c *Contract) any(all []*Contract) string {
	if len(all) == 1 {
		return ""
	}
	var conditions []string
	for _, m := range c.group.root.members[:min(5, len(c.group.root.members))] {
		conditions = append(conditions, has(m.name))
	}
	return strings.Join(conditions, " || ")
}

// always are the top-level fields that all events have, those that are ids first.
func (c *Contract) always() []string {
	var ids, others []string
	root := &c.group.root
	for _, m := range root.members {
		switch {
		case m.values.seen < root.objects:
		case hasWord(snake(m.name), "id"):
			ids = append(ids, m.name)
		default:
			others = append(others, m.name)
		}
	}
	return append(ids, others...)
}

// identifier is a name that an expression takes after a dot.
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// expressionWords are names that an expression does not take after a dot (CEL's language definition).
var expressionWords = strings.Fields(`true false null in as break const continue else for function if import let loop
	package namespace return var void while`)

func identified(field string) bool {
	return identifier.MatchString(field) && !slices.Contains(expressionWords, field)
}

// has is the condition that an event has a field.
func has(field string) string {
	if identified(field) {
		return "has(event." + field + ")"
	}
	return quoted(field) + " in event"
}

// member is a field in an expression.
func member(field string) string {
	if identified(field) {
		return "event." + field
	}
	return "event[" + quoted(field) + "]"
}

// text is the file.
func (c *Contract) text() []byte {
	var out strings.Builder
	fmt.Fprintf(&out, "# Proposed from %s: read each line, and mend what is wrong.\n", c.sample())
	out.WriteString("# docs/contracts.md explains every word, `penstock check` tries the file.\n")
	fmt.Fprintf(&out, "table: %s\n", c.Table)
	if c.Match != "" {
		fmt.Fprintf(&out, "match: %s\n", single(c.Match))
	}
	switch {
	case c.Key != "":
		fmt.Fprintf(&out, "key: %s # an event that is sent twice is loaded once\n", c.Key)
	case c.maybeKey != "":
		fmt.Fprintf(&out, "# key: %s # if no two events share one: an event that is sent twice is loaded once (it needs required: true)\n", c.maybeKey)
	}
	if c.Events < enough {
		fmt.Fprintf(&out, "\n# %s cannot tell what is required: add required: true to what every event must have.\n", c.counted())
	} else {
		fmt.Fprintf(&out, "\n# What all %s have is required: an event without it goes to the quarantine.\n", c.counted())
	}
	if !slices.ContainsFunc(c.Columns, func(col *Column) bool { return !col.unknown }) {
		out.WriteString("columns:\n  - {name: event, type: json, from: $} # no field has a value in any event\n")
	} else {
		out.WriteString("columns:\n")
	}
	for _, col := range c.Columns {
		out.WriteString("  " + col.line() + "\n")
	}
	if c.group.root.wide {
		fmt.Fprintf(&out, "  # Fields beyond the first %d were not looked at.\n", maxFields)
	}
	return []byte(out.String())
}

// sample says which events the contract is proposed from.
func (c *Contract) sample() string {
	var names []string
	for _, file := range files(c.group.events) {
		if name := file[0].File; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) > 3 {
		names = append(names[:3], "...")
	}
	return strings.Map(printable, c.counted()+" of "+strings.Join(names, ", "))
}

// counted is how many events there are, in words.
func (c *Contract) counted() string {
	if c.Events == 1 {
		return "1 event"
	}
	return fmt.Sprintf("%d events", c.Events)
}

// printable replaces what would end a comment.
func printable(r rune) rune {
	if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
		return '?'
	}
	return r
}

// single is a text as YAML, in single quotes where it has to be.
func single(text string) string {
	if strings.Contains(text, ": ") || strings.Contains(text, " #") || strings.HasPrefix(text, "\"") || strings.HasPrefix(text, "!") {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return text
}
