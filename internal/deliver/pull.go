package deliver

import (
	"context"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
)

// chunk is records that follow each other, or a stretch of lost ones.
type chunk struct {
	records []event.Record
	// lost are records that the log has lost, which somebody has accepted; the zero Range is none.
	lost catalog.Range
	// more: the log has more right now.
	more bool
}

// upTo leaves out what is after last, and says which record follows.
func (c chunk) upTo(last uint64) (_ chunk, next uint64) {
	if c.lost.First > 0 {
		c.lost.Last = min(c.lost.Last, last)
		return c, c.lost.Last + 1
	}
	first := c.records[0].Sequence
	c.records = c.records[:min(uint64(len(c.records)), last-first+1)]
	return c, first + uint64(len(c.records))
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
	for turn := 0; ; {
		if last, missing := w.deps.Source.Missing(from); missing {
			if from, err = w.passOver(ctx, from, last, out, read); err != nil {
				return from, err
			}
			continue
		}
		records, err := tail.Next(ctx)
		if err != nil {
			return from, err
		}
		for len(records) > 0 {
			n := following(from, records)
			if n == 0 {
				if from, err = w.passOver(ctx, from, max(records[0].Sequence, from+1)-1, out, read); err != nil {
					return from, err
				}
				continue
			}
			copies[turn] = append(copies[turn][:0], records[:n]...)
			select {
			case out <- chunk{records: copies[turn], more: n < len(records) || tail.Pending()}:
				from, records, turn = from+uint64(n), records[n:], turn^1
				read(from - 1)
			case <-ctx.Done():
				return from, ctx.Err()
			}
		}
	}
}

// following is how many of records follow each other, beginning with from. What the log skips was
// accepted once, and is gone.
func following(from uint64, records []event.Record) int {
	for i := range records {
		if records[i].Sequence != from+uint64(i) {
			return i
		}
	}
	return len(records)
}
