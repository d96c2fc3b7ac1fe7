package infer

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/penstock/penstock/internal/contract"
)

// enough is how many events must have a field, and none lack it, before it is proposed as required.
// Of fewer it would be chance, and the first event without it would be refused.
const enough = 10

// Column is one proposed column.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// From is where in the event the value is, when that is not the field of the column's name.
	From     string `json:"from,omitempty"`
	Required bool   `json:"required"`
	// Private says that the column looks like personal data, and is proposed with pii: mask.
	Private bool `json:"pii,omitempty"`
	// Note is what was concluded from, for people; it may be empty.
	Note string `json:"note,omitempty"`

	kind contract.Kind
	// words are further words of the column's line, as YAML.
	words []string
	// unknown: no event has a value, so the column is proposed as a comment only.
	unknown bool
	field   leaf
	// newest is the latest time in the samples, for a column of times.
	newest time.Time
}

// column proposes a column for a field of which the type of events has events many. CSV says that
// every value was written as a text, whatever it is.
func column(field leaf, name string, events int, csv bool) *Column {
	v := &field.values
	c := &Column{Name: name, field: field, From: from(field.path, name)}
	if v.seen == 0 {
		c.unknown, c.Type = true, "varchar"
		return c
	}
	c.typed(v, csv)
	c.Required = field.all && events >= enough
	if v.empty > 0 {
		if c.kind != contract.Varchar || v.texts+v.empty == 0 {
			c.words = append(c.words, "empty_as_null: true")
		} else if csv {
			c.words = append(c.words, "empty_as_null: true")
		}
		c.Required = false
	}
	if c.kind == contract.Varchar && (personal(name) || v.mails > 0 && v.mails == v.texts) {
		c.Private = true
	}
	c.remark(v, events)
	return c
}

// typed chooses the narrowest type that takes all values.
func (c *Column) typed(v *values, csv bool) {
	layouts := v.layoutsOfAll()
	switch {
	case v.arrays > 0:
		c.set(contract.JSON)
		c.Note = "arrays and objects, as they were sent"
		if v.arrays < v.seen {
			c.Note = "values of several kinds, as they were sent"
		}
	case v.booleans+v.truths == v.seen:
		c.set(contract.Boolean)
	case v.numbers == v.seen || v.numbers+v.numeric == v.seen && (v.numbers > 0 || c.numeric(v, csv)):
		c.number(v)
	case v.uuids == v.seen:
		c.set(contract.UUID)
	case v.dates == v.seen:
		c.set(contract.Date)
		c.newest = v.newest
	case v.full == v.seen:
		c.set(contract.Timestamp)
		c.newest = v.newest
	case len(layouts) > 0 && v.texts == v.seen:
		c.layout(layouts)
		c.newest = v.newest
	default:
		c.set(contract.Varchar)
		if v.texts < v.seen {
			c.Note = "values of several kinds, as text"
		}
	}
}

func (c *Column) set(kind contract.Kind) {
	c.kind = kind
	c.Type = contract.Type{Kind: kind}.String()
}

// numeric says that texts that are numbers are meant as such. A service that writes digits as a text
// has a reason, most often that they are a code; one that writes 19.90 so wants it exact.
func (c *Column) numeric(v *values, csv bool) bool {
	if v.zeroLed > 0 || v.before > 18 || codelike(c.Name) {
		return false
	}
	return csv || v.digits < v.numeric || timely(c.Name)
}

// roomy is how many digits a proposed decimal has at least: one that just fits is too small tomorrow.
const roomy = 18

// maxScale is the most digits after the point that are taken for meant. Numbers with more come
// from binary arithmetic or are measured, and a double holds them as well.
const maxScale = 6

func (c *Column) number(v *values) {
	if v.texts > 0 {
		c.Note = "numbers written as text"
	}
	unit, name := epoch(v)
	switch {
	case unit != "" && timely(c.Name):
		c.set(contract.Timestamp)
		c.words = append(c.words, "unit: "+unit)
		c.Note = strings.TrimPrefix(c.Note+"; ", "; ") + name + " since 1970"
		c.newest = time.UnixMicro(int64(v.most / perSecond[unit] * 1e6)).UTC()
	case v.scientific > 0 || v.after > maxScale:
		c.set(contract.Double)
	case v.after > 0:
		t := contract.Type{Kind: contract.Decimal, Scale: max(v.after, 2)}
		t.Precision = min(max(roomy, v.before+t.Scale), contract.MaxPrecision)
		if v.before > t.Precision-t.Scale {
			c.set(contract.Double)
			return
		}
		c.kind, c.Type = t.Kind, t.String()
	case v.before > 18:
		t := contract.Type{Kind: contract.Decimal, Precision: contract.MaxPrecision}
		c.kind, c.Type = t.Kind, t.String()
	default:
		c.set(contract.Bigint)
	}
}

