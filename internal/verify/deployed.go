package verify

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
)

// deployed is what a run knows of a pipeline that it can only see from outside.
type deployed struct {
	// looked: the lake has answered at least once since the orders were sent.
	looked bool
	// slices are how many rows each slice of the run had when its orders were last read.
	slices map[string]int
	// refusals are the files that the warehouse did not load whole, as it said when it was asked last.
	refusals map[string]Refusal
	asked    time.Time
}

// ready asks a deployed pipeline's lake and warehouse once before anything is sent: what cannot be read at all would
// be waited for in vain, and what is in the lake already need not be read.
func (r *run) ready(ctx context.Context) error {
	if r.deps.Lake == nil {
		return nil
	}
	r.there.slices = map[string]int{}
	if err := r.findRows(ctx); err != nil {
		return unready("the warehouse", err)
	}
	if err := r.deps.Lake.Find(ctx, r.mark.String(), func(string, string, string) {}); err != nil {
		return unready("the lake", err)
	}
	return nil
}

func unready(what string, err error) error {
	told := &event.Error{Code: "verify_blind", Message: what + " cannot be read, so nothing was sent", Err: err,
		Hint: "`penstock snowflake doctor` and `penstock aws status` say what is broken"}
	if fault, ok := errors.AsType[*event.Error](err); ok && fault.Hint != "" {
		told.Hint = fault.Hint
	}
	return told
}

// lookThere looks for each order in the lake and in the warehouse. It is over when each accepted one is a row, or is in
// a file of the quarantine, or refused by the warehouse, and will be none.
func (r *run) lookThere(ctx context.Context) (over bool, err error) {
	lakeErr := r.findFiles(ctx)
	asked, refusedErr := r.askRefused(ctx)
	rowsErr := r.findRows(ctx)
	if asked && rowsErr == nil {
		r.giveUpRefused()
	}
	return r.number(func(o sighting) bool { return o.open() }) == 0, errors.Join(lakeErr, refusedErr, rowsErr)
}

// findFiles notes which orders are in files of the lake.
func (r *run) findFiles(ctx context.Context) error {
	err := r.deps.Lake.Find(ctx, r.mark.String(), func(table, key, id string) {
		r.note(id, func(o *sighting, now time.Time) {
			if o.delivered.IsZero() {
				o.delivered, o.file = now, key
			}
			o.twice = o.twice || o.file != key
			o.refused = o.refused || table == contract.QuarantineName
		})
	})
	r.there.looked = r.there.looked || err == nil
	return err
}

// sliceDigits: one query reads the orders whose order_id is the same but for its last three digits, at most 4,096.
const sliceDigits = 3

// findRows notes which orders are rows. It reads only slices of the run that have got rows since the call before.
func (r *run) findRows(ctx context.Context) error {
	table := r.cfg.Tables.Raw
	if table == "" {
		table = r.cfg.Tables.View
	}
	begins := fmt.Sprintf("LEFT(%s, %d)", r.markColumn(), len(r.mark.OrderID(0))-sliceDigits)
	slices, err := r.counts(ctx, fmt.Sprintf("SELECT %s, count(*) FROM %s WHERE %s GROUP BY 1", begins, table, r.where()))
	if err != nil {
		return err
	}
	for slice, rows := range slices {
		if _, ours := r.mark.number(slice + strings.Repeat("0", sliceDigits)); !ours || r.there.slices[slice] == rows {
			continue // not ours: somebody's order_id that begins alike and goes on as it likes
		}
		ids, err := r.counts(ctx, fmt.Sprintf("SELECT %s, count(*) FROM %s WHERE %s AND %s = '%s' GROUP BY 1", r.markColumn(), table, r.where(), begins, slice))
		if err != nil {
			return err
		}
		for id := range ids {
			r.note(id, func(o *sighting, now time.Time) {
				if o.queryable.IsZero() {
					o.queryable = now
				}
			})
		}
		r.there.slices[slice] = rows
	}
	return nil
}

// counts reads rows of a text and a number.
func (r *run) counts(ctx context.Context, sql string) (map[string]int, error) {
	found, err := r.deps.Warehouse.Select(ctx, sql)
	if err != nil {
		return nil, err
	}
	all := make(map[string]int, len(found))
	for _, row := range found {
		if len(row) != 2 || row[0] == nil || row[1] == nil {
			return nil, fmt.Errorf("the warehouse's answer cannot be read: %d columns", len(row))
		}
		n, err := strconv.Atoi(*row[1])
		if err != nil {
			return nil, fmt.Errorf("the warehouse's count cannot be read: %w", err)
		}
		all[*row[0]] = n
	}
	return all, nil
}

// note calls fn for the order with this order_id, if it is one of the run.
func (r *run) note(id string, fn func(o *sighting, now time.Time)) {
	now := time.Now()
	r.seen.with(func(orders []sighting) {
		if n, ok := r.mark.number(id); ok && n < len(orders) {
			fn(&orders[n], now)
		}
	})
}

// whereMissing says of the missing orders how far they came.
func (r *run) whereMissing(times []int, report *Report) {
	if !r.there.looked {
		return
	}
	refused, absent := 0, 0
	r.seen.with(func(orders []sighting) {
		for number, o := range orders {
			if o.accepted.IsZero() || times[number] > 0 {
				continue
			}
			refused += one(o.refused)
			absent += one(o.delivered.IsZero())
		}
	})
	report.Quarantined, report.NotInLake, report.Refused = &refused, &absent, r.refusedOf(times)
}

func rawCount(table string, times []int) *RawCount {
	c := &RawCount{Table: table}
	for _, n := range times {
		c.Rows += n
		c.Duplicates += max(n-1, 0)
	}
	return c
}
