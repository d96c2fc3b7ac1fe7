package deliver

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/gzip"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
)

// relayed is how files of processed records are encoded: lines as they came, in gzip.
var relayed = format.Config{Format: format.CSV, Compression: format.Gzip, Bare: true}

// objects gathers what a Processor made of one range of records after another.
type objects struct {
	shard   event.Shard
	version string

	// The present range. first is 0 while it is empty.
	first, last uint64
	bytes       int64
	byKey       map[string]*object
	order       []*object
	dropped     map[string]int64
	lost        []catalog.Range
	quarantined map[string]int64
	reasons     map[event.Reason]int64
}

// object is one object in the making.
type object struct {
	key   string
	plain bool // it is not compressed
	raw   []byte
	file  catalog.File
}

func newObjects(shard event.Shard, version string) *objects {
	o := &objects{shard: shard, version: version}
	o.reset()
	return o
}

func (o *objects) reset() {
	*o = objects{
		shard: o.shard, version: o.version, byKey: map[string]*object{},
		dropped: map[string]int64{}, quarantined: map[string]int64{}, reasons: map[event.Reason]int64{},
	}
}

func (o *objects) empty() bool { return o.first == 0 }

// add adds records, which follow the range, and what became of them.
func (o *objects) add(records []event.Record, processed []Processed) error {
	if len(processed) != len(records) {
		return fmt.Errorf("%d records were processed to %d", len(records), len(processed))
	}
	for i := range records {
		r := &records[i]
		if o.first == 0 {
			o.first = r.Sequence
		}
		o.last = r.Sequence
		counted := false
		for _, out := range processed[i].Outputs {
			o.append(r, out)
			if out.Table == "" {
				continue
			}
			counted = true
			if out.Table == catalog.QuarantineTable {
				o.quarantined[out.Contract]++
				o.reasons[out.Reason]++
			}
		}
		if !counted {
			o.dropped[catalog.NoContract]++
		}
	}
	return nil
}

// addLost adds records, which follow the range, that the log has lost.
func (o *objects) addLost(lost catalog.Range) {
	if o.first == 0 {
		o.first = lost.First
	}
	o.last = lost.Last
	o.dropped[catalog.NoContract] += int64(lost.Records())
	o.lost = withLost(o.lost, lost)
}

func (o *objects) append(r *event.Record, out Output) {
	x := o.byKey[out.Object]
	if x == nil {
		x = &object{key: out.Object, plain: out.Plain, file: catalog.File{Table: out.Table, First: r.Sequence, FirstArrived: r.Arrived}}
		o.byKey[out.Object] = x
		o.order = append(o.order, x)
	}
	x.raw = append(x.raw, out.Line...)
	x.file.Rows++
	x.file.Last, x.file.LastArrived = r.Sequence, r.Arrived
	x.file.LongestRow = max(x.file.LongestRow, int64(len(out.Line)))
	o.bytes += int64(len(out.Line))
}

// seal finishes and names the objects of the range and begins the next one.
func (o *objects) seal(p Processor, generation uint32) (*sealed, error) {
	s := &sealed{
		first: o.first, last: o.last, version: o.version, format: relayed.Name(), generation: generation,
		dropped: o.dropped, lost: o.lost, quarantined: o.quarantined, reasons: o.reasons,
	}
	seed := fmt.Sprintf("%s %d %d %d %d", o.shard.Stream, o.shard.Index, o.first, o.last, generation)
	for _, x := range o.order {
		body := x.raw
		if !x.plain {
			var err error
			if body, err = pack(x.raw); err != nil {
				return nil, fmt.Errorf("compress an object: %w", err)
			}
		}
		x.file.Name = p.Name(x.key, NewFile{
			Table: x.file.Table, Shard: o.shard.Index, Oldest: event.Record{Arrived: x.file.FirstArrived}.ArrivedAt(),
			First: o.first, Last: o.last, Generation: generation,
		}, seed)
		x.file.Bytes, x.file.SHA256 = int64(len(body)), checksum(body)
		f := sealedFile{File: x.file, body: body}
		if x.file.Table == "" {
			s.beside = append(s.beside, f)
		} else {
			s.files = append(s.files, f)
		}
	}
	o.reset()
	p.Sealed()
	return s, nil
}

// pack compresses an object.
func pack(raw []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
