package deliver

import (
	"context"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
)

// filler turns records into rows of the present range and seals it when it is due. It belongs to
// the goroutine that runs fill.
type filler struct {
	cfg       Config
	transform *transform
	suspects  *suspects

	// sealed carries finished ranges to store; idle holds a token while store has nothing to do, so
	// that sending to sealed never blocks.
	sealed chan *sealed
	idle   chan struct{}

	rest []event.Record // of the last chunk, not yet in the range
	lost catalog.Range  // of the last chunk, not yet in the range; the zero Range is none
	more bool           // the log had more after the last chunk
	late bool           // BufferInterval has passed since the range's first record
}

// fill runs until reading ends, then seals what there is and returns; work bounds the latter.
func (f *filler) fill(reading, work context.Context, chunks <-chan chunk) error {
	timer := time.NewTimer(f.cfg.BufferInterval)
	timer.Stop()
	defer timer.Stop()
	for {
		in, idle := chunks, f.idle
		if len(f.rest) > 0 {
			in = nil
		}
		if !f.due() {
			idle = nil
		}
		select {
		case <-reading.Done():
			return f.last(work)
		case c, open := <-in:
			if !open {
				return f.last(work)
			}
			f.rest, f.lost, f.more = c.records, c.lost, c.more
		case <-idle:
			timer.Stop()
			if err := f.seal(); err != nil {
				return err
			}
		case <-timer.C:
			f.late = true
		}
		empty := f.transform.empty()
		if err := f.take(reading); err != nil {
			if reading.Err() != nil {
				return f.last(work)
			}
			return err
		}
		if empty && !f.transform.empty() {
			timer.Reset(f.cfg.BufferInterval)
		}
	}
}

// due says whether the range should be written as soon as store is idle. With a backlog, or as long
// as store is busy, it grows on, up to MaxBuffer: fewer, larger files carry more.
func (f *filler) due() bool {
	size := f.transform.bytes
	return !f.transform.empty() &&
		(f.late || size >= f.cfg.MaxBuffer || size >= f.cfg.BufferSize && !f.more && len(f.rest) == 0)
}

// take moves records into the range until it is full or there are no more.
func (f *filler) take(ctx context.Context) error {
	if f.lost.First > 0 {
		f.transform.addLost(f.lost)
		f.lost = catalog.Range{}
	}
	for len(f.rest) > 0 && f.transform.bytes < f.cfg.MaxBuffer {
		span, err := f.suspects.begin(ctx, f.rest)
		if err != nil {
			return err
		}
		n := 0
		for n < span && f.transform.bytes < f.cfg.MaxBuffer {
			r := &f.rest[n]
			if err := f.transform.add(r, f.suspects.crashed[r.Sequence]); err != nil {
				return err
			}
			n++
		}
		f.suspects.done()
		f.rest = f.rest[n:]
	}
	return nil
}

func (f *filler) seal() error {
	s, err := f.transform.seal()
	if err != nil {
		return err
	}
	f.late = false
	f.sealed <- s
	return nil
}

// last seals what is buffered when reading has ended.
func (f *filler) last(work context.Context) error {
	if f.transform.empty() {
		return nil
	}
	select {
	case <-f.idle:
		return f.seal()
	case <-work.Done():
		return work.Err()
	}
}
