package snowflake

import (
	"context"
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// Event is the marked event that setup sends through the whole path when it has changed something.
type Event struct {
	// Stream takes it. Table and Column, in the contract's words, are where its ID comes to lie. Required.
	Stream, Table, Column, ID string
	// Patience is how long all its hops may take together. Default 6m: Firehose's minute, and five more.
	Patience time.Duration
	// Pause is between two looks, and so how exact the hops are. Default 1s.
	Pause time.Duration
}

// Path is the event's way up to the lake.
type Path interface {
	// Send is kinesis:PutRecords. It returns when the stream has taken the event.
	Send(ctx context.Context) error
	// List is s3:ListObjectsV2: it keeps which files of the table and of the quarantine have come since the first call.
	List(ctx context.Context) error
	// Read is s3:GetObject for those: file is the one that holds the event, empty if none does yet; refused says that
	// it is one of the quarantine.
	Read(ctx context.Context) (file string, refused bool, err error)
}

func (e Event) withDefaults() Event {
	if e.Patience == 0 {
		e.Patience = 6 * time.Minute
	}
	if e.Pause == 0 {
		e.Pause = time.Second
	}
	return e
}

// journey is how far the event has come.
type journey struct {
	deadline time.Time
	sent     bool
	file     string
	refused  bool
}

// eventTasks send it and wait for it, hop by hop. A dry run shows them, as no one knows what setup will have to change.
func (r *Run) eventTasks() []task {
	if r.cfg.Event == nil || !r.dry() && (r.deps.Path == nil || !r.changed) {
		return nil
	}
	e := r.cfg.Event.withDefaults()
	hops := []task{r.sent(e), r.filed(e), r.loaded(e), r.shown(e)}
	for i := range hops {
		hops[i].step, hops[i].seen, hops[i].pause = 7, true, e.Pause
	}
	return hops
}

// sent puts the event into the stream. The warehouse that will be asked for it is chosen, and the lake listed, before.
func (r *Run) sent(e Event) task {
	n := r.cfg.Names
	return task{
		title: "marked event: sent -> accepted by stream " + e.Stream, check: one(),
		so: func(r *Run) (bool, error) { return r.journey.sent, nil },
		do: one(
			sql(n.Loader, "USE WAREHOUSE "+n.Warehouse.String()),
			r.listFiles(e),
			put("kinesis:PutRecords", e.Stream+" one order with the order_id "+r.eventID(e), func(ctx context.Context) error {
				err := r.deps.Path.Send(ctx)
				r.journey.sent, r.journey.deadline = err == nil, time.Now().Add(e.Patience)
				return err
			}),
		),
	}
}

func (r *Run) listFiles(e Event) Call {
	l := r.cfg.Lake
	return request("s3:ListObjectsV2", fmt.Sprintf("%s below %s%s/ and %[2]squarantine/", l.Bucket, l.Prefix, e.Table), func(ctx context.Context) error {
		return r.deps.Path.List(ctx)
	})
}

// filed waits for a file of the lake that holds the event.
func (r *Run) filed(e Event) task {
	l := r.cfg.Lake
	return task{
		title: "marked event: accepted -> in a file of the lake", waits: true,
		check: one(r.listFiles(e), request("s3:GetObject", l.Bucket+" what has come since", func(ctx context.Context) (err error) {
			r.journey.file, r.journey.refused, err = r.deps.Path.Read(ctx)
			return
		})),
		so: func(r *Run) (bool, error) {
			if r.journey.refused {
				return false, &event.Error{Code: "event_quarantined", Message: fmt.Sprintf("the function's contracts refused the marked event: it is in %s", r.journey.file),
					Hint: "all is set up, but the function has other contracts than this folder: `penstock aws deploy` brings them up, `penstock verify 1 --outputs FILE` tries again"}
			}
			return r.journey.file != "", nil
		},
		late: func(r *Run) error {
			return &event.Error{Code: "event_late", Message: fmt.Sprintf("the stream %s took the marked event, but after %s no file of the lake holds it", e.Stream, e.Patience),
				Hint: "all is set up. `penstock aws status` says which part of the deployed pipeline is at fault; `penstock verify 1 --outputs FILE` tries again"}
		},
	}
}

// loaded waits for a row in the table that a pipe loads.
func (r *Run) loaded(e Event) task {
	return task{
		title: "marked event: in a file -> a row in Snowflake", waits: true,
		check: one(r.eventRows(e, r.cfg.Names.raw(column(e.Table)))),
		so:    func(r *Run) (bool, error) { return r.onlyCell() != "0", nil },
		late: func(r *Run) error {
			return &event.Error{Code: "event_late", Message: fmt.Sprintf("the marked event is in the lake, in %s, but after %s it is no row of %s", r.journey.file, e.Patience, r.cfg.Names.raw(column(e.Table))),
				Hint: "all is set up. `penstock snowflake doctor` says which link between the bucket and the table is broken; `penstock snowflake status` shows files that Snowflake refused"}
		},
	}
}

// shown looks whether the view has the row, once.
func (r *Run) shown(e Event) task {
	view := r.cfg.Names.view(column(e.Table))
	return task{
		title: "marked event: once in view " + string(column(e.Table)), check: one(r.eventRows(e, view)),
		so: func(r *Run) (bool, error) {
			if n := r.onlyCell(); n != "1" {
				return false, &event.Error{Code: "event_not_shown", Message: fmt.Sprintf("the marked event is a row of the table, but the view %s shows %s of it", view, n),
					Hint: "run `penstock snowflake setup` again: it makes the view again where it differs"}
			}
			return true, nil
		},
	}
}

// eventRows counts the event's rows. The hours bound what is read: the two clocks differ by less.
func (r *Run) eventRows(e Event, table string) Call {
	return sql(r.cfg.Names.Loader, fmt.Sprintf(`SELECT COUNT(*) AS N FROM %s WHERE CAST(%s AS VARCHAR) = %s AND "_ARRIVED_AT" >= DATEADD(HOUR, -2, CURRENT_TIMESTAMP())`,
		table, column(e.Column), Literal(r.eventID(e))))
}

// eventID is known only when it is sent.
func (r *Run) eventID(e Event) string {
	if r.dry() {
		return "<order_id>"
	}
	return e.ID
}
