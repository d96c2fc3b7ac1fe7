package deliver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/format"
)

// redriveRun is one call of Redrive.
type redriveRun struct {
	*Redriver
	dry       bool
	processor *contract.Processor
	piles     map[int]*pile
	bytes     int64 // of all piles
	stay      stays
	report    Report
}

// pile gathers what one commit of one shard will hold.
type pile struct {
	shard   int
	events  int
	outputs map[*contract.Table]*output
	// dropped are sequence numbers by the contract that drops them.
	dropped map[string][]string
}

// take runs the contracts over one event.
func (r *redriveRun) take(ctx context.Context, e QuarantinedEvent) error {
	r.report.Examined++
	out := r.processor.Process(e.Raw)
	if out.Verdict == contract.Quarantined {
		r.report.Failing[out.Reason]++
		r.stay.count(Stay{Reason: out.Reason, Contract: out.Contract, Field: out.Field})
		return nil
	}
	p, record, err := r.place(e)
	if err != nil {
		return err
	}
	if out.Verdict == contract.Dropped {
		r.report.Dropped[out.Table.Name]++
		p.dropped[out.Table.Name] = append(p.dropped[out.Table.Name], strings.Clone(e.Sequence))
	} else {
		grown, err := p.add(r.cfg.Format, e, record, out)
		if errors.Is(err, format.ErrRow) {
			r.report.Failing[event.ReasonPanic]++
			r.stay.count(Stay{Reason: event.ReasonPanic, Contract: out.Contract})
			return nil
		}
		if err != nil {
			return err
		}
		r.bytes += grown
		r.report.Passed[out.Table.Name]++
	}
	p.events++
	if r.bytes >= r.cfg.BatchBytes {
		return r.flush(ctx)
	}
	if p.events >= r.cfg.BatchEvents {
		return r.commit(ctx, p)
	}
	return nil
}

// place finds the pile an event belongs to, and its index in the shard.
func (r *redriveRun) place(e QuarantinedEvent) (*pile, uint64, error) {
	shard, ok := event.ParseShardID(e.Shard)
	if _, known := r.deps.Catalogs[shard]; !ok || !known {
		return nil, 0, fmt.Errorf("the quarantine holds an event of shard %q, which stream %s does not have", e.Shard, r.cfg.Stream)
	}
	sequence, err := event.ParseSequenceNumber(e.Sequence)
	if err != nil {
		return nil, 0, fmt.Errorf("an event in the quarantine: %w", err)
	}
	p := r.piles[shard]
	if p == nil {
		p = &pile{shard: shard, outputs: map[*contract.Table]*output{}, dropped: map[string][]string{}}
		r.piles[shard] = p
	}
	return p, sequence.Sequence, nil
}

// add appends a row and returns by how many bytes the pile grew.
func (p *pile) add(cfg format.Config, e QuarantinedEvent, record uint64, out contract.Outcome) (int64, error) {
	o := p.outputs[out.Table]
	if o == nil {
		encoder, err := format.New(cfg, out.Table)
		if err != nil {
			return 0, fmt.Errorf("encode table %s: %w", out.Table.Name, err)
		}
		o = &output{table: out.Table.Name, encoder: encoder}
		p.outputs[out.Table] = o
	}
	before := o.encoder.Size()
	err := o.encoder.Append(format.Meta{Shard: e.Shard, Sequence: []byte(e.Sequence), ArrivedMillis: e.ArrivedMillis}, out.Row)
	if err != nil {
		return 0, fmt.Errorf("encode a row of table %s: %w", out.Table.Name, err)
	}
	if o.file.Rows == 0 {
		o.file = catalog.File{Table: o.table, First: record, Last: record, FirstArrived: e.ArrivedMillis, LastArrived: e.ArrivedMillis}
	}
	o.file.Rows++
	o.file.First, o.file.Last = min(o.file.First, record), max(o.file.Last, record)
	o.file.FirstArrived, o.file.LastArrived = min(o.file.FirstArrived, e.ArrivedMillis), max(o.file.LastArrived, e.ArrivedMillis)
	return o.encoder.Size() - before, nil
}

