package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/dashboard"
	"github.com/penstock/penstock/internal/deliver"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/running"
)

// Losses lists what the log of the running pipeline has lost.
func Losses(ctx context.Context, dataDir string) (dashboard.LossReport, error) {
	info, err := running.Find(dataDir)
	if err != nil {
		return dashboard.LossReport{}, err
	}
	return connect(info).Losses(ctx)
}

// AcceptLosses counts records of the running pipeline as lost and lets their shards go on.
func AcceptLosses(ctx context.Context, dataDir string, lost []dashboard.LostRange) (dashboard.LossReport, error) {
	info, err := running.Find(dataDir)
	if err != nil {
		return dashboard.LossReport{}, err
	}
	return connect(info).AcceptLosses(ctx, lost)
}

// stopped are the shards whose delivery waits before records that the log has lost.
type stopped struct {
	mu sync.Mutex
	at map[int]stop
}

// stop is where a shard waits, and since when. accepted is closed when somebody accepts a loss of it.
type stop struct {
	catalog.Range
	since    time.Time
	accepted chan struct{}
}

func (s *stopped) begin(shard int, lost catalog.Range) stop {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at == nil {
		s.at = map[int]stop{}
	}
	s.at[shard] = stop{lost, time.Now().UTC().Truncate(time.Millisecond), make(chan struct{})}
	return s.at[shard]
}

func (s *stopped) of(shard int) (stop, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, waits := s.at[shard]
	return at, waits
}

// end ends the wait of a shard; accepted wakes it.
func (s *stopped) end(shard int, accepted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, waits := s.at[shard]; waits {
		if accepted {
			close(at.accepted)
		}
		delete(s.at, shard)
	}
}

// deliverShard runs a shard's worker. Before records that the log has lost it waits until somebody accepts
// that, and the other shards and the front door go on meanwhile.
func (p *parts) deliverShard(ctx context.Context, shard int, worker *deliver.Worker) error {
	for {
		err := worker.Run(ctx)
		lost, met := errors.AsType[*deliver.LostError](err)
		if !met || ctx.Err() != nil {
			return err
		}
		at := p.stopped.begin(shard, lost.Range)
		if covered(p.catalogs[shard].AcceptedLosses(), catalog.Range{First: lost.First, Last: lost.First}) {
			p.stopped.end(shard, false) // a moment ago, before it was known to wait
			continue
		}
		p.logger.Error("the delivery of a shard stops before records that are lost", "stream", p.info.Name, "shard", shard, "error", err)
		p.hear(event.Failed{Step: "delivery", Shard: shard, Err: err})
		select {
		case <-ctx.Done():
			p.stopped.end(shard, false)
			return nil
		case <-at.accepted:
		}
		p.hear(event.Recovered{Step: "delivery", Shard: shard})
	}
}

// losses tells what is lost for the HTTP API, and takes what is accepted.
type losses struct{ *parts }

func (l losses) Losses(ctx context.Context) (dashboard.LossReport, error) {
	report := dashboard.LossReport{Stream: l.info.Name, Lost: []dashboard.Loss{}}
	for shard, c := range l.catalogs {
		report.LostAccepted += c.Totals().Lost
		for _, lost := range l.missing(shard) {
			if len(report.Lost) < maxLosses {
				report.Lost = append(report.Lost, l.describe(shard, lost))
			}
		}
	}
	for i := range min(len(report.Lost), maxTimed) {
		l.time(ctx, &report.Lost[i])
	}
	return report, nil
}

const (
	// maxLosses is how many losses are told at once: as many as may be accepted at once.
	maxLosses = 1000
	// maxTimed is how many of them are told with a time: finding records costs the log memory.
	maxTimed = 8
)

