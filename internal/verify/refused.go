package verify

import (
	"context"
	"time"
)

// Refusals tell which files of the lake the warehouse did not load whole.
type Refusals interface {
	// Refused are such files of the run's table, by their key. An error may pass.
	Refused(ctx context.Context) (map[string]Refusal, error)
}

// Refusal is the first error of a file that the warehouse did not load whole, and the line it is in.
type Refusal struct {
	Error string `json:"error"`
	Line  string `json:"line"`
}

// Refused are orders that came into the lake and that the warehouse refused.
type Refused struct {
	Orders int `json:"orders"`
	// File is one that they were in, with its first error.
	File string `json:"file"`
	Refusal
}

// refusalsEvery is how long an order is in the lake before it is asked whether its file was refused, and how often.
// It costs credits, and most files are loaded within seconds.
const refusalsEvery = 15 * time.Second

// askRefused asks, now and then, which files were refused. What is not a row after that, and is in such a file, will be none.
func (r *run) askRefused(ctx context.Context) (asked bool, err error) {
	now := time.Now()
	late := func(o sighting) bool {
		return o.open() && !o.delivered.IsZero() && now.Sub(o.delivered) >= refusalsEvery
	}
	if r.deps.Refusals == nil || now.Sub(r.there.asked) < refusalsEvery || r.number(late) == 0 {
		return false, nil
	}
	r.there.asked = now
	r.there.refusals, err = r.deps.Refusals.Refused(ctx)
	return err == nil, err
}

// giveUpRefused gives up the orders that are in a refused file, and in no other.
func (r *run) giveUpRefused() {
	r.seen.with(func(orders []sighting) {
		for i := range orders {
			o := &orders[i]
			if _, refused := r.there.refusals[o.file]; refused && o.open() && !o.twice {
				o.barred = true
			}
		}
	})
}

// refusedOf says which of the missing orders were refused; nil if none was.
func (r *run) refusedOf(times []int) *Refused {
	var all Refused
	r.seen.with(func(orders []sighting) {
		for number, o := range orders {
			if !o.barred || times[number] > 0 {
				continue
			}
			if all.Orders++; all.Orders == 1 {
				all.File, all.Refusal = o.file, r.there.refusals[o.file]
			}
		}
	})
	if all.Orders == 0 {
		return nil
	}
	return &all
}
