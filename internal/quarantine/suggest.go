package quarantine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dustin/go-humanize"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/dialect"
	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/event"
)

// groupCase is a group and what its suggestion is made from.
type groupCase struct {
	Group
	definition *definition
	column     *columnLine
	typ        contract.Type
	// events are those that were looked at, as they were sent: the newest that the present contracts still refuse.
	events [][]byte
}

// suggest says what would make the contract take the group's events, of which those that arrived since then are looked
// at; nil where that is not known.
func (b *Browser) suggest(ctx context.Context, g Group, since time.Time) (*Suggestion, error) {
	suggestFor := maker(event.Reason(g.Reason))
	if suggestFor == nil {
		return nil, nil
	}
	events, err := b.newest(ctx, g, since)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	present := b.judge(g, events)
	if len(present.same) == 0 {
		return present.mended(), nil
	}
	c, ok := b.caseOf(g, present.same)
	if !ok {
		return nil, nil
	}
	suggestion := suggestFor(&c)
	if suggestion == nil {
		return nil, nil
	}
	tried := c.try(suggestion)
	if tried.useless {
		return nil, nil
	}
	if event.Reason(g.Reason) == event.ReasonMissingField {
		suggestion.Text, err = b.share(ctx, g, suggestion.Text)
	}
	suggestion.Text += tried.text + present.already()
	return suggestion, err
}

// caseOf is a group with its contract's definition; ok is false where the value is computed, which no line of a column mends.
func (b *Browser) caseOf(g Group, events [][]byte) (c groupCase, ok bool) {
	c = groupCase{Group: g, definition: b.definitions[g.Contract], events: events}
	if event.Reason(g.Reason) == event.ReasonNoContract {
		return c, true
	}
	if c.definition == nil {
		return c, false
	}
	c.column = c.definition.column(g.Field)
	for _, column := range b.table(g).Columns {
		if column.Name == g.Field {
			c.typ = column.Type
		}
	}
	return c, (c.column == nil || c.column.value) == (event.Reason(g.Reason) == event.ReasonUnknownField)
}

// maker is what makes suggestions for a reason; nil where nothing can be known.
func maker(reason event.Reason) func(*groupCase) *Suggestion {
	switch reason {
	case event.ReasonMissingField:
		return suggestOptional
	case event.ReasonUnknownField:
		return suggestColumn
	case event.ReasonLength:
		return suggestLength
	case event.ReasonOutOfRange:
		return suggestRange
	case event.ReasonNotExact:
		return suggestRounding
	case event.ReasonWrongType, event.ReasonFormat:
		return suggestType
	case event.ReasonNotInEnum:
		return suggestEnum
	case event.ReasonNoContract:
		return suggestContract
	}
	return nil
}

// values calls fn with the group's field in each event that was looked at.
func (c *groupCase) values(fn func(document.Value)) {
	var parser document.Parser
	for _, raw := range c.events {
		root, err := parser.Parse(raw)
		if err != nil {
			continue
		}
		if c.column != nil {
			fn(c.column.from.Find(root))
		} else {
			fn(root.Get(c.Field))
		}
	}
}

func (c *groupCase) suggestion(line *edit, format string, args ...any) *Suggestion {
	return &Suggestion{Text: fmt.Sprintf(format, args...), File: c.definition.file, YAML: line.line()}
}

func suggestOptional(c *groupCase) *Suggestion {
	return c.suggestion(c.column.edit().remove("required"), "column %s is required", c.Field)
}

// share says how many of a contract's events lack a field: most, and the contract is wrong; few, and
// their producer is.
func (b *Browser) share(ctx context.Context, g Group, text string) (string, error) {
	_, rows, err := b.warehouse.Select(ctx, fmt.Sprintf(`SELECT count(*) FROM %s WHERE _arrived_at BETWEEN %s AND %s`,
		dialect.Name(g.Contract), dialect.Time(g.First), dialect.Time(g.Last)))
	if err != nil {
		return "", err
	}
	loaded := number(cell(rows[0], 0))
	if g.Count >= loaded {
		return fmt.Sprintf("Most events have no %s: %s were refused for it while %s became rows, and %s. Make it optional; rows without it have NULL.",
			g.Field, humanize.Comma(g.Count), humanize.Comma(loaded), text), nil
	}
	return fmt.Sprintf("%s events have no %s, while %s have become rows in the same time: most likely their producer is to be mended. To take them as they are, make the column optional.",
		humanize.Comma(g.Count), g.Field, humanize.Comma(loaded)), nil
}

