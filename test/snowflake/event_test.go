package snowflake_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/snowflake"
)

// TestSetupSendsAnEventOnceItChangedSomething, and waits for it at each hop.
func TestSetupSendsAnEventOnceItChangedSomething(t *testing.T) {
	w := newWorld(t)
	w.path.Looks, w.path.Asks = 3, 3
	var told []snowflake.Progress
	run := snowflake.New(w.cfg, snowflake.Deps{Account: w.login(), Roles: w.cloud, Bucket: w.cloud, Path: w.path,
		Report: func(p snowflake.Progress) { told = append(told, p) }})
	if _, err := run.Setup(context.Background()); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range told {
		if strings.HasPrefix(p.Task, "marked event") {
			lines = append(lines, p.Task)
			if p.Step != 7 || p.Changed == p.Waiting {
				t.Errorf("%+v", p)
			}
		}
	}
	if want := []string{
		"marked event: sent -> accepted by stream orders",
		"marked event: accepted -> in a file of the lake", "marked event: accepted -> in a file of the lake", // waiting, done
		"marked event: in a file -> a row in Snowflake", "marked event: in a file -> a row in Snowflake",
		"marked event: once in view ORDERS",
	}; !slices.Equal(lines, want) {
		t.Errorf("%q", lines)
	}
	w.must()
	if w.path.Sent() != 1 {
		t.Errorf("sent %d times", w.path.Sent())
	}
}

// TestSetupSaysWhereTheEventWasSeenLast. What setup has made stays, and a second run has nothing to do.
func TestSetupSaysWhereTheEventWasSeenLast(t *testing.T) {
	for name, c := range map[string]struct {
		change           func(*world)
		code, says, hint string
	}{
		"not accepted":  {func(w *world) { w.path.SendError = errors.New("no such stream") }, "", "accepted by stream orders: no such stream", ""},
		"not listed":    {func(w *world) { w.path.ListError = errors.New("denied") }, "", "in a file of the lake: denied", ""},
		"not in a file": {func(w *world) { w.path.Looks = 1 << 30; w.cfg.Event.Patience = 1 }, "event_late", "no file of the lake holds it", "penstock aws status"},
		"no row": {func(w *world) { w.path.Asks = 1 << 30; w.cfg.Event.Patience = 1 }, "event_late",
			`in the lake, in data/orders/dt=2026-11-22/hour=05/a.csv.gz, but after 1ns it is no row of "PENSTOCK"."ORDERS_RAW"."ORDERS"`, "penstock snowflake doctor"},
		"refused":     {func(w *world) { w.path.Refused = true }, "event_quarantined", "refused the marked event", "penstock aws deploy"},
		"shown twice": {func(w *world) { w.path.Rows = 2 }, "event_not_shown", "shows 2 of it", "setup"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.direct = true
			c.change(w)
			_, changed, err := w.setup(context.Background())
			fault, ok := errors.AsType[*event.Error](err)
			if !changed || err == nil || !strings.Contains(err.Error(), c.says) || c.code != "" && (!ok || fault.Code != c.code || !strings.Contains(fault.Hint, c.hint)) {
				t.Errorf("%v", err)
			}
			if _, changed, err := w.setup(context.Background()); changed || err != nil {
				t.Errorf("a second run: %v, %v", changed, err)
			}
		})
	}
}
