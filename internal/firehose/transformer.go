package firehose

import (
	"encoding/binary"
	"encoding/json"

	"github.com/penstock/penstock/internal/base64"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
	"github.com/penstock/penstock/internal/redriven"
)

// Transformer runs a pipeline's contracts on the events of Firehose, one after another, and keeps its
// memory between them. It belongs to one goroutine at a time.
type Transformer struct {
	version    string
	processor  *contract.Processor
	quarantine *contract.Table
	row        contract.QuarantineRow
	endings    map[*contract.Table][]byte

	event    Event
	answers  []answer
	response []byte
	spare    []byte // of a response that is cut
	data     []byte // of the present record
	line     []byte // its row
	sequence []byte
	shard    string
}

// New makes a Transformer for the contracts of a pipeline.
func New(set *contract.Set) *Transformer {
	t := &Transformer{
		version: set.Version(), processor: set.NewProcessor(), quarantine: contract.QuarantineTable(),
		endings: map[*contract.Table][]byte{},
	}
	for _, table := range append(set.Tables(), t.quarantine) {
		t.endings[table] = ending(table.Name)
	}
	return t
}

// ending is what follows the data of a row of a table.
func ending(table string) []byte {
	name, err := json.Marshal(table)
	if err != nil {
		name = []byte(`""`) // a string can be marshalled
	}
	return append(append([]byte(`","metadata":{"partitionKeys":{"`+TableKey+`":`), name...), `}}}`...)
}

// answer is what one record's part of the response is about.
type answer struct {
	record     int
	start, end int // its place in the response
	verdict    verdict
	reason     event.Reason
}

type verdict uint8

const (
	rowed verdict = iota
	quarantined
	dropped
	failed
)

// Transform answers one event: each recordId once, in order, in at most MaxResponse bytes. The error, if
// any, concerns the event as a whole. The response is valid until the next call.
//
// A row is Ok, with its line of CSV and the partition key TableKey. An event that no contract accepts is Ok
// too, as a row of the quarantine. A dropped one is Dropped. ProcessingFailed, with its data as it came, is
// a record that has no bytes to work on, one whose recordId an earlier record has, and what would make the
// response too large: of those the fewest possible, and without data only if nothing else fits.
func (t *Transformer) Transform(payload []byte) (response []byte, report Report, err error) {
	if err := t.event.Parse(payload); err != nil {
		return nil, Report{}, err
	}
	repeated := t.event.repeated()
	t.answers = t.answers[:0]
	b := append(t.response[:0], `{"records":[`...)
	for i := range t.event.Records {
		r := &t.event.Records[i]
		if !r.ID.Given() || repeated[i] {
			continue // there is nothing to answer to, or it is answered already
		}
		if len(t.answers) > 0 {
			b = append(b, ',')
		}
		a := answer{record: i, start: len(b)}
		b = t.append(b, r, &a)
		a.end = len(b)
		t.answers = append(t.answers, a)
	}
	b = append(b, `]}`...)
	t.response = b
	if len(b) > MaxResponse {
		b = t.cut()
	}
	return b, t.report(), nil
}

// append appends the answer for one record.
func (t *Transformer) append(b []byte, r *Record, a *answer) []byte {
	data, ok := t.decode(r.Data)
	if !ok {
		a.verdict = failed
		return appendFailed(b, r, true)
	}
	out := t.processor.Process(data)
	if out.Verdict == contract.Dropped {
		a.verdict = dropped
		return append(appendHead(b, r, ResultDropped), `"}`...)
	}
	table := out.Table
	if out.Verdict == contract.Quarantined {
		table = t.quarantine
		a.verdict, a.reason = quarantined, out.Reason
	}
	meta := t.meta(r, data)
	line, err := t.encode(table, meta, data, r, out)
	if err != nil {
		// The row is not what its table says: our fault, and the event is kept.
		a.verdict, a.reason = quarantined, event.ReasonPanic
		out.Reason, out.Detail = event.ReasonPanic, "this is a fault of Penstock's: "+err.Error()
		table = t.quarantine
		if line, err = t.encode(table, meta, data, r, out); err != nil {
			a.verdict, a.reason = failed, ""
			return appendFailed(b, r, true)
		}
	}
	b = append(append(append(b, answerHead...), r.ID.raw...), answerOk...)
	b = base64.Append(b, line)
	return append(b, t.endings[table]...)
}