func suggestColumn(c *groupCase) *Suggestion {
	var f fit
	c.values(f.add)
	typ, ok := f.typ()
	if !ok {
		return nil
	}
	name := columnName(c.Field)
	line := newLine(name, typ.String())
	if name != c.Field {
		line.set("from", quotedPath(c.Field))
	}
	return c.suggestion(line, "Take the field as a new column, at the end of the contract's columns; %s fits all values looked at (%d).", typ, f.seen)
}

// columnName makes a field's name one that a column may have.
func columnName(field string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, strings.ToLower(field))
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		name = "field" + name
	}
	return name[:min(len(name), 63)]
}

func suggestLength(c *groupCase) *Suggestion {
	shortest, longest := -1, 0
	c.values(func(v document.Value) {
		n := utf8.RuneCount(v.Text())
		if v.Kind() == document.Number || v.Kind() == document.Bool {
			n = len(v.Raw())
		}
		longest = max(longest, n)
		if shortest < 0 || n < shortest {
			shortest = n
		}
	})
	if shortest < 0 {
		return nil
	}
	line := c.column.edit()
	if most := c.column.word("maxLength"); most != "" && int64(longest) > number(most) {
		line.set("maxLength", fmt.Sprint(longest))
	}
	if least := c.column.word("minLength"); least != "" && int64(shortest) < number(least) {
		line.set("minLength", fmt.Sprint(shortest))
		if shortest == 0 {
			line.remove("minLength")
		}
	}
	return c.suggestion(line, "The texts looked at have %d to %d characters: widen the limit to take them.", shortest, longest)
}

func suggestEnum(c *groupCase) *Suggestion {
	if c.column.word("const") != "" || c.column.private {
		return nil
	}
	const most = 20
	var values []string
	c.values(func(v document.Value) {
		text := string(v.Raw())
		if v.Kind() == document.String {
			text = string(v.Text())
		}
		if v.Exists() && len(text) <= 100 && !slices.Contains(values, text) {
			values = append(values, text)
		}
	})
	if len(values) == 0 || len(values) > most {
		return nil
	}
	slices.Sort(values)
	return c.suggestion(c.column.edit().extend("enum", values), "The list lacks %d of the values looked at: add those that are right.", len(values))
}

func suggestContract(c *groupCase) *Suggestion {
	seen := map[string]*fit{}
	var names []string
	var parser document.Parser
	for _, raw := range c.events {
		root, err := parser.Parse(raw)
		if err != nil {
			continue
		}
		for name, value := range root.Fields() {
			field := string(name.Text())
			if seen[field] == nil {
				if len(names) == maxFields {
					continue
				}
				seen[field] = &fit{}
				names = append(names, field)
			}
			seen[field].add(value)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return &Suggestion{
		Text: fmt.Sprintf("No contract's match takes these events. Their fields are %s. Mend a match, or write a contract for them that begins as below.", shownNames(names)),
		File: "contracts/NAME.yaml", YAML: contractLines(names, seen),
	}
}

// maxFields bounds the fields of a suggested contract.
const maxFields = 50

func shownNames(names []string) string {
	shown := make([]string, 0, len(names))
	for _, name := range names[:min(len(names), 12)] {
		if utf8.RuneCountInString(name) > 40 {
			name = string([]rune(name)[:39]) + "…"
		}
		shown = append(shown, name)
	}
	if len(names) > len(shown) {
		shown = append(shown, "...")
	}
	return strings.Join(shown, ", ")
}

func contractLines(names []string, seen map[string]*fit) string {
	var out strings.Builder
	out.WriteString("table: NAME\n")
	if i := slices.IndexFunc(names, func(name string) bool { return columnName(name) == name }); i >= 0 {
		fmt.Fprintf(&out, "match: has(event.%s)\n", names[i])
	}
	out.WriteString("columns:\n")
	used := map[string]bool{}
	for _, field := range names {
		typ, ok := seen[field].typ()
		name := columnName(field)
		if !ok || used[name] {
			continue
		}
		used[name] = true
		line := newLine(name, typ.String())
		if name != field {
			line.set("from", quotedPath(field))
		}
		out.WriteString("  " + line.line() + "\n")
	}
	return out.String()
}
