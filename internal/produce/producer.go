package produce

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/kinesis"
)

// Client is the one call a Producer makes; *kinesis.Client has it. It is called from several
// goroutines, and must not retry by itself: the producer counts every attempt.
type Client interface {
	PutRecords(context.Context, *kinesis.PutRecordsInput, ...func(*kinesis.Options)) (*kinesis.PutRecordsOutput, error)
}

// Producer sends the records of one source to one stream, once; see New.
//
// Order: records of one partition key are sent in the source's order, a batch after the batch
// before it has been dealt with. Within a batch, a record that the endpoint failed is sent again
// after its neighbours were taken. With one call in flight the order holds for the whole run.
//
// Delivery: a call without an answer is sent again, so a record may arrive twice. What arrived
// is never reported as failed unless the run ended without an answer.
type Producer struct {
	cfg    Config
	client Client
	lanes  []*lane
	tally  tally
}

// New returns a producer for one run.
func New(cfg Config, client Client) (*Producer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	p := &Producer{cfg: cfg.withDefaults(), client: client}
	for range p.cfg.InFlight {
		p.lanes = append(p.lanes, newLane(p.cfg))
	}
	return p, nil
}

// Counts is where the run stands; it may be called at any time, from any goroutine.
func (p *Producer) Counts() Counts { return p.tally.counts() }

// Waiting says why the run is pausing before it tries again, or "" when it is not.
func (p *Producer) Waiting() string { return p.tally.waiting() }

// Run sends the records of src until it ends, ctx ends, or sending is hopeless. It returns when
// every event it took is accounted for and all its goroutines are gone. When ctx ends, no more is
// taken from src and what was taken is still sent for up to Config.Grace.
//
// The error says why the run had to stop before the end of src: an *event.Error of the endpoint,
// or the source's own error. Failures of single events are in the summary only.
func (p *Producer) Run(ctx context.Context, src Source) (Summary, error) {
	start := time.Now()
	// Sending outlives ctx by the grace; feeding ends with ctx, or when sending has to stop.
	sending, abort := context.WithCancelCause(context.WithoutCancel(ctx))
	feeding, stopFeeding := context.WithCancelCause(ctx)
	detach := context.AfterFunc(sending, func() { stopFeeding(context.Cause(sending)) })
	endGrace := p.limitGrace(ctx, abort)

	var lanes sync.WaitGroup
	for _, l := range p.lanes {
		lanes.Go(func() {
			if err := p.serve(sending, l); err != nil {
				abort(err)
			}
		})
	}
	sourceErr := p.feed(feeding, sending, src)
	for _, l := range p.lanes {
		l.close()
	}
	lanes.Wait()
	endGrace()
	detach()
	stopFeeding(nil)
	for _, l := range p.lanes {
		p.tally.fail(len(l.drain()), "")
	}
	interrupted, err := p.verdict(ctx, context.Cause(sending), sourceErr)
	abort(nil)
	return Summary{
		Counts: p.tally.counts(), Took: time.Since(start),
		Interrupted: interrupted, Problems: p.tally.problems(),
	}, err
}

// verdict tells an interrupted run from one that had to stop, given why sending was aborted, if
// it was, and how feeding ended.
func (p *Producer) verdict(ctx context.Context, aborted, sourceErr error) (interrupted bool, err error) {
	switch {
	case errors.Is(aborted, errGraceOver):
		p.tally.fail(0, errGraceOver.Error())
		return true, nil
	case aborted != nil:
		return false, aborted // sourceErr only follows from it
	case ctx.Err() != nil && (errors.Is(sourceErr, ctx.Err()) || errors.Is(sourceErr, context.Cause(ctx))):
		return true, nil
	}
	return false, sourceErr
}

var errGraceOver = errors.New("the run was interrupted and the endpoint did not take the rest in time")

// limitGrace lets abort be called once ctx has ended and the grace is over, unless the returned
// function is called before.
func (p *Producer) limitGrace(ctx context.Context, abort context.CancelCauseFunc) (stop func()) {
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-ctx.Done():
		case <-over:
			return
		}
		timer := time.NewTimer(p.cfg.Grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			abort(errGraceOver)
		case <-over:
		}
	}()
	return func() { close(over); <-done }
}

// feed takes records from src, no faster than the rate, and gives them to the lanes. It returns
// nil at the end of src.
//
// ctx ends the feeding; a record that has been taken by then is still given to its lane, unless
// sending has ended too.
func (p *Producer) feed(ctx, sending context.Context, src Source) error {
	limit := newPace(p.cfg.Rate)
	seed := maphash.MakeSeed()
	for {
		if err := limit.wait(ctx); err != nil {
			return err
		}
		r, err := src.Next()
		var unsendable *Unsendable
		switch {
		case err == nil:
			p.tally.taken.Add(1)
		case ctx.Err() != nil:
			return context.Cause(ctx) // the source may have failed for that reason, and in its own words
		case errors.As(err, &unsendable):
			p.tally.taken.Add(1)
			p.tally.fail(1, err.Error())
			continue
		case errors.Is(err, io.EOF):
			return nil
		default:
			return err
		}
		if why := unfit(r); why != "" {
			p.tally.fail(1, why)
			continue
		}
		l := p.lanes[maphash.String(seed, r.PartitionKey)%uint64(len(p.lanes))]
		if err := l.add(sending, r); err != nil {
			p.tally.fail(1, "")
			return err
		}
	}
}

// unfit says why no endpoint could take r, or "".
func unfit(r Record) string {
	switch characters := utf8.RuneCountInString(r.PartitionKey); {
	case characters == 0:
		return "an event's partition key is empty"
	case characters > MaxPartitionKey:
		return fmt.Sprintf("an event's partition key has %d characters; allowed are %d", characters, MaxPartitionKey)
	case r.size() > MaxRecord:
		return fmt.Sprintf("an event has %d bytes; a record holds at most %d", r.size(), MaxRecord)
	}
	return ""
}

// serve sends the batches of l one after another, until l is closed and empty or ctx ends.
func (p *Producer) serve(ctx context.Context, l *lane) error {
	for {
		records := l.take(ctx)
		if records == nil {
			return nil
		}
		if err := p.deliver(ctx, records); err != nil {
			return err
		}
	}
}
