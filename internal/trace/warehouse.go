package trace

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/dialect"
	"github.com/penstock/penstock/internal/event"
)

// inWarehouse is an event the warehouse has dealt with: it is a row, or in the quarantine, or neither,
// which is when it was dropped.
func (j *journey) inWarehouse(ctx context.Context) error {
	var err error
	if j.loads, err = j.Tracer.loads(ctx, j.known); err != nil {
		return err
	}
	from, to := j.arrivals()
	condition := j.within(j.known, from, to)
	rows, err := j.rows(ctx, "SELECT * FROM "+contract.QuarantineName+" WHERE "+condition+" LIMIT 1")
	if err != nil {
		return err
	}
	if len(rows) > 0 {
		j.inQuarantine(rows[0])
		return nil
	}
	var asked []string
	for _, l := range j.loads {
		if l.Table == contract.QuarantineName || slices.Contains(asked, l.Table) {
			continue
		}
		asked = append(asked, l.Table)
		rows, err := j.rows(ctx, "SELECT * FROM "+dialect.Name(l.Table)+" WHERE "+condition+" LIMIT 1")
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			j.inTable(ctx, l.Table, rows[0])
			return nil
		}
	}
	return j.nowhere(ctx)
}

// arrivals are when the record arrived: to the second by its sequence number, else as its commit's
// files say.
func (j *journey) arrivals() (from, to time.Time) {
	if number, err := event.ParseSequenceNumber(j.sequence); err == nil {
		from = time.Unix(number.Seconds, 0)
		return from, from.Add(time.Second)
	}
	for i, f := range j.commit.Files {
		first, last := time.UnixMilli(f.FirstArrived), time.UnixMilli(f.LastArrived)
		if i == 0 || first.Before(from) {
			from = first
		}
		if i == 0 || last.After(to) {
			to = last
		}
	}
	return from, to
}

// take moves what every table says of its records out of a row.
func (j *journey) take(row Row) {
	j.Sequence = row.get(contract.SequenceColumn)
	j.sequence = j.Sequence
	j.accepted(parseTime(row.get(contract.ArrivedColumn)))
}

func (j *journey) delivered() {
	j.step("delivered", time.UnixMilli(j.commit.CommittedAt).UTC(), j.File)
}

// loadOf is the load of the first delivery's file of a table.
func (j *journey) loadOf(table string) (Load, bool) {
	i := slices.IndexFunc(j.loads, func(l Load) bool { return l.Table == table && l.Number == j.commit.Number })
	if i < 0 {
		return Load{}, false
	}
	return j.loads[i], true
}

func (j *journey) inQuarantine(row Row) {
	j.take(row)
	j.State = Quarantined
	j.Reason, j.Field, j.Detail = row.get("reason"), row.get("field"), row.get("detail")
	j.Contract, j.Version = row.get("contract"), row.get("contract_version")
	j.Raw, j.Truncated = shown([]byte(row.get("raw")))
	entered, ok := j.loadOf(contract.QuarantineName)
	if j.Reason == string(event.ReasonRefused) {
		entered, ok = j.loadOf(j.Contract)
	}
	if ok {
		j.File = entered.File
	}
	j.delivered()
	j.step("quarantined", entered.At, why(j.Reason, j.Field, j.Detail))
}

func why(reason, field, detail string) string {
	if field != "" {
		reason += ", " + field
	}
	if detail != "" {
		reason += ": " + detail
	}
	return reason
}

// inTable is an event whose row is in a table, by its first delivery or by a redrive. The log shows
// what was sent for as long as it retains it.
func (j *journey) inTable(ctx context.Context, table string, row Row) {
	j.read(ctx)
	j.take(row)
	j.State, j.Contract, j.Table = Loaded, table, table
	for _, cell := range row {
		if cell.Column != contract.ShardColumn && cell.Column != contract.SequenceColumn && cell.Column != contract.ArrivedColumn {
			j.Row = append(j.Row, cell)
		}
	}
	source := j.source(ctx, table)
	j.File = source.File
	if source.Number == j.commit.Number {
		j.delivered()
	} else {
		j.redriven(ctx, source)
	}
	j.step("loaded", source.At, "table "+table)
}

// source is the load that brought the record's row. A redrive's file has gaps in its range, so that
// the file itself must say whether it holds the record.
func (j *journey) source(ctx context.Context, table string) Load {
	first, ok := j.loadOf(table)
	var last Load
	for _, l := range j.loads {
		if l.Table != table || l.Number == j.commit.Number {
			continue
		}
		last = l
		if _, holds, err := j.deps.Lake.Row(ctx, l.File, j.sequence); err == nil && holds {
			return l
		}
	}
	if !ok { // the file cannot be read any more, and there is no other
		return last
	}
	return first
}

