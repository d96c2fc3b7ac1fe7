package contract

import (
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // a machine without zones, such as a small container, knows them all the same
)

// locationOf is the zone of that name in the IANA database.
func locationOf(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("not a zone")
	}
	return time.LoadLocation(name)
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
