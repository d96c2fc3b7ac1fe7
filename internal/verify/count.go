package verify

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// clockSlack is how far the clock that dates arrivals may be behind ours: it only bounds what a query reads.
const clockSlack = time.Hour

func ident(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// where selects a run's rows, in the SQL of every warehouse.
func (r *run) where() string {
	return fmt.Sprintf("%s LIKE '%s%%' AND _arrived_at >= CAST('%s' AS TIMESTAMPTZ)",
		r.markColumn(), r.mark, r.began.Add(-clockSlack).UTC().Format("2006-01-02T15:04:05+00:00"))
}

func (r *run) markColumn() string { return "CAST(" + r.cfg.Tables.Column + " AS VARCHAR)" }

// newest asks which rows are there, by the last of each shard, for a shard is loaded in order; and notes them.
func (r *run) newest(ctx context.Context) (rows int, err error) {
	found, err := r.deps.Warehouse.Select(ctx, fmt.Sprintf("SELECT _shard, max(_sequence), count(*) FROM %s WHERE %s GROUP BY _shard",
		r.cfg.Tables.View, r.where()))
	if err != nil {
		return 0, err
	}
	now, last := time.Now(), map[int]uint64{}
	for _, row := range found {
		if len(row) != 3 || row[0] == nil || row[1] == nil || row[2] == nil {
			return 0, fmt.Errorf("the warehouse's answer cannot be read: %d columns", len(row))
		}
		n, err := strconv.Atoi(*row[2])
		if err != nil {
			return 0, fmt.Errorf("the warehouse's count cannot be read: %w", err)
		}
		var at sighting
		at.place(*row[0], *row[1])
		rows, last[at.shard] = rows+n, at.position
	}
	r.seen.with(func(orders []sighting) {
		for i := range orders {
			if o := &orders[i]; o.queryable.IsZero() && o.position > 0 && last[o.shard] >= o.position {
				o.queryable = now
			}
		}
	})
	return rows, nil
}

// chunk is how many orders one query counts, below the rows that people's queries may return.
const chunk = 10_000

// count counts every order's rows, each by its own order_id.
func (r *run) count(ctx context.Context, report *Report) error {
	times, err := r.times(ctx, r.cfg.Tables.View)
	if err != nil {
		return err
	}
	report.tally(times, r.seen)
	if r.cfg.Tables.Raw != "" {
		loaded, err := r.times(ctx, r.cfg.Tables.Raw)
		if err != nil {
			return err
		}
		report.Raw = rawCount(r.cfg.Tables.Raw, loaded)
	}
	switch {
	case report.Missing == 0:
	case r.deps.Lake != nil:
		r.whereMissing(times, report)
	default:
		report.Quarantined = r.quarantined(ctx)
	}
	return nil
}

// times is how many rows of a table each order has.
func (r *run) times(ctx context.Context, table string) ([]int, error) {
	times := make([]int, r.cfg.Orders)
	for from := 0; from < r.cfg.Orders; from += chunk {
		through := min(from+chunk, r.cfg.Orders) - 1
		found, err := r.deps.Warehouse.Select(ctx, fmt.Sprintf("SELECT %s, count(*) FROM %s WHERE %s AND %s BETWEEN '%s' AND '%s' GROUP BY 1",
			r.markColumn(), table, r.where(), r.markColumn(), r.mark.OrderID(from), r.mark.OrderID(through)))
		if err != nil {
			return nil, &event.Error{Code: "verify_uncounted", Message: "the rows cannot be counted", Err: err,
				Hint: fmt.Sprintf("the orders were sent; count them later: their %s begins with %s", r.cfg.Place.Column, r.mark)}
		}
		for _, row := range found {
			if err := tally(times, r.mark, row); err != nil {
				return nil, err
			}
		}
	}
	return times, nil
}

func tally(times []int, mark Mark, row []*string) error {
	if len(row) != 2 || row[0] == nil || row[1] == nil {
		return fmt.Errorf("the warehouse's answer cannot be read: %d columns", len(row))
	}
	number, ok := mark.number(*row[0])
	n, err := strconv.Atoi(*row[1])
	if !ok || err != nil || number >= len(times) {
		return fmt.Errorf("the warehouse has an order %s that was not sent", *row[0])
	}
	times[number] += n
	return nil
}

// quarantined is how many of the orders are in the quarantine; nil if that cannot be found out.
func (r *run) quarantined(ctx context.Context) *int {
	found, err := r.deps.Warehouse.Select(ctx, fmt.Sprintf("SELECT count(*) FROM %s WHERE partition_key LIKE '%s%%' AND raw LIKE '%%%s%%'",
		r.cfg.Tables.Quarantine, keyPrefix, r.mark))
	if err != nil || len(found) != 1 || len(found[0]) != 1 || found[0][0] == nil {
		return nil
	}
	n, err := strconv.Atoi(*found[0][0])
	if err != nil {
		return nil
	}
	return &n
}
