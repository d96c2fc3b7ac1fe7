package contract

import (
	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/expression"
)

// bindFields gives each top-level field that the contract reads a slot, and columns theirs.
func (c *contract) bindFields(d *definition, faults *faultList) {
	slots := map[string]int{}
	var names []string
	slot := func(name string) int {
		if i, known := slots[name]; known {
			return i
		}
		slots[name] = len(names)
		names = append(names, name)
		return len(names) - 1
	}
	whole := 0
	for i := range c.columns {
		col := &c.columns[i]
		if col.program != nil {
			continue
		}
		if field := col.rest.Field(); field != "" {
			col.slot, col.rest = slot(field), col.rest.Rest()
		} else {
			col.slot, c.anyEvent, whole = -1, true, d.columns[i].line
		}
		col.nested = col.rest.Len() > 0
	}
	if c.unknown == quarantineUnknown {
		c.knowExpressions(d, slot, &whole)
		if whole > 0 {
			faults.add(d.file, whole, "the contract takes whole events here, so no field of theirs is unknown",
				"write on_unknown_field: ignore, or name the fields")
		}
	}
	c.fields = document.NewFields(names)
}

// knowExpressions makes the fields that expressions name known ones.
func (c *contract) knowExpressions(d *definition, slot func(string) int, whole *int) {
	know := func(program *expression.Program, line int) {
		if program == nil {
			return
		}
		names, all := program.Fields()
		for _, name := range names {
			slot(name)
		}
		if all {
			*whole = line
		}
	}
	know(c.match, d.match.line)
	know(c.drop, d.drop.line)
	for i := range c.columns {
		know(c.columns[i].program, d.columns[i].line)
	}
}
