package deliver

import (
	"context"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// relay is fill for a Worker with a Processor: it gathers records into batches, has them processed, and
// gathers what comes back into a range. It belongs to the goroutine that runs fill.
type relay struct {
	cfg       Config
	processor Processor
	present   *objects // the present range

	// sealed and idle are those of filler.
	sealed chan *sealed
	idle   chan struct{}

	batch []event.Record
	size  int64 // of the batch's data
	more  bool  // the log had more after the last chunk
	due   bool  // BatchInterval has passed since the batch's first record
	late  bool  // BufferInterval has passed since the range's first record
}

// fill runs until reading ends, then processes and seals what there is; work bounds that.
func (r *relay) fill(reading, work context.Context, chunks <-chan chunk) error {
	batchTimer, rangeTimer := stopped(), stopped()
	defer batchTimer.Stop()
	defer rangeTimer.Stop()
	for {
		in, idle := chunks, r.idle
		if r.present.bytes >= r.cfg.MaxBuffer {
			in = nil
		}
		if !r.ready() {
			idle = nil
		}
		select {
		case <-reading.Done():
			return r.last(work)
		case c, open := <-in:
			if !open {
				return r.last(work)
			}
			if len(r.batch) == 0 {
				batchTimer.Reset(r.cfg.BatchInterval)
				if r.present.empty() {
					rangeTimer.Reset(r.cfg.BufferInterval)
				}
			}
			if err := r.take(work, c); err != nil {
				return err
			}
		case <-batchTimer.C:
			r.due = true
		case <-rangeTimer.C:
			r.late = true
		case <-idle:
			if err := r.seal(work); err != nil {
				return err
			}
			continue
		}
		if r.due || r.size >= r.cfg.BatchSize {
			batchTimer.Stop()
			if err := r.process(work); err != nil {
				return err
			}
		}
	}
}

// stopped is a timer that is not running.
func stopped() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// take gathers a chunk. Before lost records what waits is processed: a range is in order.
func (r *relay) take(work context.Context, c chunk) error {
	if c.lost.First > 0 {
		if err := r.process(work); err != nil {
			return err
		}
		r.present.addLost(c.lost)
		return nil
	}
	r.batch, r.more = append(r.batch, c.records...), c.more
	for i := range c.records {
		r.size += int64(len(c.records[i].Data))
	}
	return nil
}

// ready says whether the range should be written as soon as store is idle, as filler.due does.
func (r *relay) ready() bool {
	if r.late {
		return !r.present.empty() || len(r.batch) > 0
	}
	size := r.present.bytes
	return !r.present.empty() && (size >= r.cfg.MaxBuffer || size >= r.cfg.BufferSize && !r.more)
}

// process has the batch processed.
func (r *relay) process(ctx context.Context) error {
	r.due, r.size = false, 0
	if len(r.batch) == 0 {
		return nil
	}
	processed, err := r.processor.Process(ctx, r.batch)
	if err != nil {
		return err
	}
	err = r.present.add(r.batch, processed)
	clear(r.batch)
	r.batch = r.batch[:0]
	return err
}

// seal processes what waits and hands the range over; the token of idle is taken.
func (r *relay) seal(work context.Context) error {
	if err := r.process(work); err != nil {
		return err
	}
	s, err := r.present.seal(r.processor, 1)
	if err != nil {
		return err
	}
	r.late = false
	r.sealed <- s
	return nil
}

// last seals what is buffered when reading has ended.
func (r *relay) last(work context.Context) error {
	if r.present.empty() && len(r.batch) == 0 {
		return nil
	}
	select {
	case <-r.idle:
		return r.seal(work)
	case <-work.Done():
		return work.Err()
	}
}