// redriven tells of the way through the quarantine.
func (j *journey) redriven(ctx context.Context, source Load) {
	if entered, ok := j.loadOf(contract.QuarantineName); ok {
		detail := ""
		if kept, ok, err := j.deps.Lake.Row(ctx, entered.File, j.sequence); err == nil && ok {
			detail = why(kept["reason"], kept["field"], kept["detail"])
		}
		j.step("delivered", time.UnixMilli(j.commit.CommittedAt).UTC(), entered.File)
		j.step("quarantined", entered.At, detail)
	}
	var at time.Time
	if commit, err := j.deps.Catalog.Commit(ctx, j.shard, source.Number); err == nil {
		at = time.UnixMilli(commit.CommittedAt).UTC()
	}
	j.step("redriven", at, source.File)
}

// nowhere is an event that is neither a row nor quarantined, though all of its commit was dealt with.
func (j *journey) nowhere(ctx context.Context) error {
	j.read(ctx)
	j.accepted(time.Time{})
	out, known, err := j.verdict(ctx)
	if err != nil {
		return err
	}
	for _, l := range j.loads {
		if l.Status == "loaded" || known && (out.Table == nil || out.Table.Name != l.Table) {
			continue
		}
		j.State, j.Contract, j.Table, j.File = InFlight, l.Table, l.Table, l.File
		j.Detail = fmt.Sprintf("its lake file is %s and was not loaded: %s", l.Status, l.Detail)
		j.delivered()
		return nil
	}
	j.State = Dropped
	if known && out.Verdict == contract.Dropped {
		j.Contract = out.Contract
		j.dropped(time.UnixMilli(j.commit.CommittedAt).UTC(), "its contract drops it")
		return nil
	}
	if known && out.Verdict == contract.Accepted && out.Table.Key != "" {
		return j.duplicate(ctx, out.Table.Name, keyText(out))
	}
	return j.fromLake(ctx)
}

func (j *journey) dropped(at time.Time, detail string) {
	j.Detail = detail
	j.step("dropped", at, detail)
}

// fromLake reads what the log can no longer tell: a file holds the row of an event that was not
// loaded because of its key.
func (j *journey) fromLake(ctx context.Context) error {
	if j.sequence == "" {
		j.dropped(time.Time{}, "its contract drops it, or its key was loaded already; the log no longer has it, and without its sequence number the lake does not tell")
		return nil
	}
	for _, l := range j.loads {
		table := j.cfg.Contracts.Table(l.Table)
		if table == nil || table.Key == "" {
			continue
		}
		if row, holds, err := j.deps.Lake.Row(ctx, l.File, j.sequence); err == nil && holds {
			return j.duplicate(ctx, l.Table, row[table.Key])
		}
	}
	j.dropped(time.UnixMilli(j.commit.CommittedAt).UTC(), "its contract drops it")
	return nil
}

// duplicate says which row holds the event's key.
func (j *journey) duplicate(ctx context.Context, name, key string) error {
	j.Contract = name
	table := j.cfg.Contracts.Table(name)
	entered, ok := j.loadOf(name)
	if ok {
		j.File = entered.File
		j.delivered()
	}
	detail := "a duplicate: its key was loaded already"
	if table != nil && table.Key != "" {
		detail = fmt.Sprintf("a duplicate: %s %s was loaded already", table.Key, cut(key))
		rows, err := j.withKey(ctx, table, key)
		if err != nil {
			return err
		}
		if holder, ok := j.holder(rows); ok {
			detail += ", from " + holder
		}
	}
	j.dropped(entered.At, detail)
	return nil
}

// holder is the row the event is a duplicate of: the newest that arrived no later than it.
func (j *journey) holder(rows []Row) (string, bool) {
	for i, row := range rows {
		number, err := event.ParseSequenceNumber(row.get(contract.SequenceColumn))
		if err != nil {
			continue
		}
		arrived := parseTime(row.get(contract.ArrivedColumn))
		if j.record != nil && arrived.After(j.record.ArrivedAt()) && i < len(rows)-1 {
			continue
		}
		return fmt.Sprintf("%s:%d, which arrived at %s", row.get(contract.ShardColumn), number.Sequence, arrived.Format(time.RFC3339Nano)), true
	}
	return "", false
}
