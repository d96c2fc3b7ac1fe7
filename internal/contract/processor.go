package contract

import (
	"fmt"

	"github.com/penstock/penstock/internal/document"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/expression"
)

// MaxEventBytes is the largest event that is read: the largest record a Kinesis stream takes.
const MaxEventBytes = 10 << 20

// Processor runs a Set on events, one after another, and keeps its memory between them. It belongs
// to one goroutine at a time.
type Processor struct {
	set       *Set
	parser    document.Parser
	scratch   expression.Scratch
	converter converter

	found  candidates
	probes document.Finder
	// finders are the contracts', by number.
	finders []document.Finder
	row     []Value
}

func newProcessor(s *Set) *Processor {
	p := &Processor{
		set:    s,
		found:  make(candidates, len(s.index.always)),
		probes: document.NewFinder(s.index.fields),
	}
	columns := 0
	for _, c := range s.contracts {
		columns = max(columns, len(c.columns))
		p.finders = append(p.finders, document.NewFinder(c.fields))
	}
	p.row = make([]Value, columns)
	if len(s.contracts) == 1 {
		p.found.add(0) // for good: looking it up would cost more than asking it
	}
	return p
}

// Process classifies, validates and transforms one event. It never fails and never panics: what is
// wrong with the event, or with us, is the outcome. data must not change while the outcome is used.
func (p *Processor) Process(data []byte) (out Outcome) {
	var c *contract
	defer func() {
		if fault := recover(); fault != nil {
			out = quarantined(c, event.ReasonPanic, "", bounded(fmt.Sprintf("this is a fault of Penstock's: %v", fault)))
			if c != nil && c.hasPrivate() {
				out.Detail = "this is a fault of Penstock's"
			}
			p.discard()
		}
	}()
	p.converter.reset()
	p.scratch.Reset()
	if len(data) > MaxEventBytes {
		return quarantined(nil, event.ReasonTooLarge, "", fmt.Sprintf("the event is %d bytes long, more than 10 MiB", len(data)))
	}
	root, err := p.parser.Parse(data)
	if err != nil {
		return unreadable(data, err)
	}
	if c = p.classify(root); c == nil {
		return unmatched(root)
	}
	if c.drop != nil {
		if drop, err := c.drop.Bool(root, &p.scratch); err == nil && drop {
			return Outcome{Verdict: Dropped, Table: c.table, Contract: c.table.Name}
		}
	}
	return p.transform(c, root)
}

// discard gives up memory that a panic may have left in disorder.
func (p *Processor) discard() {
	p.parser, p.scratch, p.converter = document.Parser{}, expression.Scratch{}, converter{}
}

// classify is the first contract that matches; nil when none does.
func (p *Processor) classify(root document.Value) *contract {
	if len(p.set.contracts) > 1 {
		p.set.index.find(root, &p.probes, p.found)
	}
	isObject := root.Kind() == document.Object
	for i := p.found.next(0); i >= 0; i = p.found.next(i + 1) {
		c := p.set.contracts[i]
		if !isObject && !c.anyEvent {
			continue
		}
		if c.match == nil {
			return c
		}
		if matches, err := c.match.Bool(root, &p.scratch); err == nil && matches {
			return c
		}
	}
	return nil
}

// transform makes the event a row of the contract's table, or says which column it fails.
func (p *Processor) transform(c *contract, root document.Value) Outcome {
	fields := &p.finders[c.number]
	unknown := fields.Find(root)
	row := p.row[:len(c.columns)]
	in := &input{}
	for i := range c.columns {
		col := &c.columns[i]
		if err := p.read(col, root, fields, in); err != nil {
			return c.failedExpression(col, err)
		}
		if in.kind == absent || col.emptyAsNull && in.kind == textual && len(in.bytes) == 0 {
			switch {
			case col.fallback != nil:
				row[i] = *col.fallback
			case col.required:
				return quarantined(c, event.ReasonMissingField, col.name, col.missingDetail(in))
			default:
				row[i] = Value{Null: true}
			}
			continue
		}
		row[i].Null = false
		r := p.converter.convert(col, in, &row[i])
		if r == nil {
			r = col.check(&row[i])
		}
		if r != nil {
			return quarantined(c, r.reason, col.name, r.detail(col, in))
		}
		if col.privacy != notPrivate {
			p.converter.protect(col, &row[i])
		}
	}
	if c.unknown == quarantineUnknown && unknown.Exists() {
		name := bounded(escape(string(unknown.Text())))
		return quarantined(c, event.ReasonUnknownField, name, "no column takes this field, and on_unknown_field is quarantine")
	}
	return Outcome{Verdict: Accepted, Table: c.table, Row: row, Contract: c.table.Name}
}

// read fills in with what a column is to be made of.
func (p *Processor) read(col *column, root document.Value, fields *document.Finder, in *input) error {
	if col.program != nil {
		result, err := col.program.Value(root, &p.scratch)
		in.setResult(&result)
		return err
	}
	v := root
	if col.slot >= 0 {
		v = fields.At(col.slot)
	}
	if col.nested {
		v = col.rest.Find(v)
	}
	in.setPart(v)
	return nil
}
