package cloud

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/redriven"
)

// Redrive says what is sent again.
type Redrive struct {
	// Contracts that decide; those of the function should be the same.
	Contracts *contract.Set
	// Since leaves out what arrived before; zero for none.
	Since time.Time
	// Reasons to select. Empty for all but event.ReasonCrash; then what Firehose could not process is in it too.
	Reasons []event.Reason
	// DryRun changes nothing.
	DryRun bool
	// Progress hears of each object that is done. Default: nobody.
	Progress func(RedriveReport)
}

// RedriveReport says what a redrive did, or would do.
type RedriveReport struct {
	DryRun bool `json:"dry_run"`
	// Objects were read, of the quarantine and of the error output.
	Objects int `json:"objects"`
	// Examined = the sum of Sent, Stay, Dropped and TooLarge.
	Examined int64 `json:"examined"`
	// Before counts events that an earlier redrive sent.
	Before int64 `json:"sent_before"`
	// Sent counts events that were put into the stream, by the table their contract gives them.
	Sent map[string]int64 `json:"sent"`
	// Stay counts events the contracts refuse still, by the present reason, and under event.ReasonRefused rows of which
	// the event is not kept.
	Stay map[event.Reason]int64 `json:"stay"`
	// Dropped counts events that a contract drops now; they are not sent.
	Dropped int64 `json:"dropped"`
	// TooLarge counts events that do not fit into the stream with their position; they stay.
	TooLarge int64 `json:"too_large"`
	// Faults are objects that could not be read to their end; nothing of them was sent.
	Faults []string `json:"faults,omitempty"`
}

// Redrive reads quarantine and error output, and puts what the contracts accept now into the stream. Each event
// carries the position it had (package redriven). When the events of an object are in the stream, a marker says so;
// a redrive that dies in between sends them once more, under the same positions.
func (p *Pipeline) Redrive(ctx context.Context, r Redrive) (RedriveReport, error) {
	report := RedriveReport{DryRun: r.DryRun, Sent: map[string]int64{}, Stay: map[event.Reason]int64{}}
	largest, err := p.largestRecord(ctx)
	if err != nil {
		return report, err
	}
	run := redriveRun{p: p, Redrive: r, report: &report, largest: largest, processor: r.Contracts.NewProcessor()}
	places := []string{p.names.DataPrefix + contract.QuarantineName + "/"}
	if len(r.Reasons) == 0 {
		places = append(places, p.names.ErrorPrefix)
	}
	for _, place := range places {
		err := p.objects(ctx, place, func(o object) error {
			// Nothing in an object arrived after it was written.
			if o.written.Before(r.Since) {
				return nil
			}
			if err := run.object(ctx, o.key, place == p.names.ErrorPrefix); err != nil {
				return err
			}
			if r.Progress != nil {
				r.Progress(report)
			}
			return nil
		})
		if err != nil {
			return report, fmt.Errorf("redrive %s: %w", place, err)
		}
	}
	return report, nil
}

type redriveRun struct {
	Redrive
	p         *Pipeline
	report    *RedriveReport
	largest   int
	processor *contract.Processor
}

// object redrives one object. What is wrong with it is a fault in the report; an error ends the redrive.
func (r *redriveRun) object(ctx context.Context, key string, isError bool) error {
	before, err := r.p.sentOf(ctx, key)
	if err != nil {
		return err
	}
	// The object is read twice: first to the end, to know that all of it can be read and how much passes; then to
	// send. Its events are not kept in memory, which may be less than it.
	plan := newTally()
	if err := r.read(ctx, key, isError, func(line int, k kept) error {
		r.decide(before, plan, line, k)
		return nil
	}); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.report.Faults = append(r.report.Faults, key+": "+err.Error())
		return nil
	}
	if len(plan.lines) > 0 && !r.DryRun {
		if err := r.send(ctx, key, isError, plan.lines); err != nil {
			return fmt.Errorf("%s: %w; run it again: what went out twice is known by its position", key, err)
		}
		if err := r.p.mark(ctx, key, r.Contracts.Version(), before.next, plan.lines); err != nil {
			return err
		}
	}
	plan.addTo(r.report)
	return nil
}

func (r *redriveRun) read(ctx context.Context, key string, isError bool, fn func(line int, k kept) error) error {
	in, body, err := r.p.open(ctx, key)
	if err != nil {
		return err
	}
	defer body.Close() //nolint:errcheck // only read
	if isError {
		return errorLines(key, in, fn)
	}
	return quarantineRows(in, fn)
}

// decide counts one event, and plans it if it is to be sent.
func (r *redriveRun) decide(before sent, plan *tally, line int, k kept) {
	if before.lines[line] {
		plan.before++
		return
	}
	if !r.selects(k) {
		return
	}
	plan.examined++
	if k.reason == event.ReasonRefused {
		// What is kept of it is the row that Snowflake refused, as CSV, and no event that could be sent.
		plan.stay[k.reason]++
		return
	}
	out := r.processor.Process(k.data)
	switch {
	case out.Verdict == contract.Dropped:
		plan.dropped++
	case out.Verdict == contract.Quarantined:
		plan.stay[out.Reason]++
	case !r.fits(k):
		plan.tooLarge++
	default:
		plan.sent[out.Table.Name]++
		plan.lines = append(plan.lines, line)
	}
}

func (r *redriveRun) selects(k kept) bool {
	if k.arrived.Before(r.Since) {
		return false
	}
	if len(r.Reasons) == 0 {
		return k.reason != event.ReasonCrash
	}
	return slices.Contains(r.Reasons, k.reason)
}

// origin is what the record of an event says of where it came from. An event that was redriven before and
// refused again keeps its first position.
func (k kept) origin() redriven.Origin {
	shard, sequence := redriven.First(k.shard, k.sequence)
	return redriven.Origin{Shard: shard, Sequence: sequence, Key: k.key}
}

// fits says whether the event has room in a record, if need be without the partition key it had.
func (r *redriveRun) fits(k kept) bool {
	o := k.origin()
	o.Key = ""
	key, ok := o.PartitionKey()
	return ok && len(k.data) > 0 && len(k.data)+len(key) <= r.largest
}

// tally is what becomes of an object's events.
type tally struct {
	lines                               []int // that are sent, growing
	examined, before, dropped, tooLarge int64
	sent                                map[string]int64
	stay                                map[event.Reason]int64
}

func newTally() *tally { return &tally{sent: map[string]int64{}, stay: map[event.Reason]int64{}} }

func (t *tally) addTo(r *RedriveReport) {
	r.Objects++
	r.Examined += t.examined
	r.Before += t.before
	r.Dropped += t.dropped
	r.TooLarge += t.tooLarge
	for table, n := range t.sent {
		r.Sent[table] += n
	}
	for reason, n := range t.stay {
		r.Stay[reason] += n
	}
}
