package contract

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/event"
)

// columnBuilder compiles the columns of one contract.
type columnBuilder struct {
	d      *definition
	faults *faultList
	// converter reads the values that the file itself holds, by the same rules as events.
	converter converter
}

func (b *columnBuilder) fault(line int, message, instead string) {
	b.faults.add(b.d.file, line, message, instead)
}

func (b *columnBuilder) build(d *columnDefinition) column {
	c := column{
		name: d.name.value, typ: d.typ, source: d.name.value, required: d.required, emptyAsNull: d.emptyAsNull,
		rounding: d.rounding, unit: undeclaredUnits, zone: time.UTC, privacy: d.privacy, salt: []byte(d.salt.value),
	}
	b.origin(d, &c)
	if d.typ.Kind == 0 {
		return c
	}
	b.timeWords(d, &c)
	b.privacyWords(d)
	c.bounds = b.bounds(d, &c)
	c.checks = b.checks(d)
	c.enum = b.enum(d, &c)
	b.fallback(d, &c)
	return c
}

// origin says where values come from.
func (b *columnBuilder) origin(d *columnDefinition, c *column) {
	if d.from.given() && d.value.given() {
		b.fault(max(d.from.line, d.value.line), "from and value exclude each other",
			"keep from for a field as it is, or value for an expression")
		return
	}
	if d.value.given() {
		c.program = compileExpression(b.d.file, "value", d.value, b.faults)
		c.source = "value"
		return
	}
	var err error
	if !d.from.given() {
		// A name that is no path is no name either, which is reported elsewhere.
		c.rest, _ = document.ParsePath(d.name.value)
		return
	}
	c.source = d.from.value
	if c.rest, err = document.ParsePath(d.from.value); err != nil {
		message, hint, hasHint := strings.Cut(err.Error(), "; ")
		if !hasHint {
			hint = "write one such as customer.address.city, items[0].price or $['odd name']"
		}
		b.fault(d.from.line, "from: "+message, hint)
	}
}

func (b *columnBuilder) timeWords(d *columnDefinition, c *column) {
	zoneless := false
	for _, l := range d.layouts {
		compiled, err := compileLayout(l.value)
		if err != nil {
			b.fault(l.line, fmt.Sprintf("layout %q is not one", printable(l.value)), err.Error())
			continue
		}
		c.layouts = append(c.layouts, compiled)
		zoneless = zoneless || !compiled.hasOffset()
	}
	if d.unit.given() {
		units := map[string]int{"s": 0, "ms": -3, "us": -6, "ns": -9}
		exponent, known := units[d.unit.value]
		if !known {
			b.fault(d.unit.line, fmt.Sprintf("unit does not know %q", printable(d.unit.value)), "write s, ms, us or ns")
		}
		c.unit = exponent
	}
	if !d.zone.given() {
		return
	}
	zone, err := locationOf(d.zone.value)
	switch {
	case err != nil:
		b.fault(d.zone.line, fmt.Sprintf("there is no time zone %q", printable(d.zone.value)),
			"write a name of the IANA database, such as Europe/London or UTC")
	case !zoneless && len(c.layouts) == len(d.layouts):
		b.fault(d.zone.line, "zone is for layouts without %z, and there is none", "add a layout, or leave zone out")
	default:
		c.zone = zone
	}
}

func (b *columnBuilder) privacyWords(d *columnDefinition) {
	if (d.privacy == maskPrivate || d.privacy == hashPrivate) && d.typ.Kind != Varchar {
		b.fault(d.words["pii"], fmt.Sprintf("a %s can be neither masked nor hashed, which makes texts", d.typ),
			"write type: varchar, or pii: drop")
	}
	if d.salt.given() && d.privacy != hashPrivate {
		b.fault(d.salt.line, "salt is for pii: hash", "add pii: hash, or leave salt out")
	}
	if d.salt.given() && len(d.salt.value) < 16 {
		b.fault(d.salt.line, "the salt is shorter than 16 characters, so it can be guessed",
			"write a long random text, such as the output of: openssl rand -hex 16")
	}
}

