package snowflake

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/warehouse"
)

const (
	// maxListed is how many sequence numbers one statement lists: Snowflake takes statements of up to 1 MB.
	maxListed = 10_000
	// maxBoundRows and maxBoundBytes bound the rows that one INSERT brings beside its text.
	maxBoundRows, maxBoundBytes = 200, 4 << 20
)

// leaveOut takes the rows that the table refuses out of the incoming one, and sees to it that all others are there.
func (t *transaction) leaveOut(ctx context.Context, g *group) error {
	rec := &g.records[0]
	sequences := make([]string, len(rec.Refused))
	for i, r := range rec.Refused {
		sequences[i] = r.Sequence
	}
	for some := range slices.Chunk(sequences, maxListed) {
		n, err := t.exec(ctx, fmt.Sprintf(`DELETE FROM %s WHERE "_SEQUENCE" IN (%s)`, g.incoming(), literals(some)))
		if err != nil {
			return err
		}
		rec.rows -= n
	}
	if want := rec.Rows - int64(len(rec.Refused)); rec.rows != want {
		return &fileError{rec.Name, fmt.Errorf("%d rows arrived of %d, without %d refused ones", rec.rows, want, len(rec.Refused))}
	}
	return nil
}

// quarantineRefused puts the events of refused rows into the quarantine, in the transaction of the others.
func (t *transaction) quarantineRefused(ctx context.Context, g *group) error {
	rec := &g.records[0]
	table := contract.QuarantineTable()
	into := fmt.Sprintf("INSERT INTO %s (%s) VALUES ", ident(table.Name), idents(withMetadata(table.Columns)))
	var rows []string
	var values []any
	size := 0
	send := func() error {
		if len(rows) == 0 {
			return nil
		}
		_, err := t.tx.ExecContext(ctx, into+strings.Join(rows, ", "), values...)
		rows, values, size = nil, nil, 0
		return err
	}
	for _, r := range rec.Refused {
		row, bound := quarantineRow(rec, r)
		rows, values, size = append(rows, row), append(values, bound...), size+len(r.Raw)+len(r.Row)
		if len(rows) >= maxBoundRows || size >= maxBoundBytes {
			if err := send(); err != nil {
				return err
			}
		}
	}
	if err := send(); err != nil {
		return err
	}
	rec.refused = int64(len(rec.Refused))
	t.shardResult(rec.shard).Quarantined[event.ReasonRefused] += rec.refused
	return nil
}

// quarantineRow is a row of VALUES, and what is bound to its question marks: an event may be longer than a statement.
func quarantineRow(rec *record, r warehouse.RefusedRow) (row string, bound []any) {
	raw := r.Raw
	if raw == nil {
		raw = []byte(r.Row)
	}
	values := (&contract.QuarantineRow{}).Fill(raw, r.PartitionKey, contract.Outcome{
		Verdict: contract.Quarantined, Reason: event.ReasonRefused, Field: r.Field, Detail: r.Detail, Contract: rec.Table,
	}, r.Version)
	cells := []string{literal(rec.source.ID()), literal(r.Sequence), instant(r.Arrived)}
	for _, v := range values {
		if v.Null {
			cells = append(cells, "NULL")
			continue
		}
		cells, bound = append(cells, "?"), append(bound, string(v.Bytes))
	}
	return "(" + strings.Join(cells, ", ") + ")", bound
}
