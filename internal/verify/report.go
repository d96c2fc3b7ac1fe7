package verify

import (
	"math"
	"slices"
	"time"

	"github.com/penstock/penstock/internal/produce"
)

// Report is what a run came to.
type Report struct {
	Stream string `json:"stream"`
	Table  string `json:"table"`
	// QuarantineTable is where refused orders are, in SQL.
	QuarantineTable string `json:"-"`
	// Mark is the beginning of every order_id of the run.
	Mark string `json:"mark"`
	// Orders is how many were to be sent, Accepted how many the stream took.
	Orders   int   `json:"orders"`
	Accepted int   `json:"accepted"`
	Retried  int64 `json:"retried"`
	// Rows are the run's rows in the table; Duplicates those beyond the first of an order; Missing the accepted
	// orders without a row.
	Rows       int `json:"rows"`
	Duplicates int `json:"duplicates"`
	Missing    int `json:"missing"`
	// Quarantined says how many of the missing are in the quarantine, if that was asked and answered.
	Quarantined *int `json:"quarantined,omitempty"`
	// NotInLake says how many of the missing no file of the lake held, if the lake was looked into.
	NotInLake *int `json:"not_in_lake,omitempty"`
	// Refused says which of the missing the warehouse refused, if it was asked and there are any.
	Refused *Refused `json:"refused,omitempty"`
	// Raw is the table behind the one above, where that shows once what was delivered twice.
	Raw *RawCount `json:"raw,omitempty"`
	// TimedOut: the run's time was over before every order was a row.
	TimedOut bool    `json:"timed_out"`
	Seconds  float64 `json:"seconds"`
	Hops     Hops    `json:"hops"`
	// Problems are the words of the first different failures while sending, and of the last one while waiting in vain.
	Problems []string `json:"problems,omitempty"`
}

// RawCount is what a table holds that is loaded at least once.
type RawCount struct {
	Table string `json:"table"`
	// Rows are the run's, Duplicates those beyond the first of an order.
	Rows       int `json:"rows"`
	Duplicates int `json:"duplicates"`
}

// Hops are the parts of an order's way. A part that cannot be seen from outside is nil.
type Hops struct {
	// Accepted: from the call that sends the order to the answer that it is durable.
	Accepted *Hop `json:"accepted"`
	// Delivered: from there until its file is committed to the lake.
	Delivered *Hop `json:"delivered"`
	// Queryable: from there until a query finds its row; without Delivered, from the answer on.
	Queryable *Hop `json:"queryable"`
	// Whole is all of them.
	Whole *Hop `json:"whole"`
}

// Hop has the times of one part of the way, in milliseconds.
type Hop struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
}

// OK reports whether every order was accepted and is there once.
func (r Report) OK() bool {
	return r.Accepted == r.Orders && r.Missing == 0 && r.Duplicates == 0 && r.Rows == r.Orders
}

func (r *run) report(sent produce.Summary) Report {
	report := Report{
		Stream: r.cfg.Stream, Table: r.cfg.Place.Table, QuarantineTable: r.cfg.Tables.Quarantine, Mark: r.mark.String(), Orders: r.cfg.Orders,
		Retried: sent.Retried, Problems: sent.Problems, Seconds: math.Round(time.Since(r.began).Seconds()*1000) / 1000,
	}
	r.seen.with(func(orders []sighting) { report.Hops = hops(orders) })
	return report
}

// tally counts what is missing and doubled, given how many rows each order has.
func (r *Report) tally(times []int, seen *sightings) {
	seen.with(func(orders []sighting) {
		for number, n := range times {
			accepted := !orders[number].accepted.IsZero()
			r.Accepted += one(accepted)
			r.Rows += n
			r.Duplicates += max(n-1, 0)
			r.Missing += one(accepted && n == 0)
		}
	})
}

func hops(orders []sighting) Hops {
	var accepted, delivered, queryable, whole []time.Duration
	for _, o := range orders {
		if o.accepted.IsZero() {
			continue
		}
		accepted = append(accepted, o.accepted.Sub(o.sent))
		from := o.accepted
		if !o.delivered.IsZero() {
			// An order may be in the lake before its answer has come back.
			from = later(from, o.delivered)
			delivered = append(delivered, from.Sub(o.accepted))
		}
		if !o.queryable.IsZero() {
			queryable = append(queryable, later(from, o.queryable).Sub(from))
			whole = append(whole, o.queryable.Sub(o.sent))
		}
	}
	return Hops{hop(accepted), hop(delivered), hop(queryable), hop(whole)}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// hop is the median and the 99th percentile, by the nearest rank.
func hop(took []time.Duration) *Hop {
	if len(took) == 0 {
		return nil
	}
	slices.Sort(took)
	rank := func(q float64) float64 {
		i := int(math.Ceil(q*float64(len(took)))) - 1
		return math.Round(took[max(i, 0)].Seconds()*1e5) / 100
	}
	return &Hop{P50: rank(0.5), P99: rank(0.99)}
}
