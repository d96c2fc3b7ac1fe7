package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/penstock/penstock/internal/cloud"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/snowflake"
	"github.com/penstock/penstock/internal/verify"
)

const (
	// deployedPoll is how often S3 and a virtual warehouse are asked; each question costs a little.
	deployedPoll = time.Second
	// externalPoll is for external tables, where each question reads files.
	externalPoll = 15 * time.Second
	// behindBuffer is what verify and setup wait beyond Firehose's buffer interval: Snowpipe's minute, and patience.
	behindBuffer = 5 * time.Minute
)

// checkTarget: flags of a pipeline on AWS go with --outputs, and --data without.
func (o verifyOptions) checkTarget(flags *pflag.FlagSet) error {
	if o.snowflake.outputs != "" {
		if o.data != "" {
			return errors.New("--data names a pipeline on this machine, and --outputs one on AWS; leave one out")
		}
		return nil
	}
	var stray error
	own := map[string]bool{"data": true, "timeout": true, "json": true}
	flags.Visit(func(f *pflag.Flag) {
		if !own[f.Name] && f.Value.String() != f.DefValue {
			stray = fmt.Errorf("--%s is about a pipeline on AWS; name its file with --outputs", f.Name)
		}
	})
	return stray
}

// deployed is a pipeline on AWS with Snowflake behind it.
func (o verifyOptions) deployed(ctx context.Context) (verify.Config, verify.Deps, func(), error) {
	fail := func(err error) (verify.Config, verify.Deps, func(), error) {
		return verify.Config{}, verify.Deps{}, nil, err
	}
	of, err := o.snowflake.subject()
	if err != nil {
		return fail(err)
	}
	place, err := verify.Fit(of.file.Contracts)
	if err != nil {
		return fail(err)
	}
	to, lake, err := o.snowflake.ways(ctx, of, place)
	if err != nil {
		return fail(err)
	}
	deps, s, err := o.snowflake.connect(ctx, of.cfg)
	if err != nil {
		return fail(err)
	}
	end := func() { _ = s.Close() } // the session ends with the process at the latest
	external := of.cfg.External && !of.cfg.Pipes
	asked := of.cfg.Names.Asking(place.Table, place.Column, external)
	for _, statement := range asked.Statements {
		if _, err := s.Query(ctx, statement); err != nil {
			end()
			return fail(notSetUp(err))
		}
	}
	cfg := verify.Config{
		Stream: to.stream, Place: verify.Place{Table: asked.View, Column: place.Column},
		Poll: deployedPoll, Timeout: of.file.AWS.Buffer.Interval + behindBuffer,
		Tables: verify.Tables{View: asked.View, Column: asked.Column, Quarantine: asked.Quarantine, Raw: asked.Raw},
	}
	known := verify.Deps{Client: to.client, Warehouse: s, Lake: lake}
	if external {
		cfg.Poll = externalPoll
	} else {
		known.Refusals = refusals{run: snowflake.New(of.cfg, deps), table: place.Table, tables: of.cfg.Tables, began: time.Now()}
	}
	return cfg, known, end, nil
}

// refusals are the files that Snowflake did not load whole since a run began.
type refusals struct {
	run    *snowflake.Run
	table  string
	tables []*contract.Table
	began  time.Time
}

// clockSlack is how far Snowflake's clock may be ahead of ours.
const clockSlack = time.Hour

// Refused are such files, by key.
func (r refusals) Refused(ctx context.Context) (map[string]verify.Refusal, error) {
	all := map[string]verify.Refusal{}
	for _, t := range r.tables {
		if t.Name != r.table {
			continue
		}
		files, _, err := r.run.Refused(ctx, t, time.Since(r.began)+clockSlack)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			all[f.Key] = verify.Refusal{Error: f.Error, Line: f.Line}
		}
	}
	return all, nil
}

// ways are where events of a deployed pipeline are sent to, and its lake.
func (o *snowflakeOptions) ways(ctx context.Context, of subject, place verify.Place) (target, *cloud.Finder, error) {
	to, err := targetOptions{outputs: o.outputs, stack: o.stack, region: of.outputs.Region, profile: o.profile}.resolve(ctx)
	if err != nil {
		return target{}, nil, err
	}
	cfg, err := reachable(ctx, of.outputs.Region, o.profile)
	if err != nil {
		return target{}, nil, err
	}
	return to, cloud.New(of.outputs, cfg).Finder([]string{place.Table, contract.QuarantineName}, time.Now()), nil
}

// notSetUp says which command makes what is missing.
func notSetUp(err error) error {
	fault, ok := errors.AsType[*event.Error](err)
	if !ok || fault.Code != snowflake.CodeNotThere && fault.Code != snowflake.CodeNoPrivilege {
		return err
	}
	return &event.Error{Code: fault.Code, Message: "Snowflake is not set up for this pipeline, or not for this user", Err: err,
		Hint: "run `penstock snowflake setup` as an administrator, with the same --prefix, --name and --database"}
}
