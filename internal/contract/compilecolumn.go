package contract

import (
	"fmt"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/document"
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
