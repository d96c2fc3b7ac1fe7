package processor

import (
	"bytes"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// isRow says whether a line can be loaded as the row of a record: one line of CSV that ends in a line
// break, led by the record's own shard and sequence number and its arrival, with a field for each column.
func (p *Processor) isRow(line []byte, table *contract.Table, r *event.Record) bool {
	fields := newFields(line)
	shard, ok := fields.next()
	if !ok || string(shard) != p.cfg.Shard.ID() {
		return false
	}
	sequence, ok := fields.next()
	if !ok || !bytes.Equal(sequence, p.cfg.Shard.AppendSequenceNumber(nil, r.Sequence, r.Arrived)) {
		return false
	}
	for n := len(contract.MetadataColumns()) - 2 + len(table.Columns); n > 0; n-- {
		if _, ok := fields.next(); !ok {
			return false
		}
	}
	return fields.done
}

// quarantineOf is reason and contract of a row of the quarantine.
func quarantineOf(line []byte) (event.Reason, string) {
	fields := newFields(line)
	var all [7]string // three of metadata, then reason, field, detail, contract
	for i := range all {
		field, _ := fields.next()
		all[i] = string(field)
	}
	return event.Reason(all[3]), all[6]
}

// fields reads the fields of one line of CSV.
type fields struct {
	rest []byte
	done bool // the line has ended, and nothing follows
}

func newFields(line []byte) *fields { return &fields{rest: line} }

// next is the next field's text; ok is false at the end and where the line is not CSV.
func (f *fields) next() (field []byte, ok bool) {
	if f.done {
		return nil, false
	}
	var end int
	if len(f.rest) > 0 && f.rest[0] == '"' {
		if field, end, ok = f.quoted(); !ok {
			return nil, false
		}
	} else {
		if end = bytes.IndexAny(f.rest, ",\n\""); end < 0 || f.rest[end] == '"' {
			return nil, false
		}
		field = f.rest[:end]
	}
	if end >= len(f.rest) || f.rest[end] != ',' && f.rest[end] != '\n' {
		return nil, false
	}
	last := f.rest[end] == '\n'
	f.rest = f.rest[end+1:]
	if last && len(f.rest) > 0 {
		return nil, false
	}
	f.done = last
	return field, true
}

// quoted reads a field in quotes; end is behind its closing quote.
func (f *fields) quoted() (field []byte, end int, ok bool) {
	for i := 1; ; {
		at := bytes.IndexByte(f.rest[i:], '"')
		if at < 0 {
			return nil, 0, false
		}
		i += at
		if i+1 < len(f.rest) && f.rest[i+1] == '"' {
			i += 2
			continue
		}
		return bytes.ReplaceAll(f.rest[1:i], []byte(`""`), []byte(`"`)), i + 1, true
	}
}