func (r *redriveRun) flush(ctx context.Context) error {
	for _, shard := range slices.Sorted(maps.Keys(r.piles)) {
		if err := r.commit(ctx, r.piles[shard]); err != nil {
			return err
		}
	}
	return nil
}

// commit stores and commits a pile, and forgets it.
func (r *redriveRun) commit(ctx context.Context, p *pile) error {
	delete(r.piles, p.shard)
	for _, o := range p.outputs {
		r.bytes -= o.encoder.Size()
	}
	if r.dry || p.events == 0 {
		return nil
	}
	c := catalog.Commit{
		Kind: catalog.CommitRedrive, Version: r.deps.Contracts.Version(), Format: r.cfg.Format.Name(),
	}
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Patience)
	defer cancel()
	// Nobody planned these names, so they must be new whatever ran before.
	unique := strings.ToLower(rand.Text()[:16])
	for _, o := range p.outputs {
		if o.file.Rows == 0 {
			continue
		}
		file, err := r.put(ctx, p.shard, unique, o)
		if err != nil {
			return err
		}
		c.Files = append(c.Files, file)
	}
	slices.SortFunc(c.Files, func(a, b catalog.File) int { return strings.Compare(a.Table, b.Table) })
	return r.commitEach(ctx, p, c)
}

// commitEach commits the files, and what each contract drops in a commit of its own: a commit says
// of one contract what it drops.
func (r *redriveRun) commitEach(ctx context.Context, p *pile, c catalog.Commit) error {
	for _, name := range slices.Sorted(maps.Keys(p.dropped)) {
		c.DroppedContract, c.DroppedSequences = name, p.dropped[name]
		if err := r.commitOne(ctx, p.shard, c); err != nil {
			return err
		}
		c.Files = nil
	}
	if len(c.Files) == 0 {
		return nil
	}
	c.DroppedContract, c.DroppedSequences = "", nil
	return r.commitOne(ctx, p.shard, c)
}

func (r *redriveRun) commitOne(ctx context.Context, index int, c catalog.Commit) error {
	shard := r.deps.Catalogs[index]
	return r.retry(ctx, func() error {
		if err := shard.PutContracts(ctx, c.Version, catalogSources(r.deps.Contracts)); err != nil {
			return err
		}
		done, err := shard.Commit(ctx, c)
		if err == nil {
			r.report.Commits++
			r.report.Through[index] = done.Number
		}
		return err
	})
}

func (r *redriveRun) put(ctx context.Context, shard int, unique string, o *output) (catalog.File, error) {
	file := o.file
	file.LongestRow = o.encoder.LongestRow()
	body, err := o.encoder.Finish()
	if err != nil {
		return file, fmt.Errorf("encode table %s: %w", o.table, err)
	}
	file.Bytes, file.SHA256 = int64(len(body)), checksum(body)
	file.Name = r.deps.Name(NewFile{
		Table: o.table, Shard: shard, Oldest: time.UnixMilli(file.FirstArrived).UTC(),
		First: file.First, Last: file.Last, Redrive: unique, Extension: r.cfg.Format.Name(),
	})
	return file, r.retry(ctx, func() error { return r.deps.Lake.Put(ctx, file.Name, body) })
}

// retry calls fn until it succeeds or Patience has run out.
func (r *redriveRun) retry(ctx context.Context, fn func() error) error {
	var b backoff
	for {
		err := fn()
		if err == nil || errors.Is(err, event.ErrFenced) || errors.Is(err, catalog.ErrInvalid) {
			return err
		}
		r.cfg.Logger.Warn("redrive waits and will try again", "stream", r.cfg.Stream, "error", err)
		if b.wait(ctx) != nil {
			return &event.Error{
				Code: "redrive_stopped", Message: "the redrive could not go on",
				Hint: "what it has committed stays; run it again when the cause is mended", Err: err,
			}
		}
	}
}