var perSecond = map[string]float64{"s": 1, "ms": 1e3, "us": 1e6, "ns": 1e9}

// epoch is the unit in which all numbers are times between 2001 and 2100, if there is one.
func epoch(v *values) (unit, name string) {
	if v.whole < v.numbers+v.numeric {
		return "", ""
	}
	const first, last = 978_307_200, 4_102_444_800 // 2001-01-01 and 2100-01-01 in seconds
	for _, u := range []struct{ unit, name string }{{"s", "seconds"}, {"ms", "milliseconds"}, {"us", "microseconds"}, {"ns", "nanoseconds"}} {
		if v.least >= first*perSecond[u.unit] && v.most <= last*perSecond[u.unit] {
			return u.unit, u.name
		}
	}
	return "", ""
}

func (c *Column) layout(layouts []layout) {
	c.set(contract.Timestamp)
	if layouts[0].date {
		c.set(contract.Date)
	}
	var words []string
	for _, l := range layouts {
		words = append(words, quoted(l.words))
	}
	text := words[0]
	if len(words) > 1 {
		text = "[" + strings.Join(words, ", ") + "]"
	}
	c.words = append(c.words, "layout: "+text)
	if !layouts[0].date && !strings.Contains(layouts[0].words, "%z") {
		c.Note = "taken as UTC; zone: Europe/Berlin says otherwise"
	}
}

// remark says in how many events there is a value, where some lack it.
func (c *Column) remark(v *values, events int) {
	var notes []string
	if c.Private {
		notes = append(notes, "personal data? pii may be mask, hash or drop, or left out")
	}
	if c.Note != "" {
		notes = append(notes, c.Note)
	}
	if v.seen < events {
		notes = append(notes, fmt.Sprintf("in %d of %d events", v.seen, events))
	}
	c.Note = strings.Join(notes, "; ")
}

// line is the column as a line of the contract.
func (c *Column) line() string {
	words := []string{"name: " + c.Name, "type: " + plain(c.Type)}
	if c.From != "" {
		words = append(words, "from: "+plain(c.From))
	}
	if c.Required {
		words = append(words, "required: true")
	}
	words = append(words, c.words...)
	if c.Private {
		words = append(words, "pii: mask")
	}
	line := "- {" + strings.Join(words, ", ") + "}"
	switch {
	case c.unknown:
		return "# " + line + " # no event has a value; which type is it?"
	case c.Note != "":
		return line + " # " + c.Note
	}
	return line
}

// pathName is a name that a path has as it is (document.ParsePath).
var pathName = regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_\-@:/]*$`)

// from is a field's path as a contract writes it; empty for the field of the column's own name.
func from(path []string, name string) string {
	if len(path) == 1 && path[0] == name {
		return ""
	}
	var out strings.Builder
	for i, step := range path {
		switch {
		case !pathName.MatchString(step):
			if i == 0 {
				out.WriteString("$")
			}
			out.WriteString("['" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(step) + "']")
		case i == 0:
			out.WriteString(step)
		default:
			out.WriteString("." + step)
		}
	}
	return out.String()
}

// bare is a text that YAML takes as it is, in a flow mapping too.
var bare = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]*$`)

// plain is a text as YAML, quoted when it has to be.
func plain(text string) string {
	switch strings.ToLower(text) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n":
		return quoted(text)
	}
	if bare.MatchString(text) {
		return text
	}
	return quoted(text)
}

// quoted is a text in double quotes, for YAML and for expressions: their escapes are JSON's and more.
func quoted(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case unicode.IsPrint(r) && r != '\ufeff':
			out.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			fmt.Fprintf(&out, `\U%08x`, r)
		}
	}
	out.WriteByte('"')
	return out.String()
}
