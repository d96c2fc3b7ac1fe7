package snowflake_test

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/snowflake"
	"github.com/penstock/penstock/test/snowflake/double"
)

func TestSetupFromNothing(t *testing.T) {
	w := newWorld(t)
	w.cfg.Backfill = true
	calls := w.must()
	golden(t, "setup.txt", calls)
	golden(t, "objects.txt", w.account.Objects())
	golden(t, "grants.txt", w.account.Grants())
	if dry := w.dry(); !slices.Equal(withoutValues(dry), withoutValues(calls)) {
		t.Errorf("the dry run shows other calls:\n%s", strings.Join(dry, "\n"))
	}
	if sent := w.sent(); !slices.Equal(sent, onlySQL(calls)) {
		t.Errorf("the account got other statements:\n%s", strings.Join(sent, "\n"))
	}
}

// withoutValues leaves out what a dry run cannot know.
func withoutValues(calls []string) []string {
	out := slices.Clone(calls)
	for i := range out {
		out[i] = strings.NewReplacer(double.UserARN, "<STORAGE_AWS_IAM_USER_ARN>", double.Channel, "<notification_channel>", markedID, "<order_id>").Replace(out[i])
	}
	return out
}

func TestSetupAgainChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.must()
	w.account.Forget()
	made := len(w.cloud.Calls())
	_, changed, err := w.setup(context.Background())
	if err != nil || changed {
		t.Fatal(changed, err)
	}
	for _, s := range w.sent() {
		if !regexp.MustCompile(`^(USE ROLE|SHOW|DESC|SELECT) `).MatchString(s) {
			t.Errorf("a second setup sent %s", s)
		}
	}
	for _, c := range w.cloud.Calls()[made:] {
		if !strings.Contains(c, ":Get") && !strings.Contains(c, ":Head") {
			t.Errorf("a second setup called %s", c)
		}
	}
}

// TestSetupAfterBeingStoppedAnywhere stops setup before each of its calls in turn, and runs it again: by the driver for
// some of them.
func TestSetupAfterBeingStoppedAnywhere(t *testing.T) {
	whole := newWorld(t)
	calls := whole.must()
	for i := range calls {
		w := newWorld(t)
		w.direct = i%12 != 0
		ctx, stop := context.WithCancel(context.Background())
		n := 0
		run := snowflake.New(w.cfg, snowflake.Deps{Account: w.login(), Roles: w.cloud, Bucket: w.cloud, Path: w.path, Call: func(snowflake.Call) {
			if n == i {
				stop()
			}
			n++
		}})
		if _, err := run.Setup(ctx); err == nil {
			t.Fatalf("setup was not stopped before call %d, %s", i, calls[i])
		}
		stop()
		if _, _, err := w.setup(context.Background()); err != nil {
			t.Fatalf("after a stop at call %d, %s: %v", i, calls[i], err)
		}
		if got, want := w.account.Objects(), whole.account.Objects(); !slices.Equal(got, want) {
			t.Errorf("after a stop at call %d there is %v, not %v", i, got, want)
		}
		if _, changed, err := w.setup(context.Background()); changed || err != nil {
			t.Errorf("after a stop at call %d a third setup changed something: %v", i, err)
		}
	}
}

// TestSetupMeetsFaultsAnywhere lets each statement be refused, and cuts the connection after its effect.
func TestSetupMeetsFaultsAnywhere(t *testing.T) {
	whole := newWorld(t)
	seen := map[string]bool{}
	for _, sql := range onlySQL(whole.must()) {
		if seen[sql] {
			continue
		}
		seen[sql] = true
		w := newWorld(t)
		w.direct = len(seen)%12 != 0
		match := regexp.MustCompile("^" + regexp.QuoteMeta(strings.TrimSuffix(sql, ";")) + "$")
		w.account.Fail(double.Fault{Match: match, Kind: double.Privilege})
		_, _, err := w.setup(context.Background())
		fault, ok := errors.AsType[*event.Error](err)
		if !ok || fault.Code != snowflake.CodeNoPrivilege || !strings.Contains(fault.Hint, "GRANT ROLE") {
			t.Errorf("%s refused: %v", sql, err)
		}
		w.account.Heal()
		if _, _, err := w.setup(context.Background()); err != nil {
			t.Errorf("after %s was refused: %v", sql, err)
		}
	}
}