// missing are the ranges after the committed position that the log is known not to have.
func (l losses) missing(shard int) []catalog.Range {
	c, at := l.catalogs[shard], uint64(0)
	from := c.Position() + 1
	var found []catalog.Range
	add := func(first uint64) {
		if last, missing, err := l.log.Missing(l.info.Name, shard, first); err == nil && missing && first > at {
			found = append(found, catalog.Range{First: first, Last: last})
			at = last
		}
	}
	var begins []uint64
	begins = append(begins, from)
	if where, waits := l.stopped.of(shard); waits {
		begins = append(begins, where.First)
	}
	for _, gap := range l.log.Gaps() {
		if gap.Stream == l.info.Name && gap.Shard == shard && gap.Last >= from {
			begins = append(begins, max(gap.First, from))
		}
	}
	slices.Sort(begins)
	for _, first := range begins {
		add(first)
	}
	return found
}

// describe says of a range whether the delivery waits before it, and whether somebody has accepted it.
func (l losses) describe(shard int, lost catalog.Range) dashboard.Loss {
	loss := dashboard.Loss{
		LostRange: dashboard.LostRange{Shard: shard, First: lost.First, Last: lost.Last}, Records: lost.Records(),
		Accepted: covered(l.catalogs[shard].AcceptedLosses(), lost),
	}
	if at, waits := l.stopped.of(shard); waits && lost.First <= at.First && at.First <= lost.Last {
		loss.Stopped, loss.Since = true, at.since
	}
	return loss
}

// time adds when the records next to a loss arrived, as far as the log has them and can be read.
func (l losses) time(ctx context.Context, loss *dashboard.Loss) {
	read := func(position uint64) (time.Time, bool) {
		r, err := l.log.Fetch(ctx, l.info.Name, loss.Shard, position, 1, 1)
		if err != nil || len(r) == 0 || r[0].Sequence != position {
			return time.Time{}, false
		}
		return r[0].ArrivedAt(), true
	}
	if loss.First > 1 {
		loss.After, _ = read(loss.First - 1)
	}
	loss.Before, _ = read(loss.Last + 1)
}

// covered says whether one of ranges has all of r.
func covered(ranges []catalog.Range, r catalog.Range) bool {
	return slices.ContainsFunc(ranges, func(a catalog.Range) bool { return a.First <= r.First && r.Last <= a.Last })
}

func (l losses) Accept(ctx context.Context, lost []dashboard.LostRange) (dashboard.LossReport, error) {
	for _, r := range lost {
		if err := l.check(ctx, r); err != nil {
			return dashboard.LossReport{}, err
		}
	}
	for _, r := range lost {
		if err := l.catalogs[r.Shard].AcceptLoss(ctx, catalog.Range{First: r.First, Last: r.Last}); err != nil {
			return dashboard.LossReport{}, fmt.Errorf("accepting the loss of records %d to %d of %s: %w", r.First, r.Last, event.ShardID(r.Shard), err)
		}
	}
	for _, r := range lost {
		l.stopped.end(r.Shard, true)
	}
	return l.Losses(ctx)
}

// check refuses a range that is not lost as a whole: a person accepts what was shown, and nothing else.
func (l losses) check(ctx context.Context, r dashboard.LostRange) error {
	refuse := func(message string) error {
		return &event.Error{
			Code: "not_lost", Message: fmt.Sprintf("records %d to %d of shard %d of %s %s", r.First, r.Last, r.Shard, l.info.Name, message),
			Hint: "nothing was changed; `penstock accept-loss --dry-run` shows what is lost now",
		}
	}
	if r.Shard < 0 || r.Shard >= len(l.catalogs) || r.First < 1 || r.Last < r.First {
		return refuse("are none")
	}
	c := l.catalogs[r.Shard]
	if r.Last <= c.Position() {
		done, err := c.CommitOf(ctx, r.First)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(done.Lost, func(a catalog.Range) bool { return a.First <= r.First && r.First <= a.Last }) {
			return nil // it was accepted before, and is counted
		}
		return refuse("are delivered, and not lost")
	}
	last, missing, err := l.log.Missing(l.info.Name, r.Shard, r.First)
	if err != nil {
		return err
	}
	if r.First <= c.Position() || !missing || last < r.Last {
		return refuse("are not all lost")
	}
	return nil
}
