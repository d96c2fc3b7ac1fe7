package processor

import (
	"context"
	"errors"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/firehose"
	"github.com/penstock/penstock/internal/firehose/prefix"
)

// Processor processes the records of one shard. It belongs to one goroutine.
type Processor struct {
	cfg      Config
	function Function
	tables   map[string]*contract.Table
	// only is the pipeline's table, if it has just one: a line without a partition key may be its row.
	only *contract.Table
	// quarantine is the prefix of quarantineObject.
	quarantine *prefix.Prefix

	open    map[string]bool // objects of data
	request []byte
	row     contract.QuarantineRow
}

// quarantinePrefix is that of the lake's own quarantine.
const quarantinePrefix = "quarantine/dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/"

// New makes a Processor that has function transform records.
func New(cfg Config, function Function) (*Processor, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	p := &Processor{cfg: cfg.withDefaults(), function: function, open: map[string]bool{}, tables: map[string]*contract.Table{}}
	var err error
	if p.quarantine, err = prefix.Parse(quarantinePrefix, prefix.ForData); err != nil {
		return nil, err
	}
	tables := cfg.Contracts.Tables()
	if len(tables) == 1 {
		p.only = tables[0]
	}
	for _, t := range append(tables, contract.QuarantineTable()) {
		p.tables[t.Name] = t
	}
	return p, nil
}

// Process decides about records, in order; it waits as long as the function and its retries take. It
// calls the function as often as the size of its payload demands. The error is ctx's.
func (p *Processor) Process(ctx context.Context, records []event.Record) ([]Result, error) {
	results := make([]Result, 0, len(records))
	for len(records) > 0 {
		n, size := 0, maxHead
		for n < len(records) {
			size += recordSize(&records[n])
			if size > firehose.MaxRequest {
				break
			}
			n++
		}
		if n == 0 {
			results = append(results, p.failed(&records[0], tooLarge, prefix.ProcessingFailed, 0))
			records = records[1:]
			continue
		}
		batch, err := p.batch(ctx, records[:n])
		if err != nil {
			return nil, err
		}
		results = append(results, batch...)
		records = records[n:]
	}
	return results, nil
}

const (
	// maxHead is more than an event has beside its records: four texts with a stream's name of at most
	// 128 characters.
	maxHead = 1 << 10
	// maxEnvelope is more than a record has beside its data and partition key.
	maxEnvelope = 512
	// keyGrowth is how much longer a byte of a partition key can be in JSON.
	keyGrowth = 6
)

// recordSize is an upper bound of a record's bytes in the payload.
func recordSize(r *event.Record) int {
	return (len(r.Data)+2)/3*4 + keyGrowth*len(r.PartitionKey) + maxEnvelope
}

// batch is one payload: invocations until one succeeds or the attempts are used up.
func (p *Processor) batch(ctx context.Context, records []event.Record) ([]Result, error) {
	pause := p.cfg.RetryPause
	for attempt := 1; ; attempt++ {
		body, err := p.invoke(ctx, records)
		if err == nil {
			return p.decide(records, body, attempt), nil
		}
		var failed *InvokeError
		if !errors.As(err, &failed) {
			return nil, err
		}
		p.cfg.Logger.Warn("the transformer failed", "records", len(records), "attempt", attempt, "error", err)
		if !failed.Retry || attempt > p.cfg.Retries {
			return p.allFailed(records, failure{failed.Code, failed.Message}, attempt), nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		case <-timer.C:
		}
		pause *= 2
	}
}

func (p *Processor) invoke(ctx context.Context, records []event.Record) ([]byte, error) {
	b := p.head(p.request[:0])
	for i := range records {
		b = p.appendRecord(b, &records[i])
	}
	p.request = end(b)
	return p.function.Invoke(ctx, p.request)
}

// decide makes results of an answer.
func (p *Processor) decide(records []event.Record, body []byte, attempt int) []Result {
	answers, repeated, fault := readAnswer(body)
	if fault.code != "" {
		p.cfg.Logger.Warn("the transformer's answer is not one that Firehose takes", "records", len(records), "code", fault.code)
		return p.allFailed(records, fault, attempt)
	}
	results := make([]Result, len(records))
	for i := range records {
		r := &records[i]
		id := p.recordID(r)
		a, given := answers[id]
		switch {
		case !given:
			results[i] = p.failed(r, missingID, prefix.ProcessingFailed, attempt)
		case repeated[id]:
			results[i] = p.failed(r, repeatedID, prefix.ProcessingFailed, attempt)
		case a.result == firehose.ResultFailed:
			results[i] = p.failed(r, failedStatus, prefix.ProcessingFailed, attempt)
		case a.result == firehose.ResultOk:
			results[i] = p.deliver(r, a, attempt)
		}
	}
	return results
}

func (p *Processor) allFailed(records []event.Record, why failure, attempts int) []Result {
	results := make([]Result, len(records))
	for i := range records {
		results[i] = p.failed(&records[i], why, prefix.ProcessingFailed, attempts)
	}
	return results
}

// deliver is the result for a record the function returned as Ok.
func (p *Processor) deliver(r *event.Record, a answer, attempt int) Result {
	for _, key := range p.cfg.Data.Keys() {
		if a.keys[key] == "" {
			return p.failed(r, missingKeys, prefix.ProcessingFailed, attempt)
		}
	}
	table := p.only
	if name, given := a.keys[firehose.TableKey]; given {
		table = p.tables[name]
	}
	out := Output{Line: a.data}
	if table != nil && p.isRow(a.data, table, r) {
		out.Table = table.Name
		if table.Name == contract.QuarantineName {
			out.Reason, out.Contract = quarantineOf(a.data)
		}
	}
	out.Object = dataObject(p.cfg.Data.Keys(), a.keys, out.Table)
	if !p.open[out.Object] && len(p.open) >= p.cfg.MaxPartitions {
		return p.failed(r, tooManyKeys, prefix.ActivePartitionExceeded, attempt)
	}
	p.open[out.Object] = true
	return Result{Outputs: []Output{out}}
}

// Sealed says that all objects so far are finished.
func (p *Processor) Sealed() { clear(p.open) }