func TestSetupBesideWhatOthersHave(t *testing.T) {
	policy, notifications := others()
	w := newWorld(t)
	w.must()
	if got, _ := w.cloud.Policy(context.Background(), "lake"); got != policy {
		t.Errorf("the policy became %s", got)
	}
	got, _ := w.cloud.Notifications(context.Background(), "lake")
	if len(got.Queues) != 2 || got.Queues[0].ID != notifications.Queues[0].ID || got.Rest != notifications.Rest {
		t.Errorf("the notifications became %v", got)
	}
}

func TestSetupTellsConflicts(t *testing.T) {
	for name, c := range map[string]struct {
		change     func(*world)
		code, says string
	}{
		"a database of another role": {func(w *world) { w.account.Own("DATABASE", "PENSTOCK", "ANALYSTS", nil) }, "other_owner", "belongs to the role ANALYSTS"},
		"an IAM role of somebody else": {func(w *world) {
			_ = w.cloud.CreateRole(context.Background(), w.cfg.RoleName, "ours", "{}")
		}, "other_owner", "--iam-role"},
		"a bucket in another region": {func(w *world) { w.cloud.BucketRegion = "eu-west-1" }, "other_region", "eu-west-1"},
		"a table with other columns": {func(w *world) {
			w.must()
			w.account.Set("TABLE", "PENSTOCK.ORDERS_RAW.ORDERS", "columns", `("_SHARD" VARCHAR, "ID" VARCHAR)`)
		}, "incompatible_table", `"ID" of table "PENSTOCK"."ORDERS_RAW"."ORDERS" is VARCHAR and would have to be NUMBER(19,0)`},
		"a prefix that another queue hears of": {func(w *world) {
			w.cloud = double.NewCloud("", snowflake.Notifications{Others: []snowflake.QueueNotification{{ID: "theirs", Queue: "arn:aws:sns:us-east-1:1:t", Events: []string{"s3:ObjectCreated:Put"}}}})
			w.account.Trust = w.cloud.Trusts
		}, "notification_conflict", `notification "theirs"`},
		"a role that is never trusted": {func(w *world) {
			w.account.Trust = func(string, string) bool { return false }
			w.cfg.Patience = 1
		}, "not_trusted", "penstock snowflake doctor"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.change(w)
			_, _, err := w.setup(context.Background())
			fault, ok := errors.AsType[*event.Error](err)
			if !ok || fault.Code != c.code || !strings.Contains(fault.Error(), c.says) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestSetupWaitsForTrust(t *testing.T) {
	w := newWorld(t)
	asked := 0
	w.account.Trust = func(role, id string) bool { asked++; return asked > 3 && w.cloud.Trusts(role, id) }
	w.must()
	if asked != 4 {
		t.Errorf("asked %d times", asked)
	}
}

func TestSetupOutlastsThrottlingAndBrokenConnections(t *testing.T) {
	for name, kind := range map[string]int{"429": double.Throttle, "503": double.Unavailable, "cut": double.Cut, "cut after the effect": double.CutAfter} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.account.Fail(double.Fault{Match: regexp.MustCompile("^CREATE PIPE"), Kind: kind, Times: 1})
			w.must()
		})
	}
}

func TestSetupRestrictsTheBucket(t *testing.T) {
	w := newWorld(t)
	w.cfg.RestrictVPC = true
	_, _, err := w.setup(context.Background())
	if fault, ok := errors.AsType[*event.Error](err); !ok || fault.Code != "not_confirmed" || !strings.Contains(fault.Message, "444455556666") {
		t.Fatalf("who is locked out was not told: %v", err)
	}
	var asked string
	run := snowflake.New(w.cfg, snowflake.Deps{Account: w.login(), Roles: w.cloud, Bucket: w.cloud, Confirm: func(q string) bool { asked = q; return true }})
	if _, err := run.Setup(context.Background()); err != nil {
		t.Fatal(err)
	}
	policy, _ := w.cloud.Policy(context.Background(), "lake")
	for _, want := range []string{"TLSOnly", "Partner", "vpc-0aaa", "vpc-0bbb", w.cfg.RoleARN()} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy lacks %s: %s", want, policy)
		}
	}
	if strings.Contains(policy, "vpc-0ccc") || strings.Contains(policy, "vpc-0old") || !strings.Contains(asked, "444455556666") {
		t.Errorf("asked %q, policy %s", asked, policy)
	}
}