func (b *columnBuilder) checks(d *columnDefinition) textChecks {
	t := textChecks{maxLength: -1}
	if d.minLength.line > 0 || d.maxLength.line > 0 {
		t.any, t.minLength = true, d.minLength.value
		text := fmt.Sprintf("is shorter than %d characters", d.minLength.value)
		if d.maxLength.line > 0 {
			t.maxLength = d.maxLength.value
			text = fmt.Sprintf("is not %d to %d characters long", d.minLength.value, d.maxLength.value)
		}
		if t.maxLength >= 0 && t.maxLength < t.minLength {
			b.fault(d.maxLength.line, fmt.Sprintf("maxLength %d is below minLength %d", t.maxLength, t.minLength), "exchange them")
		}
		t.lengthRefusal = &refusal{event.ReasonLength, text}
	}
	if d.pattern.given() {
		t.any = true
		pattern, err := regexp.Compile(d.pattern.value)
		if err != nil {
			b.fault(d.pattern.line, "pattern: "+strings.TrimPrefix(err.Error(), "error parsing regexp: "),
				"write it as RE2 reads it: no lookahead, lookbehind or backreferences; single quotes keep backslashes")
		}
		t.pattern = pattern
		t.patternRefusal = &refusal{event.ReasonPattern, "does not match the pattern " + printable(d.pattern.value)}
	}
	if d.format.given() {
		t.any = true
		formats := textFormats()
		if t.format = formats[d.format.value]; t.format == nil {
			b.fault(d.format.line, fmt.Sprintf("format does not know %q", printable(d.format.value)), insteadOfFormat(d.format.value))
		}
		t.formatRefusal = &refusal{event.ReasonFormat, "is not of the format " + d.format.value}
	}
	return t
}

func insteadOfFormat(wrong string) string {
	var names []string
	for name := range textFormats() {
		names = append(names, name)
	}
	sort.Strings(names)
	if wrong == "url" {
		return `write "uri"`
	}
	if near := nearest(wrong, names); near != "" {
		return fmt.Sprintf("write %q", near)
	}
	return "write one of " + strings.Join(names, ", ") + ", or use pattern"
}

func (b *columnBuilder) enum(d *columnDefinition, c *column) *enum {
	word, values, refused := "enum", d.enum, "is not one of the enum's values"
	if d.constant.given() {
		if len(values) > 0 {
			b.fault(d.constant.line, "const and enum exclude each other", "keep one of them")
		}
		word, values, refused = "const", []text{d.constant}, "is not "+printable(d.constant.value)
	}
	if len(values) == 0 {
		return nil
	}
	e := newEnum(refused)
	for _, literal := range values {
		if v, ok := b.literal(word, literal, c); ok {
			e.add(c.typ.Kind, &v)
		}
	}
	return e
}

// fallback compiles default, which has to be as good as a value of an event.
func (b *columnBuilder) fallback(d *columnDefinition, c *column) {
	if !d.fallback.given() {
		return
	}
	v, ok := b.literal("default", d.fallback, c)
	if !ok {
		return
	}
	if r := c.check(&v); r != nil {
		b.fault(d.fallback.line, fmt.Sprintf("default %q %s", printable(d.fallback.value), r.text), "write a value that the column accepts")
		return
	}
	b.converter.protect(c, &v)
	v.Bytes = slices.Clone(v.Bytes)
	c.fallback = &v
}

// literal makes a text of the file a value of the column's type.
func (b *columnBuilder) literal(word string, t text, c *column) (Value, bool) {
	in := &input{kind: textual, bytes: []byte(t.value)}
	if c.typ.Kind == JSON {
		var parser document.Parser
		part, err := parser.Parse([]byte(t.value))
		if err != nil {
			b.fault(t.line, fmt.Sprintf("%s: %s", word, err), `write JSON in single quotes, such as '{"a": 1}' or '"text"'`)
			return Value{}, false
		}
		in.setPart(part)
	}
	var v Value
	r := b.converter.convert(c, in, &v)
	if r == nil && strings.ContainsRune(t.value, 0) {
		r = holdsNUL
	}
	if r != nil {
		b.fault(t.line, fmt.Sprintf("%s: %q %s", word, printable(t.value), r.text), fmt.Sprintf("write a value of the type %s", c.typ))
		return Value{}, false
	}
	v.Bytes = slices.Clone(v.Bytes)
	return v, true
}
