package snowflake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/penstock/penstock/internal/event"
)

// Finding is one link of the chain from the bucket to a row, and whether it holds.
type Finding struct {
	Link string `json:"link"`
	OK   bool   `json:"ok"`
	// Cause and Mend are empty where all is well. With OK they tell what will break, and what to do before.
	Cause string `json:"cause,omitempty"`
	Mend  string `json:"mend,omitempty"`
}

const (
	mendSetup = "penstock snowflake setup"
	// maxSkew between this clock and Snowflake's: a signed login is valid for a minute.
	maxSkew = 30 * time.Second
	// soon is how long before its end something is told.
	soon = 30 * 24 * time.Hour
	// oldKey is the age at which a key should be changed. Snowflake's keys have no end of their own.
	oldKey = 365 * 24 * time.Hour
)

// Doctor walks the chain and changes nothing. It ends early only when Snowflake cannot be asked at all.
func (r *Run) Doctor(ctx context.Context) ([]Finding, error) {
	clock, err := r.clock(ctx)
	if err != nil {
		return nil, err
	}
	findings := []Finding{clock, r.userKeys(ctx)}
	r.cfg.Backfill = false // nothing to look at
	if policy, err := r.deps.Bucket.Policy(ctx, r.cfg.Lake.Bucket); err == nil {
		// A bucket that was closed once is looked at without being asked to.
		r.cfg.RestrictVPC = r.cfg.RestrictVPC || restricted(policy)
	}
	mend := mendSetup
	if r.cfg.RestrictVPC {
		mend += " --restrict-vpc"
	}
	for _, t := range r.tasks() {
		so, err := r.ask(ctx, t)
		if ctx.Err() != nil {
			return findings, ctx.Err()
		}
		findings = append(findings, r.judged(t, so, err, mend))
	}
	if r.cfg.RestrictVPC && len(r.expiring) > 0 {
		findings = append(findings, Finding{Link: "life of Snowflake's VPCs", OK: true,
			Cause: "the policy will have to name others: " + strings.Join(r.expiring, ", ") + " will end", Mend: mend + ", again each week until then"})
	}
	if r.cfg.Pipes {
		for _, t := range r.cfg.Tables {
			findings = append(findings, r.pipeHealth(ctx, Pipe(t)), r.loadedWhole(ctx, t))
		}
	}
	return findings, nil
}

// judged is what a task's checks have found.
func (r *Run) judged(t task, so bool, err error, mend string) Finding {
	f := Finding{Link: t.title, OK: so && err == nil}
	if f.OK {
		return f
	}
	f.Cause, f.Mend = "it is not there, or not as it should be", mend
	fault, told := errors.AsType[*event.Error](err)
	switch {
	case told && fault.Hint != "":
		bare := *fault
		bare.Hint = ""
		f.Cause, f.Mend = bare.Error(), fault.Hint
	case err != nil:
		f.Cause = err.Error()
	case t.waits:
		f.Cause = "Snowflake says: " + validation(r.onlyCell()).Message
	case t.why != nil:
		f.Cause = cmp.Or(t.why(r), f.Cause)
	}
	return f
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
