package snowflake

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"
)

// Finding is one link of the chain from the bucket to a row, and whether it holds.
type Finding struct {
	Link string `json:"link"`
	OK   bool   `json:"ok"`
	// Cause and Mend are empty where OK.
	Cause string `json:"cause,omitempty"`
	Mend  string `json:"mend,omitempty"`
}

const (
	mendSetup = "penstock snowflake setup"
	// maxSkew between this clock and Snowflake's: a signed login is valid for a minute.
	maxSkew = 30 * time.Second
)

// Doctor walks the chain and changes nothing. It ends early only when Snowflake cannot be asked at all.
func (r *Run) Doctor(ctx context.Context) ([]Finding, error) {
	var findings []Finding
	clock, err := r.clock(ctx)
	if err != nil {
		return nil, err
	}
	findings = append(findings, clock)
	r.cfg.Backfill = false // nothing to look at
	for _, t := range r.tasks() {
		so, err := r.ask(ctx, t)
		if ctx.Err() != nil {
			return findings, ctx.Err()
		}
		f := Finding{Link: t.title, OK: so && err == nil}
		switch {
		case err != nil:
			f.Cause, f.Mend = err.Error(), mendSetup
		case !so && t.waits:
			f.Cause, f.Mend = "Snowflake says: "+validation(r.onlyCell()).Message, mendSetup
		case !so:
			f.Cause, f.Mend = "it is not there, or not as it should be", mendSetup
		}
		findings = append(findings, f)
	}
	if r.cfg.Pipes {
		for _, t := range r.cfg.Tables {
			findings = append(findings, r.pipeHealth(ctx, Pipe(t)), r.loadedWhole(ctx, t))
		}
	}
	return findings, nil
}

// clock compares the clocks: logins are refused when they differ.
func (r *Run) clock(ctx context.Context) (Finding, error) {
	before := time.Now()
	rows, err := r.send(ctx, sql(sysAdmin, "SELECT DATE_PART(EPOCH_MILLISECOND, CURRENT_TIMESTAMP()) AS NOW"))
	if err != nil {
		return Finding{}, err
	}
	f := Finding{Link: "clock", OK: true}
	if len(rows) != 1 {
		return f, nil
	}
	millis, err := strconv.ParseInt(rows[0]["now"], 10, 64)
	if err != nil {
		return Finding{Link: "clock", Cause: "Snowflake's answer is no time", Mend: "penstock snowflake doctor"}, nil //nolint:nilerr // told as a finding
	}
	skew := time.UnixMilli(millis).Sub(before)
	if math.Abs(float64(skew)) > float64(maxSkew) {
		f = Finding{Link: "clock", Cause: fmt.Sprintf("this machine's clock and Snowflake's differ by %s", skew.Round(time.Second).Abs()), Mend: "timedatectl set-ntp true"}
	}
	return f, nil
}

func (r *Run) pipeHealth(ctx context.Context, pipe Name) Finding {
	f := Finding{Link: "pipe " + string(pipe) + " at work"}
	s, err := r.pipeStatus(ctx, pipe)
	full := r.cfg.Names.raw(pipe)
	switch {
	case err != nil:
		f.Cause, f.Mend = err.Error(), mendSetup
	case s.State == "STOPPED_STALE_PIPE" || s.State == "STALLED_STALE_PIPE":
		f.Cause = "it was paused for more than 14 days, and what arrived meanwhile is forgotten"
		f.Mend = fmt.Sprintf("SELECT SYSTEM$PIPE_FORCE_RESUME(%s, 'staleness_check_override'); then penstock snowflake setup --backfill", Literal(full))
	case s.State == "PAUSED":
		f.Cause, f.Mend = "it is paused", fmt.Sprintf("ALTER PIPE %s SET PIPE_EXECUTION_PAUSED = FALSE", full)
	case s.State != "RUNNING":
		f.Cause, f.Mend = "it is "+s.State+" "+s.Error, mendSetup
	case s.Received == "":
		f.Cause = "no notification of the bucket has reached its queue yet, not even S3's test event"
		f.Mend = "send an event (penstock produce 1), wait a minute, then run doctor again; else " + mendSetup
	default:
		f.OK = true
	}
	return f
}
