package trace

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

func parseTime(text string) time.Time {
	at, _ := time.Parse(time.RFC3339, text) // zero where the warehouse has NULL
	return at
}

// journey is one event while its way is put together.
type journey struct {
	*Tracer
	known
	Event
	commit catalog.Commit
	loads  []Load
}

// follow finds out where the record is now. A record the stream never had is event.ErrNotFound.
func (t *Tracer) follow(ctx context.Context, k known) (Event, error) {
	j := &journey{Tracer: t, known: k, Event: Event{
		By: k.by, Stream: t.cfg.Shards[k.shard].Stream, Shard: t.cfg.Shards[k.shard].ID(),
		Sequence: k.sequence, Position: k.position,
	}}
	_, last, err := t.deps.Log.Bounds(k.shard)
	if err != nil {
		return Event{}, err
	}
	committed := t.deps.Catalog.Position(k.shard)
	if k.position > max(last, committed) {
		return Event{}, fmt.Errorf("record %d of %s: %w", k.position, j.Shard, event.ErrNotFound)
	}
	if k.position > committed {
		return j.Event, j.inLog(ctx)
	}
	if j.commit, err = t.deps.Catalog.CommitOf(ctx, k.shard, k.position); err != nil {
		return Event{}, err
	}
	if slices.ContainsFunc(j.commit.Lost, func(r catalog.Range) bool { return r.First <= k.position && k.position <= r.Last }) {
		j.accepted(time.Time{})
		j.State = Dropped
		j.dropped(time.UnixMilli(j.commit.CommittedAt).UTC(), "the log lost it before it was delivered, and somebody has accepted that")
		return j.Event, nil
	}
	loaded, err := t.deps.Warehouse.Watermark(ctx, k.shard)
	if err != nil {
		return Event{}, err
	}
	if k.position > loaded {
		err = j.inLake(ctx)
	} else {
		err = j.inWarehouse(ctx)
	}
	return j.Event, err
}

func (j *journey) step(name string, at time.Time, detail string) {
	j.Steps = append(j.Steps, Step{Name: name, At: at, Detail: detail})
}

// read gets the event from the log, as far as it still has it.
func (j *journey) read(ctx context.Context) {
	if j.record == nil {
		ctx, cancel := context.WithTimeout(ctx, readTime)
		defer cancel()
		// Without it the rest of the way is told all the same.
		if record, ok, err := j.deps.Log.Record(ctx, j.shard, j.position); err == nil && ok {
			j.record = &record
		}
	}
	if j.record == nil {
		return
	}
	j.Sequence = j.cfg.Shards[j.shard].SequenceNumber(j.position, j.record.Arrived)
	j.sequence = j.Sequence
	j.Raw, j.Truncated = shown(j.record.Data)
}

// accepted is the first step. arrived may be zero.
func (j *journey) accepted(arrived time.Time) {
	detail := fmt.Sprintf("%s, record %d", j.Shard, j.position)
	if j.record != nil {
		arrived = j.record.ArrivedAt()
		detail += ", partition key " + cut(j.record.PartitionKey)
	}
	j.step("accepted", arrived, detail)
}

// inLog is an event no commit has reached. The contracts say what is to become of it.
func (j *journey) inLog(ctx context.Context) error {
	j.read(ctx)
	j.accepted(time.Time{})
	j.State = InFlight
	j.Detail = "it is in the stream and waits for delivery"
	if j.record != nil {
		j.Contract = j.cfg.Contracts.NewProcessor().Process(j.record.Data).Contract
	}
	return nil
}

// verdict is what the contracts of the event's commit say of it; ok is false when the log no longer
// has the event.
func (j *journey) verdict(ctx context.Context) (out contract.Outcome, ok bool, err error) {
	if j.record == nil {
		return out, false, nil
	}
	set, err := j.deps.Catalog.Contracts(ctx, j.shard, j.commit.Version)
	if err != nil {
		return out, false, err
	}
	return set.NewProcessor().Process(j.record.Data), true, nil
}

// inLake is an event that is committed and that the warehouse has not come to.
func (j *journey) inLake(ctx context.Context) error {
	j.read(ctx)
	j.accepted(time.Time{})
	out, ok, err := j.verdict(ctx)
	if err != nil {
		return err
	}
	delivered := time.UnixMilli(j.commit.CommittedAt).UTC()
	j.State = InFlight
	j.Detail = "it is in the lake and waits to be loaded"
	if !ok {
		j.step("delivered", delivered, "")
		return nil
	}
	j.Contract = out.Contract
	switch out.Verdict {
	case contract.Dropped:
		j.State, j.Detail = Dropped, "its contract drops it"
		j.step("dropped", delivered, j.Detail)
		return nil
	case contract.Quarantined:
		j.File = j.fileOf(contract.QuarantineName)
		j.Reason, j.Field, j.Version = string(out.Reason), out.Field, j.commit.Version
		j.Detail = out.Detail + "; it waits to be loaded into the quarantine"
	default:
		j.File, j.Table = j.fileOf(out.Table.Name), out.Table.Name
	}
	j.step("delivered", delivered, j.File)
	return nil
}

// fileOf is the commit's file of a table that may hold the record.
func (j *journey) fileOf(table string) string {
	for _, f := range j.commit.Files {
		if f.Table == table && f.First <= j.position && j.position <= f.Last {
			return f.Name
		}
	}
	return ""
}

// shown is the beginning of an event as text.
func shown(raw []byte) (text string, truncated bool) {
	truncated = len(raw) > maxRaw
	return clean(string(raw[:min(len(raw), maxRaw)])), truncated
}
