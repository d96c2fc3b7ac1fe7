package deliver

import (
	"errors"
	"fmt"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
)

// transform runs the contracts over records and gathers the rows of one range after another. It
// belongs to one goroutine.
type transform struct {
	shard     event.Shard
	shardID   string
	format    format.Config
	version   string
	processor processor

	outputs    map[*contract.Table]*output
	quarantine *contract.Table
	row        contract.QuarantineRow
	sequence   []byte // scratch

	// The present range. first is 0 while it is empty.
	first, last uint64
	bytes       int64 // of its rows before compression
	used        []*output
	dropped     map[string]int64
	lost        []catalog.Range
	// quarantined counts by the contract that took the event, as catalog.Commit has it.
	quarantined map[string]int64
	reasons     map[event.Reason]int64
}

// output gathers a table's rows of the present range; its encoder serves one range after another.
type output struct {
	table   string
	encoder *format.Encoder
	file    catalog.File
}

// sealed is a finished range on its way to the lake.
type sealed struct {
	first, last uint64
	// generation and beside are of a range that a Processor made: beside are its objects that are not
	// loaded.
	generation uint32
	beside     []sealedFile
	version    string
	format     string
	files      []sealedFile
	dropped    map[string]int64
	lost       []catalog.Range // counted in dropped
	// quarantined counts by the contract that took the event, as catalog.Commit has it.
	quarantined map[string]int64
	reasons     map[event.Reason]int64
}

type sealedFile struct {
	catalog.File // Name and SHA256 are filled in when it is stored
	body         []byte
}

func newTransform(shard event.Shard, cfg format.Config, version string, p processor) (*transform, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &transform{
		shard: shard, shardID: shard.ID(), format: cfg, version: version, processor: p,
		outputs:    map[*contract.Table]*output{},
		quarantine: contract.QuarantineTable(),
	}, nil
}

func (t *transform) empty() bool { return t.first == 0 }

// add processes the next record of the range. A crashed one is quarantined unprocessed. An error is
// a fault of ours that concerns more than this record.
func (t *transform) add(r *event.Record, crashed bool) error {
	if t.first == 0 {
		t.first = r.Sequence
	}
	t.last = r.Sequence
	if crashed {
		return t.addQuarantined(r, contract.Outcome{Reason: event.ReasonCrash,
			Detail: "the process died twice while it worked on this event; redrive it by naming the reason"})
	}
	out := t.processor.Process(r.Data)
	switch out.Verdict {
	case contract.Accepted:
		err := t.append(r, out.Table, out.Row)
		if errors.Is(err, format.ErrRow) {
			out.Reason, out.Detail = event.ReasonPanic, "this is a fault of Penstock's: "+err.Error()
			return t.addQuarantined(r, out)
		}
		return err
	case contract.Dropped:
		if t.dropped == nil {
			t.dropped = map[string]int64{}
		}
		t.dropped[out.Table.Name]++
		return nil
	}
	return t.addQuarantined(r, out)
}

// addLost counts the next records of the range, which the log has lost, as dropped.
func (t *transform) addLost(lost catalog.Range) {
	if t.first == 0 {
		t.first = lost.First
	}
	t.last = lost.Last
	if t.dropped == nil {
		t.dropped = map[string]int64{}
	}
	t.dropped[catalog.NoContract] += int64(lost.Records())
	t.lost = withLost(t.lost, lost)
}

func (t *transform) addQuarantined(r *event.Record, out contract.Outcome) error {
	if t.reasons == nil {
		t.reasons, t.quarantined = map[event.Reason]int64{}, map[string]int64{}
	}
	t.reasons[out.Reason]++
	t.quarantined[out.Contract]++
	return t.append(r, t.quarantine, t.row.Fill(r.Data, r.PartitionKey, out, t.version))
}

func (t *transform) append(r *event.Record, table *contract.Table, row []contract.Value) error {
	o := t.outputs[table]
	if o == nil {
		encoder, err := format.New(t.format, table)
		if err != nil {
			return fmt.Errorf("encode table %s: %w", table.Name, err)
		}
		o = &output{table: table.Name, encoder: encoder}
		t.outputs[table] = o
	}
	before := o.encoder.Size()
	t.sequence = t.shard.AppendSequenceNumber(t.sequence[:0], r.Sequence, r.Arrived)
	err := o.encoder.Append(format.Meta{Shard: t.shardID, Sequence: t.sequence, ArrivedMillis: r.Arrived}, row)
	if err != nil {
		return fmt.Errorf("encode a row of table %s: %w", table.Name, err)
	}
	if o.file.Rows == 0 {
		o.file = catalog.File{Table: o.table, First: r.Sequence, FirstArrived: r.Arrived}
		t.used = append(t.used, o)
	}
	o.file.Rows++
	o.file.Last, o.file.LastArrived = r.Sequence, r.Arrived
	t.bytes += o.encoder.Size() - before
	return nil
}

// seal finishes the files of the range and begins the next one.
func (t *transform) seal() (*sealed, error) {
	s := &sealed{first: t.first, last: t.last, version: t.version, format: t.format.Name(), dropped: t.dropped, lost: t.lost,
		quarantined: t.quarantined, reasons: t.reasons}
	for _, o := range t.used {
		o.file.LongestRow = o.encoder.LongestRow()
		body, err := o.encoder.Finish()
		if err != nil {
			return nil, fmt.Errorf("encode table %s: %w", o.table, err)
		}
		o.file.Bytes = int64(len(body))
		s.files = append(s.files, sealedFile{File: o.file, body: body})
		o.file = catalog.File{}
	}
	t.first, t.last, t.bytes = 0, 0, 0
	t.used, t.dropped, t.lost, t.quarantined, t.reasons = t.used[:0], nil, nil, nil, nil
	return s, nil
}
