package quarantine

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// trial is what became of a suggestion when the events that were looked at were run through it.
type trial struct {
	// text says so, with a space before it.
	text string
	// useless: the lines make no contract, or every event is refused as before.
	useless bool
}

// refusedFor is why a contract refuses an event.
type refusedFor struct {
	reason event.Reason
	field  string
}

func (r refusedFor) String() string {
	if r.field == "" {
		return string(r.reason)
	}
	return string(r.reason) + " of " + r.field
}

// try runs the events through the contract as the suggestion would have it, in memory.
func (c *groupCase) try(s *Suggestion) trial {
	if len(c.events) == 0 {
		return trial{}
	}
	text, err := c.changed(s)
	if err != nil {
		return trial{useless: true}
	}
	// The contract by itself: these events are its own, whatever others there are.
	set, err := contract.Compile([]contract.Source{{Name: s.File, Text: text}})
	if err != nil {
		return trial{useless: true}
	}
	refused, total := map[refusedFor]int{}, 0
	processor := set.NewProcessor()
	for _, raw := range c.events {
		if out := processor.Process(raw); out.Verdict == contract.Quarantined {
			refused[refusedFor{out.Reason, out.Field}]++
			total++
		}
	}
	return trial{text: outcome(len(c.events), total, refused), useless: refused[refusedFor{event.Reason(c.Reason), c.Field}] == len(c.events)}
}

// outcome says how many events would be taken, and what most of the others would be refused for.
func outcome(events, refused int, why map[refusedFor]int) string {
	if refused == 0 {
		return fmt.Sprintf(" Tried on %s: it takes them all.", countOf(events))
	}
	return fmt.Sprintf(" Tried on %s: %d would still be refused, most for %s.", countOf(events), refused, mostOf(why))
}

func countOf(events int) string {
	if events == 1 {
		return "1 event"
	}
	return fmt.Sprintf("%d events", events)
}

// changed is the contract's file with the suggested lines in it.
func (c *groupCase) changed(s *Suggestion) ([]byte, error) {
	if c.definition == nil { // a whole contract, whose table has no name yet
		return []byte(strings.Replace(s.YAML, "table: NAME", "table: suggested", 1)), nil
	}
	return c.definition.with(c.Field, s.YAML)
}

// with is the file with a line in the place of the column of that name, or as the last column.
func (d *definition) with(column, line string) ([]byte, error) {
	var file, lines yaml.Node
	if err := yaml.Unmarshal(d.text, &file); err != nil {
		return nil, err
	}
	if err := yaml.Unmarshal([]byte(line), &lines); err != nil {
		return nil, err
	}
	columns := sequence(file.Content[0])
	if columns == nil || len(columns.Content) != len(d.columns) {
		return nil, errors.New("the columns are not a list that a line can be put into")
	}
	added := lines.Content[0].Content[0]
	if i := slices.IndexFunc(d.columns, func(c columnLine) bool { return c.name == column }); i >= 0 {
		columns.Content[i] = added
	} else {
		columns.Content = append(columns.Content, added)
	}
	return yaml.Marshal(&file)
}

// sequence is a contract's list of columns; nil where it is written by an alias.
func sequence(file *yaml.Node) *yaml.Node {
	for i := 0; i+1 < len(file.Content); i += 2 {
		if file.Content[i].Value == "columns" && file.Content[i+1].Kind == yaml.SequenceNode {
			return file.Content[i+1]
		}
	}
	return nil
}
