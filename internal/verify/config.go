package verify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/produce"
)

// Config says what a run sends and how long it waits.
type Config struct {
	// Orders is how many are sent, 1 to MaxOrders. Required.
	Orders int
	// Stream they are sent to, and Place where they come to lie. Required.
	Stream string
	Place  Place
	// Tables is what the place is called in the warehouse's SQL. Default: Place's own names, quoted.
	Tables Tables
	// Timeout ends the run. Default 5 minutes: Firehose's minute, Snowpipe's minute, and patience.
	Timeout time.Duration
	// Poll is how often the pipeline and the warehouse are asked, and so how exact the hops behind the
	// stream are. Default 50ms; a warehouse that costs money is asked each second.
	Poll time.Duration
	// Progress, if set, is told how far the run is, at each poll.
	Progress func(Progress)
}

// Progress is how far a run is.
type Progress struct {
	Orders, Accepted, Delivered, Queryable int
	// Waiting says what the sending waits for, or the reading; empty if nothing.
	Waiting string
}

// Positions are how far one shard is: the last record committed to the lake, and the last one loaded.
type Positions struct{ Committed, Loaded uint64 }

// Deps are what a run works with.
type Deps struct {
	// Client sends; it must not try again by itself.
	Client produce.Client
	// Warehouse answers queries.
	Warehouse Warehouse
	// Steps may be nil, where a pipeline does not tell how far it is.
	Steps Steps
	// Lake is set for a deployed pipeline: files and rows come in any order there, so each order is looked for.
	Lake Lake
	// Refusals may be nil. With it, a run does not wait for orders that the warehouse has refused.
	Refusals Refusals
}

// Tables are a place's names in SQL, quoted where they need it.
type Tables struct {
	// View is what people query, Column the one with the order_id, Quarantine where refused events are.
	View, Column, Quarantine string
	// Raw is the table that is loaded, if another than View: a delivery stream may deliver a record twice, and View
	// shows it once.
	Raw string
}

// Lake finds orders in the files of a lake.
type Lake interface {
	// Find reads the files that have come since the call before, and tells each UUID in them that begins so, of
	// which table the file is, and its key. What was there at the first call is not new. An error may pass; the next call reads
	// what this one could not.
	Find(ctx context.Context, beginning string, found func(table, key, id string)) error
}

// Warehouse answers SQL.
type Warehouse interface {
	// Select runs one SELECT and returns all its rows; NULL is nil. An error may pass.
	Select(ctx context.Context, sql string) ([][]*string, error)
}

// Steps tells how far the pipeline is.
type Steps interface {
	// Positions are those of each shard. An error may pass.
	Positions(ctx context.Context) (map[int]Positions, error)
}

func (c Config) withDefaults() Config {
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Minute
	}
	if c.Poll == 0 {
		c.Poll = 50 * time.Millisecond
	}
	if c.Tables == (Tables{}) {
		c.Tables = Tables{View: ident(c.Place.Table), Column: ident(c.Place.Column), Quarantine: ident(contract.QuarantineName)}
	}
	if c.Progress == nil {
		c.Progress = func(Progress) {}
	}
	return c
}

// Validate reports every fault of the configuration.
func (c Config) Validate() error {
	c = c.withDefaults()
	var faults []error
	if c.Orders < 1 || c.Orders > MaxOrders {
		faults = append(faults, fmt.Errorf("%d orders; allowed are 1 to %d", c.Orders, MaxOrders))
	}
	if c.Stream == "" || c.Place.Table == "" || c.Place.Column == "" {
		faults = append(faults, errors.New("no stream is named, or no table"))
	}
	if c.Timeout < 0 || c.Poll < 0 {
		faults = append(faults, errors.New("times must be positive"))
	}
	return errors.Join(faults...)
}
