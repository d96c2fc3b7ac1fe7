package live

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/penstock/penstock/internal/chart"
)

// view is one chart in one state, and who looks at it. The hub's mutex guards its fields below chart
// and state.
type view struct {
	key   string
	chart *chart.Chart
	state chart.State
	// interval is how often the chart is computed; 0: whenever something was loaded.
	interval time.Duration

	watchers map[*watcher]struct{}
	// waiting is how many wait for one result.
	waiting int
	// lookedAt is when the last of them left.
	lookedAt time.Time

	running bool
	// stale is since when the result is known to be out of date; zero when it is not.
	stale time.Time
	// notBefore is the earliest time of the next computation, movesAt when the result is out of date
	// although nothing was loaded; zero: never.
	notBefore, movesAt time.Time

	// good is the last result with data, failed the last one if it was an error.
	good, failed json.RawMessage
	failure      error
	failures     int
	// sum is the hash of good's rows, sentAt when they were last sent.
	sum    [sha256.Size]byte
	sentAt time.Time
	// began is when the computation of the last result began.
	began time.Time
	// done is closed, and made again, at the end of each computation.
	done chan struct{}
}

// watcher is somebody who looks at a dashboard.
type watcher struct {
	// send hands an event over. It never blocks; a later event may take the place of one with the same key.
	send func(event, key string, data []byte)
}

// wanted reports whether anybody looks.
func (v *view) wanted() bool { return len(v.watchers) > 0 || v.waiting > 0 }

// due is when the view has to be computed; ok is false if not until something happens.
func (v *view) due() (at time.Time, ok bool) {
	switch {
	case !v.wanted() || v.running:
		return time.Time{}, false
	case !v.stale.IsZero():
		return later(v.stale, v.notBefore), true
	case !v.movesAt.IsZero():
		return later(v.movesAt, v.notBefore), true
	}
	return time.Time{}, false
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// compute runs the chart's queries. The result is good as far as err is nil.
func (h *Hub) compute(ctx context.Context, v *view, fresh Fresh) (chart.Result, error) {
	began := h.cfg.Now().Truncate(time.Millisecond)
	var span chart.Span
	if v.chart.NeedsSpan(v.state) {
		answer, err := h.query(ctx, v.chart.SpanQuery())
		if err != nil {
			return v.chart.NewResult(chart.Window{}), err
		}
		span = spanOf(answer)
	}
	w := v.chart.Window(v.state, began, span)
	result := v.chart.NewResult(w)
	result.Quarantined = fresh.Quarantined
	if !fresh.CompleteTo.IsZero() {
		result.CompleteTo = &fresh.CompleteTo
	}
	sql, previous := v.chart.Queries(v.state, w)
	answer, err := h.query(ctx, sql)
	if err != nil {
		return result, err
	}
	result.Rows, result.Truncated = answer.Rows, answer.Truncated
	if previous != "" {
		before, err := h.query(ctx, previous)
		if err != nil {
			return result, err
		}
		result.Previous = &before.Rows
		result.Truncated = result.Truncated || before.Truncated
	}
	result.TookMS = max(h.cfg.Now().Sub(began).Milliseconds(), 0)
	return result, nil
}

func (h *Hub) query(ctx context.Context, sql string) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.Timeout)
	defer cancel()
	return h.warehouse.Query(ctx, sql, Limits{Timeout: h.cfg.Timeout, Rows: h.cfg.Rows, Bytes: h.cfg.Bytes})
}

// spanOf reads the answer to a span query; a table without rows has none.
func spanOf(a Answer) (s chart.Span) {
	if len(a.Rows.Rows) != 1 || len(a.Rows.Rows[0]) != 2 {
		return s
	}
	read := func(cell *string) time.Time {
		if cell == nil {
			return time.Time{}
		}
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999", time.DateOnly} {
			if t, err := time.Parse(layout, *cell); err == nil {
				return t
			}
		}
		return time.Time{}
	}
	return chart.Span{First: read(a.Rows.Rows[0][0]), Last: read(a.Rows.Rows[0][1])}
}

// sumOf tells results with the same rows.
func sumOf(r chart.Result) ([sha256.Size]byte, error) {
	text, err := json.Marshal(struct {
		Rows      chart.Rows
		Previous  *chart.Rows
		Truncated bool
		Bucket    chart.Bucket
	}{r.Rows, r.Previous, r.Truncated, r.Bucket})
	return sha256.Sum256(text), err
}
