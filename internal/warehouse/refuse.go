package warehouse

import (
	"context"

	"github.com/penstock/penstock/internal/catalog"
	"github.com/penstock/penstock/internal/event"
)

// verdicts are what is known, by file name, of files that cannot be loaded as they are.
type verdicts map[string]Refusal

// apply makes a file be loaded as its verdict says.
func (v verdicts) apply(file *FileLoad) {
	if known, ok := v[file.Name]; ok {
		file.Status, file.Detail, file.Refused = known.Status, known.Detail, known.Rows
	}
}

// giveUp condemns all files of a commit.
func (v verdicts) giveUp(c catalog.Commit, err error) {
	for _, f := range c.Files {
		v[f.Name] = Refusal{Name: f.Name, Status: StatusDamaged, Detail: err.Error()}
	}
}

// note adds what the target has found out, with the refused rows' events from the log.
func (l *Loader) note(ctx context.Context, commits []catalog.Commit, refusals []Refusal, known verdicts) {
	shards := map[string]int{}
	for _, c := range commits {
		for _, f := range c.Files {
			shards[f.Name] = c.Shard
		}
	}
	for _, r := range refusals {
		if len(r.Rows) > 0 {
			l.fetchRaw(ctx, shards[r.Name], r.Rows)
			l.cfg.Logger.Warn("the warehouse refuses rows; they go to the quarantine", "file", r.Name, "rows", len(r.Rows), "first", r.Rows[0].Detail)
		} else {
			l.cfg.Logger.Error("a file cannot be loaded as it was committed", "file", r.Name, "status", r.Status, "detail", r.Detail)
		}
		known[r.Name] = r
	}
}

// fetchRaw fills in the events of refused rows, as far as the log still has them.
func (l *Loader) fetchRaw(ctx context.Context, shard int, rows []RefusedRow) {
	if l.deps.Raw == nil {
		return
	}
	bySequence := map[uint64]*RefusedRow{}
	var wanted []uint64
	for i := range rows {
		n, err := event.ParseSequenceNumber(rows[i].Sequence)
		if err != nil {
			continue // the row itself is kept in the event's place
		}
		bySequence[n.Sequence] = &rows[i]
		wanted = append(wanted, n.Sequence)
	}
	records, err := l.deps.Raw.Raw(ctx, shard, wanted)
	if err != nil {
		l.cfg.Logger.Warn("the events of refused rows cannot be read from the log; the rows are kept instead", "error", err)
		return
	}
	for _, record := range records {
		if row := bySequence[record.Sequence]; row != nil {
			row.Raw, row.PartitionKey = record.Data, record.PartitionKey
		}
	}
}
