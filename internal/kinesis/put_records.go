package kinesis

import (
	"context"
	"errors"
	"strconv"

	"github.com/penstock/penstock/internal/event"
)

// putRecords stores up to 500 records. Records of different shards fail on their own.
type putRecords struct {
	streamRef
	scratch *scratch
	dryRun  boolean
	listed  bool // Records was there
	sent    int  // how many records there were; no more than 500 are kept
}

func (op *putRecords) field(name string, r reader) {
	switch {
	case name == "Records":
		op.readRecords(r)
	case name == "DryRun":
		op.dryRun = got(r.flag())
	case !op.streamRef.field(name, r):
		r.skip()
	}
}

func (op *putRecords) readRecords(r reader) {
	b := &op.scratch.put.batch
	b.begin()
	op.sent = 0
	if op.listed = r.list(); !op.listed {
		return
	}
	for r.element() {
		if op.sent++; op.sent > maxPutRecords {
			r.skip()
			continue
		}
		b.next().read(r)
	}
}

func (op *putRecords) check(v *violations) {
	v.required("records", op.listed)
	if op.listed {
		shown := "'[]'"
		if op.sent > 0 {
			// AWS writes a Java object's name and address for each.
			shown = "'[" + strconv.Itoa(op.sent) + " records]'"
		}
		v.length(shown, "records", op.sent, 1, maxPutRecords)
		op.checkEntries(v)
	}
	op.streamRef.check(v)
}

func (op *putRecords) checkEntries(v *violations) {
	entries := op.scratch.put.batch.entries
	for i := range entries {
		e := &entries[i]
		if e.sound() {
			continue
		}
		if v.full() {
			return
		}
		path := "records." + strconv.Itoa(i+1) + ".member"
		if !e.present {
			v.add("null", path, notNull)
			continue
		}
		e.check(v, path+".")
	}
}

func (op *putRecords) run(ctx context.Context, s *Server, w writer) error {
	b := &op.scratch.put.batch
	info, err := op.find(s)
	if err != nil {
		return err
	}
	if fault := op.checkSizes(s.recordLimit(info)); fault != nil {
		return fault
	}
	if fault := b.route(info); fault != nil {
		return fault
	}
	if op.dryRun.value {
		return dryRun()
	}
	b.append(ctx, s.log, info.Name)
	op.scratch.lost = b.unclear()
	faults, failed, err := s.partFaults(ctx, b, info.Name)
	if err != nil {
		return err
	}
	op.write(w, info, faults, failed)
	return nil
}

func (op *putRecords) checkSizes(limit int) *failure {
	total := 0
	entries := op.scratch.put.batch.entries
	for i := range entries {
		n := entries[i].size()
		if n > limit {
			return entries[i].tooLarge(limit, "records."+strconv.Itoa(i+1)+".member.data")
		}
		total += n
	}
	if total > maxPutRecordsBytes {
		return invalidArgument("Records size exceeds %d MB limit", maxPutRecordsBytes/mib)
	}
	return nil
}

// partFaults says for each shard that failed what its records are answered with, nil if none
// failed, and how many records that are. The whole request fails only if the stream is gone.
func (s *Server) partFaults(ctx context.Context, b *batch, stream string) (faults []*failure, failed int, err error) {
	for i := range b.parts {
		p := &b.parts[i]
		if p.err == nil {
			continue
		}
		if errors.Is(p.err, event.ErrNotFound) {
			return nil, 0, s.streamNotFound(stream)
		}
		if faults == nil {
			faults = make([]*failure, len(b.parts))
		}
		failed += p.end - p.start
		if errors.Is(p.err, event.ErrThrottled) {
			faults[i] = s.throttled(stream, p.shard, p.err)
			continue
		}
		faults[i] = internalFailure()
		if ctx.Err() == nil {
			s.logger.ErrorContext(ctx, "records could not be stored", "stream", stream, "shard", p.shard,
				"records", p.end-p.start, "error", p.err)
		}
	}
	return faults, failed, nil
}

func (op *putRecords) write(w writer, info StreamInfo, faults []*failure, failed int) {
	b := &op.scratch.put.batch
	ids := make([]string, len(b.parts))
	for i := range ids {
		if b.parts[i].start < b.parts[i].end {
			ids[i] = event.ShardID(i)
		}
	}
	w.object()
	w.field("FailedRecordCount")
	w.integer(int64(failed))
	w.field("Records")
	w.list()
	number := make([]byte, 0, event.SequenceNumberLen)
	for i := range b.entries {
		e := &b.entries[i]
		w.object()
		if faults != nil && faults[e.shard] != nil {
			w.field("ErrorCode")
			w.text(faults[e.shard].code)
			w.field("ErrorMessage")
			w.text(faults[e.shard].message)
		} else {
			number = b.number(number[:0], info.shard(e.shard), e)
			w.field("SequenceNumber")
			w.digits(number)
			w.field("ShardId")
			w.text(ids[e.shard])
		}
		w.end()
	}
	w.end()
	w.end()
}
