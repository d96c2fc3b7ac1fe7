package snowflake_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/penstock/penstock/internal/snowflake"
	"github.com/penstock/penstock/internal/snowflake/keypair"
	"github.com/penstock/penstock/test/harness"
)

func (w *world) run() *snowflake.Run {
	w.t.Helper()
	fingerprint, err := keypair.Fingerprint(&key().PublicKey)
	if err != nil {
		w.t.Fatal(err)
	}
	return snowflake.New(w.cfg, snowflake.Deps{Account: w.login(), Fingerprint: fingerprint, Roles: w.cloud, Bucket: w.cloud, Path: w.path, Confirm: func(string) bool { return true }})
}

func TestTeardownLeavesWhatOthersHave(t *testing.T) {
	policy, notifications := others()
	w := newWorld(t)
	w.cfg.RestrictVPC, w.cfg.External, w.cfg.Pipes = true, true, true
	if _, err := w.run().Setup(context.Background()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds nothing to do
		if err := w.run().Teardown(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	got, _ := w.cloud.Policy(context.Background(), "lake")
	var a, b any
	if json.Unmarshal([]byte(got), &a) != nil || json.Unmarshal([]byte(policy), &b) != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("the policy became %s", got)
	}
	if got, _ := w.cloud.Notifications(context.Background(), "lake"); !reflect.DeepEqual(got, notifications) {
		t.Errorf("the notifications became %v", got)
	}
	if role, _ := w.cloud.Role(context.Background(), w.cfg.RoleName); role != nil {
		t.Error("the IAM role is still there")
	}
	left := strings.Join(w.account.Objects(), "\n")
	for _, kind := range []string{"PIPE", "STAGE", "INTEGRATION", "FILE FORMAT", "EXTERNAL TABLE"} {
		if strings.Contains(left, kind+" PENSTOCK") {
			t.Errorf("there is still a %s:\n%s", kind, left)
		}
	}
	if !strings.Contains(left, "\nTABLE PENSTOCK.ORDERS_RAW.ORDERS") {
		t.Errorf("rows went with it:\n%s", left)
	}
	if _, err := w.run().Setup(context.Background()); err != nil {
		t.Errorf("setup after teardown: %v", err)
	}
}

func TestDoctorFindsTheBrokenLink(t *testing.T) {
	const pipe = "PENSTOCK.ORDERS_RAW.ORDERS"
	for name, c := range map[string]struct {
		breaks           func(*world)
		link, says, mend string
	}{
		"nothing":             {func(*world) {}, "", "", ""},
		"trust":               {func(w *world) { w.account.Trust = func(string, string) bool { return false } }, "Snowflake lists s3://lake/data/", "not authorized to perform: sts:AssumeRole", "setup"},
		"no pipe":             {func(w *world) { w.account.Drop("PIPE", pipe) }, "pipe ORDERS", "not there", "setup"},
		"a pipe that rests":   {func(w *world) { w.account.Set("PIPE", pipe, "executionState", "PAUSED") }, "pipe ORDERS at work", "paused", "PIPE_EXECUTION_PAUSED = FALSE"},
		"a stale pipe":        {func(w *world) { w.account.Set("PIPE", pipe, "executionState", "STOPPED_STALE_PIPE") }, "pipe ORDERS at work", "14 days", "staleness_check_override"},
		"no test event":       {func(w *world) { w.account.Set("PIPE", pipe, "lastReceivedMessageTimestamp", "") }, "pipe ORDERS at work", "test event", "produce 1"},
		"a clock":             {func(w *world) { w.account.Skew = time.Hour }, "clock", "differ by 1h0m0s", "timedatectl"},
		"no notification":     {func(w *world) { _ = w.cloud.SetNotifications(context.Background(), "lake", snowflake.Notifications{}) }, "notifications of s3://lake/data/", "not there", "setup"},
		"an IAM role is gone": {func(w *world) { _ = w.cloud.DeleteRole(context.Background(), w.cfg.RoleName, snowflake.PolicyName) }, "IAM role penstock-orders-snowflake", "not there", "setup"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.must()
			for _, p := range []string{pipe, "PENSTOCK.ORDERS_RAW.QUARANTINE"} {
				w.account.Set("PIPE", p, "lastReceivedMessageTimestamp", "2026-11-22T05:06:07.123Z")
			}
			c.breaks(w)
			findings, err := w.run().Doctor(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			found := slices.IndexFunc(findings, func(f snowflake.Finding) bool { return !f.OK })
			if c.link == "" {
				if found >= 0 {
					t.Errorf("%+v", findings[found])
				}
				return
			}
			if found < 0 {
				t.Fatal("all is well")
			}
			if f := findings[found]; f.Link != c.link || !strings.Contains(f.Cause, c.says) || !strings.Contains(f.Mend, c.mend) {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestStatus(t *testing.T) {
	w := newWorld(t)
	w.must()
	w.account.Set("PIPE", "PENSTOCK.ORDERS_RAW.ORDERS", "pendingFileCount", "3")
	w.account.Answer(`COUNT(*) AS N`, []map[string]string{{"N": "1800", "NEWEST": "2026-11-22 05:06:07.123456 +0000"}})
	w.account.Answer("PIPE_USAGE_HISTORY", []map[string]string{{"CREDITS": "0.0012"}})
	w.account.Answer("COPY_HISTORY", []map[string]string{{"FILE_NAME": "orders/dt=2026-11-22/hour=05/a.csv.gz", "STATUS": "Partially loaded",
		"FIRST_ERROR_MESSAGE": "Numeric value 'x' is not recognized", "FIRST_ERROR_LINE_NUMBER": "7", "ROW_COUNT": "99", "ROW_PARSED": "100"}})
	tables, err := w.run().Status(context.Background())
	if err != nil || len(tables) != 2 {
		t.Fatal(tables, err)
	}
	got := tables[0]
	if got.Table != "ORDERS" || got.Rows != "1800" || got.Pipe.Pending != 3 || got.Pipe.State != "RUNNING" || got.Credits != "0.0012" || len(got.Failed) != 1 || got.Failed[0].Line != "7" {
		t.Errorf("%+v", got)
	}
}

// TestStatusOfFilesInPlace asks for no pipe, for external tables have none.
func TestStatusOfFilesInPlace(t *testing.T) {
	w := newWorld(t)
	w.cfg.External, w.cfg.Event = true, nil
	w.account.Answer(`COUNT(*) AS N`, []map[string]string{{"N": "1800", "NEWEST": "2026-11-22 05:06:07.123456 +0000"}})
	w.must()
	tables, err := w.run().Status(context.Background())
	if err != nil || len(tables) != 2 {
		t.Fatal(tables, err)
	}
	if got := tables[0]; got.Rows != "1800" || got.Pipe.State != snowflake.NoPipe || got.Missing != "" {
		t.Errorf("%+v", got)
	}
	if sent := strings.Join(w.sent(), "\n"); strings.Contains(sent, "PIPE_STATUS") {
		t.Error("a pipe was asked for")
	}
}

// TestStatementsAreSnowflakes parses each statement in sqlglot's Snowflake dialect.
func TestStatementsAreSnowflakes(t *testing.T) {
	python := withSQLGlot(t)
	if python == "" {
		t.Skip("sqlglot is not here; `make .venv/installed` installs it, and needs python3-venv")
	}
	w := newWorld(t)
	w.cfg.Backfill, w.cfg.External, w.cfg.Pipes, w.cfg.RestrictVPC = true, true, true, true
	w.account.Answer(`COUNT(*) AS N`, nil)
	w.account.Answer("PIPE_USAGE_HISTORY", nil)
	w.account.Answer("COPY_HISTORY", nil)
	for _, step := range []func(context.Context) error{
		func(ctx context.Context) error { _, err := w.run().Setup(ctx); return err },
		func(ctx context.Context) error { _, err := w.run().Status(ctx); return err },
		func(ctx context.Context) error { _, err := w.run().Doctor(ctx); return err },
		func(ctx context.Context) error {
			run := w.run()
			_, _, refused := run.Refused(ctx, w.cfg.Tables[0], snowflake.Remembered)
			_, loaded := run.Loaded(ctx, w.cfg.Tables[0], "data/orders/a", 0)
			return errors.Join(refused, loaded)
		},
		w.run().Teardown,
	} {
		if err := step(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if sent := strings.Join(w.sent(), "\n"); !strings.Contains(sent, markedID) {
		t.Error("no event was asked for")
	}
	w.parse(python)
}

// withSQLGlot is a Python that has sqlglot, empty without one.
func withSQLGlot(t *testing.T) string {
	t.Helper()
	python, err := filepath.Abs(filepath.Join(harness.Root(t), ".venv", "bin", "python"))
	if err != nil || exec.Command(python, "-c", "import sqlglot").Run() != nil {
		return ""
	}
	return python
}

// parse parses all statements that the account got.
func (w *world) parse(python string) {
	w.t.Helper()
	input, err := json.Marshal(w.sent())
	if err != nil {
		w.t.Fatal(err)
	}
	command := exec.Command(python, "parse.py")
	command.Stdin, command.Stderr = strings.NewReader(string(input)), os.Stderr
	if output, err := command.Output(); err != nil {
		w.t.Errorf("%v\n%s", err, output)
	} else {
		w.t.Logf("%s", output)
	}
}
