package infer

import (
	"regexp"
	"slices"

	"github.com/penstock/penstock/internal/document"
)

// maxTypes is the most types of events that a field may tell apart; a field with more names something else.
const maxTypes = 50

// typeName is what a type of events may be called.
var typeName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.:/ -]{0,62}$`)

// discriminator is the field that says of which type an event is; "" if there is none. It is a text
// in every object of the file, and events of different types have different fields: otherwise it is
// an attribute, such as the type of a payment, and belongs into a column.
func discriminator(events []Event) string {
	for _, name := range discriminators {
		if t := typesBy(name, events); t != nil && t.differ(name) {
			return name
		}
	}
	return ""
}

// types are the values of a field, each with how often events of it have each other field.
type types struct {
	fields map[string]map[string]int
	events map[string]int
}

// typesBy is nil when the field does not tell types.
func typesBy(name string, events []Event) *types {
	t := &types{fields: map[string]map[string]int{}, events: map[string]int{}}
	var parser document.Parser
	for _, e := range events {
		if !isObject(e) {
			continue
		}
		root, err := parser.Parse(e.Data)
		if err != nil {
			continue
		}
		is := root.Get(name)
		if is.Kind() != document.String || !typeName.Match(is.Text()) || e.CSV {
			return nil
		}
		value := string(is.Text())
		if t.fields[value] == nil {
			if len(t.fields) == maxTypes {
				return nil
			}
			t.fields[value] = map[string]int{}
		}
		t.events[value]++
		count(t.fields[value], "", root, 0)
	}
	return t
}

// count counts the fields of an object and of the objects in it.
func count(fields map[string]int, prefix string, object document.Value, depth int) {
	for key, value := range object.Fields() {
		if len(fields) == maxFields {
			return
		}
		path := prefix + string(key.Text())
		if value.Kind() != document.Null {
			fields[path]++
		}
		if value.Kind() == document.Object && depth < 2 {
			count(fields, path+"\x00", value, depth+1)
		}
	}
}

// differ says that every event of some type has a field that another type lacks. A single type is
// told by a field whose name leaves no doubt: the type of a payment is no type of events.
func (t *types) differ(name string) bool {
	if len(t.fields) == 1 {
		return slices.Contains(certain, name)
	}
	for one := range t.fields {
		for other := range t.fields {
			if one != other && t.own(one, other) {
				return true
			}
		}
	}
	return false
}

// own says that every event of one type has a field that none of the other has.
func (t *types) own(one, other string) bool {
	for field, n := range t.fields[one] {
		if n == t.events[one] && t.fields[other][field] == 0 {
			return true
		}
	}
	return false
}
