package main

import (
	"context"
	"errors"
	"time"

	"github.com/aws/smithy-go"
	"github.com/spf13/pflag"

	"github.com/penstock/penstock/internal/cloud"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/snowflake"
	"github.com/penstock/penstock/internal/verify"
)

// setupEvent is the marked order that setup sends at its end.
type setupEvent struct {
	none    bool
	timeout time.Duration

	place verify.Place
	mark  verify.Mark
	// without says why none is sent.
	without string
}

func (e *setupEvent) register(f *pflag.FlagSet) {
	f.BoolVar(&e.none, "no-event", false, "send no marked order through the whole path at the end")
	f.DurationVar(&e.timeout, "event-timeout", 0, "how long to wait for the marked order (default: Firehose's buffer interval and five minutes)")
}

// prepare puts the event into the configuration, if one can be sent. That it cannot fails no setup.
func (e *setupEvent) prepare(of subject, cfg *snowflake.Config) {
	place, err := verify.Fit(of.file.Contracts)
	switch {
	case e.none:
		return
	case cfg.External && !cfg.Pipes:
		e.without = "No marked order was sent: external tables show a file when they are refreshed, which setup does not wait for. `penstock verify 1 --outputs " + outputsFile + " --external-tables` sends one."
		return
	case err != nil:
		e.without = "No marked order was sent: " + err.Error()
		return
	}
	e.place, e.mark = place, verify.NewMark()
	cfg.Event = &snowflake.Event{Stream: of.outputs.Stream, Table: place.Table, Column: place.Column, ID: e.mark.OrderID(0), Patience: e.timeout}
	if e.timeout <= 0 {
		cfg.Event.Patience = of.file.AWS.Buffer.Interval + behindBuffer
	}
}

// told is what is to be said at the end, with the line's end.
func (e *setupEvent) told(changed bool) string {
	switch {
	case e.without != "":
		return e.without + "\n"
	case !changed && !e.none:
		return "No marked order was sent either; `penstock verify 1 --outputs " + outputsFile + "` sends one through the whole path.\n"
	}
	return ""
}

// path carries it.
func (e *setupEvent) path(ctx context.Context, o snowflakeOptions, of subject) (snowflake.Path, error) {
	to, finder, err := o.ways(ctx, of, e.place)
	if err != nil {
		return nil, err
	}
	return &markedPath{target: to, finder: finder, mark: e.mark}, nil
}

// markedPath is snowflake.Path.
type markedPath struct {
	target target
	finder *cloud.Finder
	mark   verify.Mark
	listed []cloud.Object
}

// sendPatience is how long a stream that says later is asked again.
const sendPatience = 30 * time.Second

func (p *markedPath) Send(ctx context.Context) error {
	err := p.mark.Send(ctx, p.target.stream, p.target.client, sendPatience)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return &event.Error{Code: "event_not_sent", Message: "the marked order could not be sent to stream " + p.target.stream, Err: err,
		Hint: "all is set up. The AWS credentials need kinesis:PutRecords on the stream; `penstock aws status` says how it is, --no-event leaves the order out"}
}

func (p *markedPath) List(ctx context.Context) (err error) {
	p.listed, err = p.finder.List(ctx)
	return lakeUnread(ctx, err)
}

// Read goes on behind a damaged object, which is somebody else's: the one sought will not come otherwise.
func (p *markedPath) Read(ctx context.Context) (file string, refused bool, err error) {
	for _, o := range p.listed {
		readErr := p.finder.Read(ctx, o, p.mark.OrderID(0), func(string) {
			file, refused = o.Key, o.Table == contract.QuarantineName
		})
		if _, answered := errors.AsType[smithy.APIError](readErr); answered || ctx.Err() != nil {
			return "", false, lakeUnread(ctx, readErr)
		}
	}
	return file, refused, nil
}

func lakeUnread(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	return &event.Error{Code: "lake_unread", Message: "the lake cannot be read to look for the marked order", Err: err,
		Hint: "all else is set up. The AWS credentials need s3:ListBucket and s3:GetObject on the bucket; --no-event leaves the order out"}
}
