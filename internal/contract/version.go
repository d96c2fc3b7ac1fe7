package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// versionPrefix changes when this package begins to make other rows of the same contracts.
const versionPrefix = "c1-"

// versionOf hashes what definitions mean, in the order in which they are asked.
func versionOf(definitions []definition) string {
	var meaning []byte
	for i := range definitions {
		meaning = definitions[i].appendMeaning(meaning)
	}
	sum := sha256.Sum256(meaning)
	return versionPrefix + hex.EncodeToString(sum[:])[:12]
}

// appendMeaning writes every word of the contract, those left out at their defaults. Order is fixed and
// texts are quoted, so that different contracts never write the same.
func (d *definition) appendMeaning(dst []byte) []byte {
	window := DefaultKeyWindow
	if d.windowLine > 0 {
		window = d.window
	}
	dst = fmt.Appendf(dst, "table %q match %t %q drop %t %q", d.table.value, d.match.given(), d.match.value, d.drop.given(), d.drop.value)
	dst = fmt.Appendf(dst, " key %q %d unknown %d\n", d.key.value, window, d.unknown)
	for i := range d.columns {
		dst = d.columns[i].appendMeaning(dst)
	}
	return dst
}

func (c *columnDefinition) appendMeaning(dst []byte) []byte {
	dst = fmt.Appendf(dst, "column %q %q required %t empty %t", c.name.value, c.typ, c.required, c.emptyAsNull)
	dst = fmt.Appendf(dst, " privacy %d rounding %d", c.privacy, c.rounding)
	for _, t := range []text{c.from, c.value, c.fallback, c.minimum, c.maximum, c.exclusiveMinimum, c.exclusiveMaximum,
		c.multipleOf, c.pattern, c.format, c.constant, c.salt, c.unit, c.zone} {
		dst = fmt.Appendf(dst, " %t %q", t.given(), t.value)
	}
	for _, l := range []limit{c.minLength, c.maxLength} {
		dst = fmt.Appendf(dst, " %t %d", l.line > 0, l.value)
	}
	for _, list := range [][]text{c.layouts, sorted(c.enum)} {
		dst = fmt.Appendf(dst, " %d", len(list))
		for _, t := range list {
			dst = fmt.Appendf(dst, " %q", t.value)
		}
	}
	return append(dst, '\n')
}

// sorted orders an enum's values, whose order means nothing.
func sorted(values []text) []text {
	values = slices.Clone(values)
	slices.SortFunc(values, func(a, b text) int { return strings.Compare(a.value, b.value) })
	return values
}
