package deliver

import (
	"context"

	"github.com/penstock/penstock/internal/event"
)

// chunk is what one Next of the log gave.
type chunk struct {
	records []event.Record
	// more: the log has more right now.
	more bool
}

// pull reads the log from record from on and hands its chunks over, telling read how far it is, until ctx
// ends, whose error it then returns. It holds one chunk while fill is busy; that is what stops reading when the lake is away.
func (w *Worker) pull(ctx context.Context, from uint64, out chan<- chunk, read func(through uint64)) error {
	var b backoff
	for failed := false; ; failed = true {
		next, err := w.pullTail(ctx, from, failed, out, read)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if isLost(err) || w.final(err) {
			return err
		}
		if next > from {
			b = backoff{}
		}
		from = next
		w.failed(stepLog, err)
		if err := b.wait(ctx); err != nil {
			return err
		}
	}
}

// pullTail is pull until the first error; it returns the record to go on with. failed says that the
// log failed before.
func (w *Worker) pullTail(ctx context.Context, from uint64, failed bool, out chan<- chunk, read func(through uint64)) (uint64, error) {
	tail, err := w.deps.Source.Tail(ctx, from)
	if err != nil {
		return from, err
	}
	if failed {
		w.report(event.Recovered{Step: stepLog, Shard: w.cfg.Shard.Index})
	}
	defer tail.Close()
	// Two slices take turns: when the receiver takes one chunk, it is done with the one before.
	var copies [2][]event.Record
	for turn := 0; ; turn ^= 1 {
		records, err := tail.Next(ctx)
		if err != nil {
			return from, err
		}
		if len(records) == 0 {
			continue
		}
		if err := w.contiguous(from, records); err != nil {
			return from, err
		}
		copies[turn] = append(copies[turn][:0], records...)
		select {
		case out <- chunk{copies[turn], tail.Pending()}:
			from += uint64(len(records))
			read(from - 1)
		case <-ctx.Done():
			return from, ctx.Err()
		}
	}
}

// contiguous reports records that the log skipped: accepted once, and gone.
func (w *Worker) contiguous(from uint64, records []event.Record) error {
	for _, r := range records {
		if r.Sequence != from {
			return w.lost(from, max(r.Sequence, from+1)-1)
		}
		from++
	}
	return nil
}
