package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
)

// versionPrefix changes when this package begins to make other rows of the same contracts.
const versionPrefix = "c1-"

// versionOf hashes what definitions mean, in the order in which they are asked.
func versionOf(definitions []definition) string {
	h := sha256.New()
	for i := range definitions {
		definitions[i].canonical(h)
	}
	return versionPrefix + hex.EncodeToString(h.Sum(nil))[:12]
}

// canonical writes every word of the contract, those left out at their defaults. Order is fixed and
// texts are quoted, so that different contracts never write the same.
func (d *definition) canonical(h hash.Hash) {
	window := DefaultKeyWindow
	if d.windowLine > 0 {
		window = d.window
	}
	fmt.Fprintf(h, "table %q match %t %q drop %t %q key %q %d unknown %d\n", d.table.value, d.match.given(), d.match.value,
		d.drop.given(), d.drop.value, d.key.value, window, d.unknown)
	for i := range d.columns {
		d.columns[i].canonical(h)
	}
}

func (c *columnDefinition) canonical(h hash.Hash) {
	fmt.Fprintf(h, "column %q %q required %t empty %t privacy %d rounding %d", c.name.value, c.typ, c.required, c.emptyAsNull,
		c.privacy, c.rounding)
	for _, t := range []text{c.from, c.value, c.fallback, c.minimum, c.maximum, c.exclusiveMinimum, c.exclusiveMaximum,
		c.multipleOf, c.pattern, c.format, c.constant, c.salt, c.unit, c.zone} {
		fmt.Fprintf(h, " %t %q", t.given(), t.value)
	}
	for _, l := range []limit{c.minLength, c.maxLength} {
		fmt.Fprintf(h, " %t %d", l.line > 0, l.value)
	}
	for _, list := range [][]text{c.layouts, sorted(c.enum)} {
		fmt.Fprintf(h, " %d", len(list))
		for _, t := range list {
			fmt.Fprintf(h, " %q", t.value)
		}
	}
	fmt.Fprintln(h)
}

// sorted orders an enum's values, whose order means nothing.
func sorted(values []text) []text {
	values = slices.Clone(values)
	slices.SortFunc(values, func(a, b text) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		}
		return 0
	})
	return values
}