// encode is the line of a row, or of the quarantine's row for a refused event.
func (t *Transformer) encode(table *contract.Table, meta format.Meta, data []byte, r *Record, out contract.Outcome) ([]byte, error) {
	values := out.Row
	if table == t.quarantine {
		values = t.row.Fill(data, partitionKey(r), out, t.version)
	}
	line, err := format.AppendRow(t.line[:0], table.Columns, meta, values)
	t.line = line[:0]
	return line, err
}

// decode is a record's bytes; ok is false when they cannot be known.
func (t *Transformer) decode(text Text) (data []byte, ok bool) {
	if !text.Given() {
		return nil, false
	}
	src := text.raw
	if need := base64.Room(len(src)); cap(t.data) < need {
		t.data = make([]byte, 0, need)
	}
	if _, data, ok = base64.Decode(t.data[:0], src); !ok {
		// A backslash is no base64, but JSON may write a slash with one.
		_, data, ok = base64.Decode(t.data[:0], text.Bytes())
	}
	return data, ok
}

// partitionKey is the key the event was first sent with.
func partitionKey(r *Record) string {
	key := view(r.PartitionKey.Bytes())
	if o, ok := redriven.Parse(key); ok {
		return o.Key
	}
	return key
}

// meta is what the metadata columns hold. A redriven event has the position that its copies share; it arrived when
// this record did, since a time that a producer names could put it before events that were there first.
func (t *Transformer) meta(r *Record, data []byte) format.Meta {
	if o, ok := redriven.Parse(view(r.PartitionKey.Bytes())); ok {
		shard, sequence := o.Position(data)
		t.sequence = append(t.sequence[:0], contract.Clean(sequence)...)
		return format.Meta{Shard: contract.Clean(shard), Sequence: t.sequence, ArrivedMillis: r.Arrived}
	}
	if !r.Shard.Given() || !r.Sequence.Given() {
		t.sequence = append(t.sequence[:0], contract.Clean(r.ID.String())...)
		return format.Meta{Shard: DirectShard, Sequence: t.sequence, ArrivedMillis: r.Arrived}
	}
	if shard := r.Shard.Bytes(); view(shard) != t.shard {
		t.shard = contract.Clean(string(shard))
	}
	t.sequence = AppendSequence(t.sequence[:0], view(r.Sequence.Bytes()), r.Subsequence)
	if !plain(t.sequence) {
		t.sequence = append(t.sequence[:0], contract.Clean(string(t.sequence))...)
	}
	return format.Meta{Shard: t.shard, Sequence: t.sequence, ArrivedMillis: r.Arrived}
}

// plain says that b is ASCII without NUL, which sequence numbers are.
func plain(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		const ones, highs = 0x0101010101010101, 0x8080808080808080
		if x := binary.LittleEndian.Uint64(b); (x|(x-ones))&highs != 0 {
			return false
		}
	}
	for _, c := range b {
		if c == 0 || c >= 0x80 {
			return false
		}
	}
	return true
}

const (
	answerHead   = `{"recordId":"`
	answerResult = `","result":"`
	answerOk     = answerResult + ResultOk + `","data":"`
)

// appendHead appends an answer up to the result; the caller closes the quote.
func appendHead(b []byte, r *Record, result string) []byte {
	b = append(append(b, answerHead...), r.ID.raw...)
	return append(append(b, answerResult...), result...)
}

func appendFailed(b []byte, r *Record, data bool) []byte {
	b = appendHead(b, r, ResultFailed)
	if data && r.Data.Given() {
		b = append(append(b, `","data":"`...), r.Data.raw...)
	}
	return append(b, `"}`...)
}
